"""Two or more runs side by side: comparisons with the first, and a ranking of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Comparison, Estimate, RankedRun
from steelyard.gates import Compared, CompareOptions, compare_runs
from steelyard.runs import STATE_SCORED, RunRecord, ScoreTable
from steelyard.stats import Design, pareto_frontier, rank_runs
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

    A judge's metric is not: its scores alone would rank by its errors too.
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
        and not any((run.id, key) in options.judges for run in runs)
        and (ranking := _rank(key, runs, compared=compared, usage=usage, store=store)) is not None
    ]
    return comparisons, rankings


def _rank(
    key: str,
    runs: Sequence[RunRecord],
    *,
    compared: Sequence[Compared],
    usage: Sequence[tuple[float | None, float | None]],
    store: Store,
) -> Ranking | None:
    tables = [_by_case(store.score_table(run.id, key)) for run in runs]
    shared = [case for case in tables[0] if all(case in table for table in tables)]
    if not shared:
        return None
    values: NDArray[np.float64] = np.array([[table[case][0] for case in shared] for table in tables])
    design = Design(clusters=[tables[0][case][1] for case in shared])
    spec = compared[0].pairs[key].metric
    ranks = rank_runs(values, design=design, higher_is_better=spec.direction != "lower", seed=0)
    quality = [rank.value if spec.direction != "lower" else -rank.value for rank in ranks]
    frontier = pareto_frontier(quality, [cost for cost, _ in usage], [latency for _, latency in usage])
    ranked = [
        RankedRun(
            run=run.id,
            label=run.label or run.id,
            estimate=Estimate(
                name=key,
                value=rank.value,
                interval=rank.interval,
                n=len(shared),
                method="simultaneous over all pairs",
                measure=spec.measure,
            ),
            rank_low=rank.rank_low,
            rank_high=rank.rank_high,
            cost_usd=cost,
            latency_s=latency,
            on_frontier=kept,
        )
        for run, rank, (cost, latency), kept in zip(runs, ranks, usage, frontier, strict=True)
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
