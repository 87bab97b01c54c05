"""The one door to a single mean or rate: picks the interval that the data call for."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import Interval, Scale
from steelyard.stats._clustered import FEWEST_CLUSTERS, FEWEST_DF, effective_n_of_rate
from steelyard.stats._finite import estimate_finite_mean
from steelyard.stats._mean_intervals import (
    RESAMPLES,
    is_negligible,
    skewness,
    studentised_interval,
    t_interval,
)
from steelyard.stats._proportion import wilson_limits
from steelyard.stats._result import MeanResult, Range, check_level, clipped, sentences
from steelyard.stats._sample import Sample, as_sample
from steelyard.stats._units import Units, cr2_variance

SKEWED = 1.0
FELT_SKEW = 0.03
FEWEST_RESAMPLED = 8
FEW_FOR_SKEW = 100


def estimate_mean(  # noqa: PLR0913  the facts about a sample, each optional
    values: ArrayLike,
    *,
    scale: Scale,
    value_range: Range = (0.0, 1.0),
    weights: ArrayLike | None = None,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    seed: int = 0,
    population: int | None = None,
) -> MeanResult:
    """The mean of `values` (share, points, seconds, …: their own unit) with an interval that fits them.

    - Binary, or bounded with every score at one end of the range: Wilson's interval; in clusters or with
      weights, at the effective number of independent scores (`effective_n_of_rate`).
    - Bounded and unbounded: Student's t; in clusters or with weights, CR2 variance with Satterthwaite degrees
      of freedom (Bell and McCaffrey 2002).
    - Skewed, from 8 units on: the studentised bootstrap over units. Skewed means a skewness g of the units'
      residuals with |g| > 1 whose effect on the tails, which shrinks with √units, is felt: |g| / √units >
      0.03. There the one-sided error of Student's interval is about a tenth of its nominal 2.5 % (the first
      Edgeworth term, P. Hall 1992, The Bootstrap and Edgeworth Expansion, 2.6). Under 100 units a note warns.
    - No spread at all: bounded scores get Wilson's interval of the rescaled mean, which assumes the greatest
      variance a bounded score can have; unbounded scores get none. An interval is never a point.
    - `population`: the number of cases in the finite set that the mean speaks about (`estimate_finite_mean`).

    `clusters` labels what belongs together (epochs of a case, paraphrases, turns); clusters of one element
    change nothing. Under 8 clusters, or 5 degrees of freedom, `gateable` is False and the note says so.
    Without any observation the value is None. Intervals stay within `value_range` and hold the value.

    Raises StatisticsError for scores that are not finite or impossible on the scale, for lengths that differ,
    negative weights, or a level outside (0, 1).
    """
    check_level(level)
    sample = as_sample(values, scale=scale, value_range=value_range, weights=weights, clusters=clusters)
    if sample is None:
        return MeanResult(
            value=None,
            interval=None,
            level=level,
            method="none",
            n=0,
            n_units=0,
            gateable=False,
            note="nothing was scored",
        )
    if population is not None:
        return estimate_finite_mean(sample, population, level=level)
    rates = sample.rates
    result = _mean(sample, level, seed) if rates is None else _rate(sample, rates, level)
    return _with_cluster_rule(result, sample)


def _rate(sample: Sample, rates: Units, level: float) -> MeanResult:
    if sample.is_plain:
        effective, method = float(sample.n), "Wilson"
    else:
        effective = effective_n_of_rate(rates, sample.n, level=level)
        method = "Wilson, effective n"
    return _result(sample, level, _wilson(sample, effective, level), method=method, effective=effective)


def _mean(sample: Sample, level: float, seed: int) -> MeanResult:
    variance, _ = cr2_variance(sample.units)
    if variance <= 0.0 or is_negligible(variance, sample.units):
        return _without_spread(sample, level)
    skew = skewness(sample.units)
    count = sample.units.count
    interval = None
    if abs(skew) > SKEWED and abs(skew) / math.sqrt(count) > FELT_SKEW and count >= FEWEST_RESAMPLED:
        rng = np.random.default_rng(seed)
        interval = studentised_interval(sample.units, level=level, resamples=RESAMPLES, rng=rng)
        method = "bootstrap-t" if sample.codes is None else "cluster bootstrap-t"
    if interval is None or not all(map(math.isfinite, interval)):
        interval, method = _steady(sample, level, use_range=interval is not None)
    unit = "cases" if sample.codes is None else "independent groups"
    warn = abs(skew) > SKEWED and count < FEW_FOR_SKEW
    note = f"the scores are very unevenly spread and {count} {unit} are few: the interval may be too narrow"
    spread = float(np.average((sample.values - sample.units.value) ** 2, weights=sample.weights))
    effective = float(sample.n) if sample.is_plain else spread / variance
    return _result(sample, level, interval, method=method, effective=effective, note=note if warn else "")


def _steady(sample: Sample, level: float, *, use_range: bool) -> tuple[Interval | None, str]:
    """Student's interval; where resamples without spread are common, the bound from the range instead."""
    if use_range and sample.span is not None:
        effective = sample.units.effective_count
        return _wilson(sample, effective, level), "Wilson on the rescaled mean"
    method = "Student t" if sample.is_plain else "Student t, CR2"
    return t_interval(sample.units, level), method


