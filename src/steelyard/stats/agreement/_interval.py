"""The interval of an agreement coefficient.

A coefficient is 1 − D with D = observed / expected disagreement. Limits of both are joined on the logarithmic
scale with the correlation that the jackknife over items shows (MOVER: G. Zou, A. Donner 2008, Statistics in
Medicine 27, 1693–1702). Observed disagreement is a rate of items of one typical disagreement, with the exact
lower and Wilson's upper limit at Kish's effective number of items; expected disagreement has the delete-one
jackknife on its logarithm.

A small sample may lack what matters: items on which raters agree about a rare category, or any disagreement.
Each limit is therefore also computed with one item added: for the upper limit one that all raters put into
the rarest category (or typically far from the middle), for the lower limit one of typical disagreement.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from steelyard.core import Interval
from steelyard.stats._proportion import clopper_pearson_limits
from steelyard.stats._special import t_quantile
from steelyard.stats.agreement._parts import Parts, code_counts, dot, packed
from steelyard.stats.agreement._ratings import MISSING, Codes, Floats, Ratings

FEWEST_ITEMS = 5
FEWEST_SAMPLED_RATERS = 8
_ADDED_UNDER = 5_000
_MOST_CATEGORIES = 20
_TYPICAL_UNDER = 200

Recipe = Callable[[Ratings], Parts]
"""Ratings to observed and expected disagreement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementOptions:
    """How an interval is asked for."""

    level: float = 0.95
    """Two-sided coverage."""
    sampled_raters: bool = False
    """Whether it speaks about raters like these, from 8 raters on."""


def agreement_interval(
    ratings: Ratings, parts: Parts, recipe: Recipe, *, ask: AgreementOptions
) -> Interval | None:
    """Limits of 1 − observed / expected within −1 and 1; None under 5 items rated twice."""
    items = parts.sizes.size
    if items < FEWEST_ITEMS:
        return None
    ratings = _with_another(ratings)
    ratio = parts.observed / parts.expected
    low, high = _limits(parts, ask.level)
    if items < _ADDED_UNDER:
        for item in _agreeing(ratings):
            low = min(low, _limits(recipe(_added(ratings, item)), ask.level)[0])
        high = max(high, _limits(recipe(_added(ratings, _disagreeing(ratings, parts))), ask.level)[1])
    if ask.sampled_raters and ratings.n_raters >= FEWEST_SAMPLED_RATERS:
        low, high = _widened((low, high), ratio, ratings, recipe, level=ask.level)
    return min(1.0 - ratio, max(-1.0, 1.0 - high)), max(1.0 - ratio, min(1.0, 1.0 - low))


def jackknife_variance(without: Floats) -> float:
    """Variance of a statistic from its values with each unit left out (J. Tukey 1958)."""
    n = without.size
    return float((n - 1) / n * np.square(without - without.mean()).sum())


def _limits(parts: Parts, level: float) -> Interval:
    """Limits of observed / expected."""
    if not (parts.expected > 0.0 and np.isfinite(parts.expected_without).all()):
        return math.inf, 0.0
    t = t_quantile(0.5 + level / 2.0, parts.sizes.size - 1)
    low, high = _observed_limits(parts, level=level, t=t)
    if high <= 0.0:
        return 0.0, 0.0
    spread = t * math.sqrt(jackknife_variance(parts.expected_without)) / parts.expected
    if parts.observed == 0.0:
        return 0.0, high * math.exp(spread) / parts.expected
    ratio = parts.observed / parts.expected
    shared = _correlation(parts.observed_without, parts.expected_without)
    above = math.log(high / parts.observed)
    upper = ratio * math.exp(_joined(above, spread, shared))
    below = math.log(parts.observed / low) if low > 0.0 else math.inf
    return (ratio * math.exp(-_joined(below, spread, shared)) if low > 0.0 else 0.0), upper


def _joined(first: float, second: float, correlation: float) -> float:
    return math.sqrt(max(0.0, first * first + second * second - 2.0 * correlation * first * second))


def _correlation(first: Floats, second: Floats) -> float:
    a, b = first - first.mean(), second - second.mean()
    size = math.sqrt(dot(a, a) * dot(b, b))
    return dot(a, b) / size if size > 0.0 else 0.0


