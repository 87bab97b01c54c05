"""Several runs on the same cases: which places the data do not exclude, and who is beaten on every count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Interval, StatisticsError
from steelyard.stats._design import Design, Floats
from steelyard.stats._mean_intervals import t_interval
from steelyard.stats._multiplicity import signed_sums
from steelyard.stats._proportion import wilson_limits
from steelyard.stats._result import check_level
from steelyard.stats._sample import Sample, gather


@dataclass(frozen=True, slots=True, kw_only=True)
class RankSet:
    """One run's value and the ranks that the data do not exclude."""

    value: float
    """Case-weighted mean."""
    interval: Interval | None
    """Its own interval at the level, not simultaneous; None with a single unit or no variation."""
    rank_low: int
    """Best rank not excluded; 1 is the top."""
    rank_high: int
    """Worst rank not excluded."""


def rank_runs(
    values: ArrayLike,
    *,
    design: Design | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[RankSet, ...]:
    """Rank sets of all runs at once: with chance `level` every run's true rank lies in its set.

    `values` has one row for each run and one column for each case, without gaps. A run is placed below
    another only where their paired difference beats the largest that all pairs would show under random
    signs of whole units (9,999 draws, fewer for long tables): ranks of near neighbours stay open instead of
    following noise.

    Raises StatisticsError when the table is not finite or not two-dimensional, or the design does not
    fit.
    Source: Mogstad, Romano, Shaikh and Wilhelm, *Inference for ranks with applications to mobility across
    neighbourhoods and academic achievement across countries*, Review of Economic Studies 91 (2024) 476-518,
    with the multiplier (sign) bootstrap of Chernozhukov, Chetverikov and Kato, Annals of Statistics 41
    (2013) 2786.
    """
    check_level(level)
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or 0 in table.shape or not np.all(np.isfinite(table)):
        raise StatisticsError(
            "runs can only be ranked on a finite table", hint="One row a run, one column a case"
        )
    runs = [run for row in table if (run := gather(row, design, scale="unbounded")) is not None]
    if not runs:
        raise StatisticsError("runs cannot be ranked: no case has a weight above 0")
    totals = np.stack([run.units.totals for run in runs], axis=1)
    beaten = _beaten(totals * (1.0 if higher_is_better else -1.0), level=level, seed=seed)
    return tuple(
        RankSet(
            value=run.units.value,
            interval=_own_interval(run, level=level),
            rank_low=1 + int(beaten[place].sum()),
            rank_high=len(runs) - int(beaten[:, place].sum()),
        )
        for place, run in enumerate(runs)
    )


def pareto_frontier(
    quality: Sequence[float | None],
    cost: Sequence[float | None],
    latency: Sequence[float | None],
) -> tuple[bool, ...]:
    """Whether no other run is at least as good in quality, cost and latency and better in one.

    More quality, less cost and less latency are better. A run is only held against another on the figures
    that both have; a run without quality is never on the frontier and beats nobody. Raises StatisticsError
    for lists of different lengths.
    """
    if not len(quality) == len(cost) == len(latency):
        raise StatisticsError("the frontier needs one quality, cost and latency for each run")
    points = [
        (value, None if price is None else -price, None if wait is None else -wait)
        for value, price, wait in zip(quality, cost, latency, strict=True)
    ]
    return tuple(
        point[0] is not None
        and not any(other[0] is not None and _dominates(other, point) for other in points)
        for point in points
    )


def _beaten(totals: Floats, *, level: float, seed: int) -> NDArray[np.bool_]:
    """Entry (j, k): run k is better than run j beyond what all pairs together show by chance."""
    runs = totals.shape[1]
    first, second = np.triu_indices(runs, k=1)
    beaten = np.zeros((runs, runs), np.bool_)
    if runs < 2:
        return beaten
    scale = _pair_scales(totals, first, second)
    safe = np.where(scale > 0, scale, 1.0)
    largest = [
        np.max(np.abs(sums[:, first] - sums[:, second]) / safe, axis=1, initial=0.0)
        for sums in signed_sums(totals, resamples=9_999, rng=np.random.default_rng(seed))
    ]
    drawn = np.sort(np.concatenate(largest)) if largest else np.zeros(1)
    # The (1 − α)-quantile with the observed sample counted in: exact at any number of draws.
    place = math.ceil(level * (len(drawn) + 1)) - 1
    critical = float(drawn[place]) if place < len(drawn) else math.inf
    sums = totals.sum(axis=0)
    ratio = (sums[first] - sums[second]) / safe
    clear = (np.abs(ratio) > critical * (1 + 1e-6)) & (scale > 0)
    better, worse = np.where(ratio > 0, first, second), np.where(ratio > 0, second, first)
    beaten[worse[clear], better[clear]] = True
    return beaten


def _pair_scales(totals: Floats, first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
    """Root of the summed squared differences of each pair: the scale of its signed sum."""
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return np.array([float(np.linalg.norm(totals[:, a] - totals[:, b])) for a, b in pairs])


def _own_interval(run: Sample, *, level: float) -> Interval | None:
    """Wilson's interval for plain 0/1 scores, Student's otherwise."""
    if run.is_plain and np.all((run.values == 0) | (run.values == 1)):
        return wilson_limits(float(run.values.sum()), run.n, level=level)
    return t_interval(run, level)


def _dominates(other: tuple[float | None, ...], point: tuple[float | None, ...]) -> bool:
    pairs = [(a, b) for a, b in zip(other, point, strict=True) if a is not None and b is not None]
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