def _without_spread(sample: Sample, level: float) -> MeanResult:
    equal = "only one case" if sample.n == 1 else "all scores are equal"
    if sample.units.count == 1 and sample.n > 1:
        equal = "all scores belong to one group"
    elif sample.units.count > 1 and float(np.ptp(sample.values)) > 0.0:
        equal = "all groups have the same mean"
    if sample.span is None:
        note = f"{equal}: how much such scores vary is unknown, so there is no interval"
        return _result(sample, level, None, method="none", effective=None, note=note, gateable=False)
    effective = sample.units.effective_count
    note = f"{equal}: the interval comes from the range of possible scores"
    method = "Wilson on the rescaled mean"
    return _result(
        sample, level, _wilson(sample, effective, level), method=method, effective=effective, note=note
    )


def _with_cluster_rule(result: MeanResult, sample: Sample) -> MeanResult:
    """Under 8 clusters or 5 degrees of freedom: shown, never gated."""
    count = sample.units.count
    if sample.codes is not None and count < FEWEST_CLUSTERS:
        groups = "1 independent group" if count == 1 else f"{count} independent groups"
        note = f"only {groups}: shown, but too few to decide on (at least {FEWEST_CLUSTERS} are needed)"
        return replace(result, gateable=False, note=sentences(result.note, note))
    if sample.is_plain and not result.method.startswith("Student"):
        return result
    _, df = cr2_variance(sample.units)
    if df < FEWEST_DF:
        few = f"{count} cases" if sample.is_plain else "a few heavy groups or cases"
        note = f"the figure rests on {few}: shown, but too little to decide on"
        return replace(result, gateable=False, note=sentences(result.note, note))
    return result


def _wilson(sample: Sample, effective: float, level: float) -> Interval | None:
    """Wilson's interval of the mean, rescaled from its range to 0–1."""
    if sample.span is None:
        return None
    low, high = sample.span
    rate = min(1.0, max(0.0, (sample.units.value - low) / (high - low)))
    ends = wilson_limits(rate * effective, effective, level=level)
    return low + ends[0] * (high - low), low + ends[1] * (high - low)


def _result(
    sample: Sample,
    level: float,
    interval: Interval | None,
    *,
    method: str,
    effective: float | None,
    note: str = "",
    gateable: bool = True,
) -> MeanResult:
    value = sample.units.value
    return MeanResult(
        value=value,
        interval=clipped(interval, value, sample.value_range),
        level=level,
        method=method,
        n=sample.n,
        n_units=sample.units.count,
        effective_n=effective,
        gateable=gateable,
        note=note,
    )