def _observed_limits(parts: Parts, *, level: float, t: float) -> Interval:
    """Limits of the observed disagreement: a rate of items that disagree by one typical size."""
    weights, sizes = parts.weights, parts.sizes
    n = float(weights.sum() ** 2 / np.square(weights).sum())
    summed = dot(weights, sizes)
    size = _typical(sizes, weights) if summed > 0.0 else parts.largest
    if size <= 0.0:
        return 0.0, 0.0
    rate = min(1.0, summed / float(weights.sum()) / size)
    low = clopper_pearson_limits(rate * n, n, level=level)[0]
    centre = (rate + t * t / (2.0 * n)) / (1.0 + t * t / n)
    half = math.sqrt(t * t * (rate * (1.0 - rate) / n + t * t / (4.0 * n * n))) / (1.0 + t * t / n)
    return low * size, max(rate, min(1.0, centre + half)) * size


def _agreeing(ratings: Ratings) -> list[Codes]:
    """Items that all raters put alike: into the rarest category, at a typical distance from the middle."""
    given = code_counts(packed(ratings, least=2), ratings.numbers.size)
    seen = np.flatnonzero(given)
    chosen = set()
    if ratings.measurement == "nominal" or seen.size <= _MOST_CATEGORIES:
        chosen.add(int(seen[np.argmin(given[seen])]))
    if ratings.measurement != "nominal" and ratings.n_items < _TYPICAL_UNDER and seen.size > 1:
        places = np.cumsum(given) - given / 2.0 if ratings.measurement == "ordinal" else ratings.numbers
        apart = np.square(places - float(given @ places) / float(given.sum()))
        chosen.add(int(seen[np.argmin(np.abs(apart[seen] - _typical(apart, given)))]))
    return [np.full(ratings.codes.shape[0], code, np.int32) for code in sorted(chosen)]


def _disagreeing(ratings: Ratings, parts: Parts) -> Codes:
    """An item with a typical disagreement, or one split between the two commonest categories."""
    if parts.observed > 0.0:
        typical = _typical(parts.sizes, parts.weights)
        distance = np.where(parts.sizes > 0.0, np.abs(parts.sizes - typical), np.inf)
        return ratings.codes[:, np.flatnonzero(ratings.per_item() >= 2)[int(np.argmin(distance))]]
    given = code_counts(packed(ratings, least=2), ratings.numbers.size)
    common = np.argsort(-given, kind="stable")[:2].astype(np.int32)
    split: Codes = common[np.arange(ratings.codes.shape[0]) % 2]
    return split


def _with_another(ratings: Ratings) -> Ratings:
    """Ratings of one value only get a second one that nobody gave, so that an added item can disagree."""
    if ratings.numbers.size != 1:
        return ratings
    numbers = np.append(ratings.numbers, ratings.numbers[0] + 1.0)
    return replace(ratings, numbers=numbers, labels=(*ratings.labels, "another value"))


def _typical(sizes: Floats, weights: Floats) -> float:
    """The size that the same sum would have with the same sum of squares: Σ x² / Σ x."""
    return dot(weights, np.square(sizes)) / dot(weights, sizes)


def _added(ratings: Ratings, item: Codes) -> Ratings:
    there = (ratings.codes != MISSING).any(axis=1)
    column = np.where(there, item, MISSING).astype(np.int32)
    return replace(ratings, codes=np.column_stack([ratings.codes, column]), items=())


def _widened(limits: Interval, ratio: float, ratings: Ratings, recipe: Recipe, *, level: float) -> Interval:
    """Limits that also allow for other raters: the jackknife over raters added in quadrature."""
    logs = []
    for left_out in range(ratings.codes.shape[0]):
        rest = ratings.of_raters([rater for rater in range(ratings.codes.shape[0]) if rater != left_out])
        parts = recipe(rest)
        if parts.observed > 0.0 and parts.expected > 0.0:
            logs.append(math.log(parts.observed / parts.expected))
    if len(logs) < FEWEST_SAMPLED_RATERS or ratio <= 0.0:
        return limits
    t = t_quantile(0.5 + level / 2.0, len(logs) - 1)
    spread = t * math.sqrt(jackknife_variance(np.array(logs)))
    low, high = limits
    lower = ratio * math.exp(-math.hypot(math.log(ratio / low), spread)) if low > 0.0 else 0.0
    return lower, ratio * math.exp(math.hypot(math.log(max(high, ratio) / ratio), spread))
