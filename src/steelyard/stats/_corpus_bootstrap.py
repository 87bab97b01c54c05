"""The bootstrap of a corpus-level value: over weights, never over texts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from steelyard.core import Interval, StatisticsError
from steelyard.stats._bca import bca_interval
from steelyard.stats._design import Codes, Design, Floats, lay_out
from steelyard.stats._result import check_level
from steelyard.stats._special import normal_cdf, t_quantile

Aggregate = Callable[[Floats], float | None]
"""Weights, one for each sample, to the corpus-level value; None when undefined at these weights."""

RESAMPLES = 1999
MOST_UNDEFINED = 0.05

_WIDEST = 1.0 - 1e-12
_GROUPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusUnits:
    """What is resampled."""

    codes: Codes
    """Number of the unit of each sample."""
    count: int
    """Number of units."""
    is_clustered: bool
    """Whether samples were joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusDraws:
    """What resampling found."""

    values: Floats
    """The value in each resample at which it is defined."""
    undefined: float
    """Share of resamples without a value."""
    interval: Interval | None
    """BCa interval; None when nothing varies or most resamples are undefined."""


def corpus_units(n: int, design: Design | None) -> CorpusUnits:
    """The units of `n` samples. Raises StatisticsError for weights, or clusters of another length."""
    if design is not None and design.weights is not None:
        raise StatisticsError("corpus-level values know no weights", hint="Leave them out of the design")
    codes = lay_out(design, n).codes
    own = np.arange(n, dtype=np.int64) if codes is None else codes
    return CorpusUnits(codes=own, count=int(own.max()) + 1 if n else 0, is_clustered=codes is not None)


def resample_corpus(
    aggregate: Aggregate, value: float, units: CorpusUnits, *, level: float, resamples: int, seed: int
) -> CorpusDraws:
    """Draw units with replacement; every resample is a vector of weights: how often each unit was drawn.

    The BCa interval (`bca_interval`) takes its acceleration from leaving out one unit at a time; above 200
    units, from leaving out one of 200 random groups of them, which estimates the same number: sums over
    groups keep second and third moments. The level is widened for small samples as by T. Hesterberg 2015
    (The American Statistician 69, 371–386).
    """
    check_level(level)
    if resamples < 1:
        raise StatisticsError(f"{resamples} resamples say nothing")
    rng = np.random.default_rng(seed)
    drawn = [aggregate(_times(units, rng)) for _ in range(resamples)]
    values = np.array([item for item in drawn if item is not None], dtype=np.float64)
    undefined = 1.0 - values.size / resamples
    interval = None
    if units.count > 1 and undefined <= 0.5 and float(np.ptp(values)) > 1e-12 * max(1e-300, abs(value)):
        # At two units the widened level rounds to 1, whose normal quantile is infinite.
        wide = min(1.0 - 2.0 * normal_cdf(-_expanded(units.count, level)), _WIDEST)
        low, high = bca_interval(values, value, _left_out(aggregate, units, rng), level=wide)
        interval = (min(low, value), max(high, value))
    return CorpusDraws(values=values, undefined=undefined, interval=interval)


def _times(units: CorpusUnits, rng: np.random.Generator) -> Floats:
    drawn = np.bincount(rng.integers(0, units.count, size=units.count), minlength=units.count)
    return drawn.astype(np.float64)[units.codes]


def _left_out(aggregate: Aggregate, units: CorpusUnits, rng: np.random.Generator) -> Floats:
    """The value without each unit, or without each random group of units."""
    groups = np.arange(units.count)
    if units.count > _GROUPS:
        groups = rng.permutation(units.count) % _GROUPS
    owner = groups[units.codes]
    values = (aggregate((owner != group).astype(np.float64)) for group in range(int(groups.max()) + 1))
    return np.array([value for value in values if value is not None], dtype=np.float64)


def _expanded(units: int, level: float) -> float:
    """The normal deviate whose plug-in interval is as wide as Student's."""
    return math.sqrt(units / (units - 1.0)) * t_quantile(0.5 + level / 2.0, units - 1.0)
