"""Means of bounded scores that nearly all lie at one end of their range: the few far ones decide."""

from __future__ import annotations

import numpy as np

from steelyard.core import Interval
from steelyard.stats._clustered import effective_n_of_rate
from steelyard.stats._mean_intervals import t_interval
from steelyard.stats._proportion import wilson_limits
from steelyard.stats._sample import Sample
from steelyard.stats._units import Units, as_units

METHOD = "Wilson on scores of one size"

_FEW_FAR = 20.0
_MOST_FAR = 0.6


def far_values_interval(sample: Sample, *, level: float) -> Interval | None:
    """The interval of a bounded mean that rests on fewer than 20 far values; None where it rests on more.

    Distances d from the nearer end of the range, as shares of it, count as (Σd)² / Σd² values of equal size
    (Kish), and in clusters no more than the distances of clusters do. Where these are fewer than 20 and under
    60 % of the sample, moments say too little: a sample that happens to hold no far value looks certain, and
    resamples without one make bootstrap-t limits reach across the range. So the scores are taken as 0/1
    scores of one typical size m = (Σd² + 1) / (Σd + 1), the mean size of a far value when one of the largest
    possible is added: Wilson's interval of the rate mean / m, at the effective number of independent scores
    (`effective_n_of_rate`), times m. Student's interval is held inside, so that it never gets narrower.
    """
    if sample.span is None or sample.standard_error == 0.0:
        return None
    low, high = sample.span
    at_top = sample.units.value > (low + high) / 2.0
    distances = np.clip((high - sample.values if at_top else sample.values - low) / (high - low), 0.0, 1.0)
    units = as_units(distances, sample.weights, sample.codes)
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    far, far_units = _equal_sizes(weights * distances), _equal_sizes(units.totals)
    spread_out = far > _MOST_FAR * sample.n and far_units > _MOST_FAR * units.count
    if min(far, far_units) >= _FEW_FAR or spread_out:
        return None
    total, squares = float(weights @ distances), float(weights @ distances**2)
    size = max((squares + 1.0) / (total + 1.0), units.value)
    rates = Units(totals=units.totals / size, weights=units.weights, squares=units.squares)
    effective = float(sample.n)
    if not sample.is_plain:
        effective = effective_n_of_rate(rates, sample.n, level=level, bearing=min(far, far_units))
    ends = wilson_limits(min(rates.value, 1.0) * effective, effective, level=level)
    near, away = ends[0] * size * (high - low), ends[1] * size * (high - low)
    limits = (high - away, high - near) if at_top else (low + near, low + away)
    student = t_interval(sample, level)
    return limits if student is None else (min(limits[0], student[0]), max(limits[1], student[1]))


def _equal_sizes(sizes: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """How many values of equal size would add up as these do, (Σx)² / Σx²."""
    squares = float((sizes**2).sum())
    return float(sizes.sum()) ** 2 / squares if squares > 0.0 else 0.0
