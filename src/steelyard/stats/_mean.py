"""The one door to a single mean or rate: picks the interval that the data call for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import Interval, Scale
from steelyard.stats._clustered import effective_n_of_rate
from steelyard.stats._design import Design
from steelyard.stats._far_values import METHOD as FAR_VALUES
from steelyard.stats._far_values import far_values_interval
from steelyard.stats._finite import estimate_finite_mean
from steelyard.stats._mean_intervals import Found, moments_interval
from steelyard.stats._result import MeanResult, Range, check_level, nothing
from steelyard.stats._sample import Sample, as_vector, gather
from steelyard.stats._sample_result import rescaled_wilson, result_of
from steelyard.stats._units import Units


def estimate_mean(
    values: ArrayLike,
    *,
    scale: Scale,
    value_range: Range | None = None,
    design: Design | None = None,
    level: float = 0.95,
    seed: int = 0,
    population: int | None = None,
) -> MeanResult:
    """The mean of `values` (share, points, seconds, …: their own unit) with an interval that fits them.

    - Binary, or bounded with every score at one end of the range: Wilson's interval; in clusters or with
      weights, at the effective number of independent scores (`effective_n_of_rate`).
    - Bounded and unbounded: Student's t; in clusters or with weights, CR2 variance with Satterthwaite degrees
      of freedom (Bell and McCaffrey 2002).
    - Bounded, and resting on few scores far from an end of the range: `far_values_interval`.
    - Skewed, from 8 units on: the studentised bootstrap over units (`moments_interval`). Under 100 units a
      note warns.
    - No spread at all: bounded scores get Wilson's interval of the rescaled mean, which assumes the greatest
      variance a bounded score can have; unbounded scores get none. An interval is never a point.
    - `population`: the number of cases in the finite set that the mean speaks about (`estimate_finite_mean`).

    `design` says what belongs together (epochs of a case, paraphrases, turns) and what weighs more; clusters
    of one element change nothing. Under 8 units, or 5 degrees of freedom, `gateable` is False and the note
    says so; rates of cases that stand alone are gateable at any number. Without any observation the value is
    None. Intervals stay within `value_range` (0 to 1 unless given, for bounded scores) and hold the value.

    Raises StatisticsError for scores that are not finite or impossible on the scale, for lengths that differ,
    negative weights, or a level outside (0, 1).
    """
    check_level(level)
    sample = gather(as_vector(values, "scores"), design, scale=scale, value_range=value_range)
    if sample is None:
        return nothing(level)
    if population is not None:
        return estimate_finite_mean(sample, population, level=level)
    rates = sample.rates
    if rates is not None:
        return _rate(sample, rates, level)
    return _mean(sample, level, seed)


def _rate(sample: Sample, rates: Units, level: float) -> MeanResult:
    if sample.is_plain:
        interval = rescaled_wilson(sample, sample.n, level=level)
        return result_of(sample, interval, level=level, method="Wilson", effective=float(sample.n))
    effective = effective_n_of_rate(rates, sample.n, level=level)
    return result_of(
        sample,
        rescaled_wilson(sample, effective, level=level),
        level=level,
        method="Wilson, effective n",
        effective=effective,
        weakness=sample.weakness,
    )


def _mean(sample: Sample, level: float, seed: int) -> MeanResult:
    if sample.standard_error == 0.0:
        return _without_spread(sample, level)
    few = far_values_interval(sample, level=level)
    if few is None:
        found = moments_interval(sample, level=level, rng=np.random.default_rng(seed))
    else:
        found = Found(interval=few, method=FAR_VALUES)
    interval, method = found.interval, found.method
    if not found.is_steady and sample.span is not None:
        interval, method = _from_range(sample, level)
    spread = float(np.average((sample.values - sample.units.value) ** 2, weights=sample.weights))
    effective = float(sample.n) if sample.is_plain else spread / sample.standard_error**2
    return result_of(
        sample,
        interval,
        level=level,
        method=method,
        effective=effective,
        note=found.note,
        weakness=sample.weakness,
    )


def _from_range(sample: Sample, level: float) -> tuple[Interval | None, str]:
    """The interval that assumes the greatest variance a bounded score can have."""
    return rescaled_wilson(sample, sample.units.effective_count, level=level), "Wilson on the rescaled mean"


def _without_spread(sample: Sample, level: float) -> MeanResult:
    equal = "only one case" if sample.n == 1 else "all scores are equal"
    if sample.units.count == 1 and sample.n > 1:
        equal = "all scores belong to one group"
    elif sample.units.count > 1 and float(np.ptp(sample.values)) > 0.0:
        equal = "all groups have the same mean"
    if sample.span is None:
        note = f"{equal}: how much such scores vary is unknown, so there is no interval"
        return result_of(sample, None, level=level, method="none", effective=None, note=note)
    interval, method = _from_range(sample, level)
    return result_of(
        sample,
        interval,
        level=level,
        method=method,
        effective=sample.units.effective_count,
        note=f"{equal}: the interval comes from the range of possible scores",
        weakness=sample.weakness,
    )
