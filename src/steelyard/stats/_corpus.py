"""Corpus-level values (BLEU, F1, AUROC, …): bootstrap over weights, never over texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Interval, StatisticsError
from steelyard.stats._bca import bca_interval
from steelyard.stats._clustered import FEWEST_CLUSTERS
from steelyard.stats._result import MeanResult, check_level, sentences
from steelyard.stats._special import normal_cdf, t_quantile
from steelyard.stats._units import factorise

Floats = NDArray[np.float64]
Aggregate = Callable[[Floats], float | None]
"""Weights, one for each sample, to the corpus-level value; None when undefined at these weights."""

_GROUPS = 2000
_MOST_UNDEFINED = 0.05


def estimate_corpus(
    aggregate: Aggregate,
    n: int,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    resamples: int = 1999,
    seed: int = 0,
) -> MeanResult:
    """A corpus-level value with a BCa interval; cases, or clusters of cases, are resampled.

    Every resample is a vector of weights (how often each unit was drawn), so sufficient statistics are read
    once and no text is scored again. Acceleration comes from leaving out one unit at a time; above 2,000
    units, from leaving out one of 2,000 random groups of them, which estimates the same number. The level is
    widened for small samples as by T. Hesterberg 2015 (The American Statistician 69, 371–386).

    Resamples at which the value is undefined are left out; the note tells their share, and above 5 % the
    result is not gateable. When every resample gives the same value there is no interval: a point would claim
    certainty. Raises StatisticsError when `clusters` has another length than n.
    """
    check_level(level)
    codes = _codes(n, clusters)
    units = int(codes.max()) + 1 if n else 0
    value = aggregate(np.ones(n)) if n else None
    if value is None:
        note = "the metric is undefined on these cases" if n else "nothing was scored"
        return MeanResult(
            value=None, interval=None, level=level, method="none", n=n, n_units=units, gateable=False,
            note=note,
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    drawn = [_resampled(aggregate, codes, units, rng) for _ in range(resamples)]
    defined = np.array([item for item in drawn if item is not None])
    undefined = 1.0 - defined.size / resamples
    interval = None
    if units > 1 and defined.size > 1 and float(np.ptp(defined)) > 1e-12 * max(1e-300, abs(value)):
        wide = 1.0 - 2.0 * normal_cdf(-_expanded(units, level))
        left_out = _jackknife(aggregate, codes, units, rng)
        interval = _holding(bca_interval(defined, value, left_out, level=wide), value)
    enough = units >= FEWEST_CLUSTERS
    return MeanResult(
        value=float(value),
        interval=interval,
        level=level,
        method="BCa bootstrap" if clusters is None or units == n else "BCa cluster bootstrap",
        n=n,
        n_units=units,
        gateable=interval is not None and enough and undefined <= _MOST_UNDEFINED,
        note=sentences(
            "" if interval is not None else "every resample gave the same value: its spread is unknown",
            f"undefined in {undefined:.1%} of the resamples, which were left out" if undefined else "",
            "" if enough else f"only {units} independent units: shown, but too few to decide on",
        ),
    )


def _codes(n: int, clusters: Sequence[Hashable] | None) -> NDArray[np.int64]:
    if clusters is None:
        return np.arange(n, dtype=np.int64)
    if len(clusters) != n:
        raise StatisticsError(f"{n} samples came with {len(clusters)} clusters")
    return factorise(clusters)


def _resampled(
    aggregate: Aggregate, codes: NDArray[np.int64], units: int, rng: np.random.Generator
) -> float | None:
    counts = np.bincount(rng.integers(0, units, size=units), minlength=units).astype(np.float64)
    return aggregate(counts[codes])


def _jackknife(
    aggregate: Aggregate, codes: NDArray[np.int64], units: int, rng: np.random.Generator
) -> Floats:
    groups = np.arange(units) if units <= _GROUPS else rng.permutation(units) % _GROUPS
    owner = groups[codes]
    values = (aggregate((owner != group).astype(np.float64)) for group in range(int(groups.max()) + 1))
    return np.array([value for value in values if value is not None])


def _expanded(units: int, level: float) -> float:
    """The normal deviate whose plug-in interval is as wide as Student's."""
    return math.sqrt(units / (units - 1.0)) * t_quantile(0.5 + level / 2.0, units - 1.0)


def _holding(interval: Interval, value: float) -> Interval:
    return min(interval[0], value), max(interval[1], value)
