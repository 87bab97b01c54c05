"""Two or more runs side by side: comparisons with the first, and a ranking of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.app._judged_ranking import rank_judged
from steelyard.core import Comparison, Direction, Estimate, RankedRun
from steelyard.gates import Compared, CompareOptions, compare_runs
from steelyard.runs import STATE_SCORED, RunRecord, ScoreTable
from steelyard.stats import Design, RankSet, pareto_frontier, rank_runs
from steelyard.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All runs on one metric, best first."""

    metric: str
    """The metric's key."""
    runs: tuple[RankedRun, ...]
    """The runs, best first."""


def compare_many(
    runs: Sequence[RunRecord], *, store: Store, options: CompareOptions
) -> tuple[list[Comparison], list[Ranking]]:
    """Compare every run with the first; three or more are also ranked on each metric they share.

    A judge's metric is ranked by corrected differences, where experts rated cases of all runs: its scores
    alone would rank by its errors too.
    """
    compared = [compare_runs(runs[0], other, samples=store, options=options) for other in runs[1:]]
    comparisons = [item.comparison for item in compared]
    if len(runs) < 3:
        return comparisons, []
    metrics = [key for key in compared[0].pairs if all(key in item.pairs for item in compared)]
    usage = [_usage(run, store) for run in runs]
    rankings = [
        ranking
        for key in metrics
        if not compared[0].pairs[key].metric.corpus
        and (ranking := _rank(key, runs, compared=compared, usage=usage, store=store, options=options))
        is not None
    ]
    return comparisons, rankings


def _rank(
    key: str,
    runs: Sequence[RunRecord],
    *,
    compared: Sequence[Compared],
    usage: Sequence[tuple[float | None, float | None]],
    store: Store,
    options: CompareOptions,
) -> Ranking | None:
    spec = compared[0].pairs[key].metric
    if any((run.id, key) in options.judges for run in runs):
        judged = rank_judged(key, runs, compared=compared, store=store, options=options)
        if judged is None:
            return None
        estimates = [item.estimate for item in judged]
        ranks = [(item.rank_low, item.rank_high) for item in judged]
    else:
        found = _rank_sets(key, runs, store=store, direction=spec.direction)
        if found is None:
            return None
        shared, sets = found
        ranks = [(item.rank_low, item.rank_high) for item in sets]
        estimates = [
            Estimate(
                name=key,
                value=item.value,
                interval=item.interval,
                n=shared,
                method="simultaneous over all pairs",
                measure=spec.measure,
            )
            for item in sets
        ]
    return _ranking(key, runs, estimates=estimates, ranks=ranks, usage=usage, lower=spec.direction == "lower")


def _rank_sets(
    key: str, runs: Sequence[RunRecord], *, store: Store, direction: Direction
) -> tuple[int, Sequence[RankSet]] | None:
    """How many cases all runs share, and the rank set of each run on them; None without any."""
    tables = [_by_case(store.score_table(run.id, key)) for run in runs]
    shared = [case for case in tables[0] if all(case in table for table in tables)]
    if not shared:
        return None
    values: NDArray[np.float64] = np.array([[table[case][0] for case in shared] for table in tables])
    design = Design(clusters=[tables[0][case][1] for case in shared])
    return len(shared), rank_runs(values, design=design, higher_is_better=direction != "lower", seed=0)


def _ranking(
    key: str,
    runs: Sequence[RunRecord],
    *,
    estimates: Sequence[Estimate],
    ranks: Sequence[tuple[int, int]],
    usage: Sequence[tuple[float | None, float | None]],
    lower: bool,
) -> Ranking:
    """The runs with their places, cost and latency, best first."""
    values = [estimate.value or 0.0 for estimate in estimates]
    quality = [-value for value in values] if lower else values
    frontier = pareto_frontier(quality, [cost for cost, _ in usage], [latency for _, latency in usage])
    ranked = [
        RankedRun(
            run=run.id,
            label=run.label or run.id,
            estimate=estimate,
            rank_low=low,
            rank_high=high,
            cost_usd=cost,
            latency_s=latency,
            on_frontier=kept,
        )
        for run, estimate, (low, high), (cost, latency), kept in zip(
            runs, estimates, ranks, usage, frontier, strict=True
        )
    ]
    best_first = sorted(
        ranked, key=lambda item: (item.rank_low, item.rank_high, -(item.estimate.value or 0.0))
    )
    return Ranking(metric=key, runs=tuple(best_first))


def _by_case(table: ScoreTable) -> Mapping[tuple[str, str], tuple[float, str]]:
    """Mean score and cluster of each case whose every epoch was scored."""
    sums: dict[tuple[str, str], list[float]] = {}
    clusters: dict[tuple[str, str], str] = {}
    lost: set[tuple[str, str]] = set()
    for row, key in enumerate(zip(table.case_ids, table.case_hashes, strict=True)):
        if table.states[row] != STATE_SCORED:
            lost.add(key)
        sums.setdefault(key, []).append(float(table.values[row]))
        clusters[key] = table.clusters[row]
    return {
        key: (sum(values) / len(values), clusters[key]) for key, values in sums.items() if key not in lost
    }


def _usage(run: RunRecord, store: Store) -> tuple[float | None, float | None]:
    """Mean cost in US dollars and median latency in seconds of a run's samples, where known."""
    costs: list[float] = []
    latencies: list[float] = []
    for sample in store.samples(run.id):
        if sample.output.cost_usd is not None:
            costs.append(sample.output.cost_usd)
        if sample.output.latency_s is not None:
            latencies.append(sample.output.latency_s)
    return (
        float(np.mean(costs)) if costs else None,
        float(np.median(latencies)) if latencies else None,
    )
