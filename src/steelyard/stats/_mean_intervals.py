"""Intervals of one mean: Student's t, and the studentised bootstrap for skewed data."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Interval
from steelyard.stats._resampling import resample_sums
from steelyard.stats._result import check_level
from steelyard.stats._special import t_quantile
from steelyard.stats._units import Units, as_units, cr2_variance

Floats = NDArray[np.float64]

RESAMPLES = 1999


def student_t(values: ArrayLike, *, level: float = 0.95, weights: ArrayLike | None = None) -> Interval | None:
    """Student's interval of a mean ("Student" 1908, Biometrika 6, 1–25).

    With weights, the interval of the weighted mean with CR2 variance and Satterthwaite degrees of freedom.
    None below two values and when all values are equal: their spread is then unknown, not zero.
    """
    check_level(level)
    return t_interval(_single_units(values, weights), level)


def bootstrap_t(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    weights: ArrayLike | None = None,
) -> Interval | None:
    """The studentised bootstrap interval of a mean (B. Efron 1981; P. Hall 1988, Ann. Stat. 16, 927–953).

    Second-order right for skewed data, where Student's interval misses on the long side. A limit is infinite
    when too many resamples hold a single distinct value. None below two values and when all values are equal.
    """
    check_level(level)
    return studentised_interval(_single_units(values, weights), level=level, resamples=resamples, rng=rng)


def t_interval(units: Units, level: float) -> Interval | None:
    """Student's interval of a ratio over units; None when the spread between units is unknown."""
    variance, df = cr2_variance(units)
    if variance <= 0.0 or is_negligible(variance, units):
        return None
    half = t_quantile(0.5 + level / 2.0, df) * math.sqrt(variance)
    return units.value - half, units.value + half


def studentised_interval(
    units: Units, *, level: float, resamples: int, rng: np.random.Generator
) -> Interval | None:
    """The studentised bootstrap interval of a ratio ΣT / ΣW, units resampled."""
    residuals, weights = units.residuals, units.weights
    variance = float((residuals**2).sum()) / float(weights.sum()) ** 2
    if units.count < 2 or is_negligible(variance, units):
        return None
    if np.all(weights == weights[0]):
        sums = resample_sums(np.stack([residuals, residuals**2], axis=1), resamples=resamples, rng=rng)
        total = np.full(resamples, units.count * float(weights[0]))
        shift = sums[:, 0] / total
        spread = sums[:, 1] - sums[:, 0] ** 2 / units.count
    else:
        products = [residuals, weights, residuals**2, residuals * weights, weights**2]
        sums = resample_sums(np.stack(products, axis=1), resamples=resamples, rng=rng)
        total = sums[:, 1]
        shift = sums[:, 0] / total
        spread = sums[:, 2] - 2.0 * shift * sums[:, 3] + shift**2 * sums[:, 4]
    studentised = _ratios(shift, spread / total**2, 1e-12 * variance)
    rank = max(1, math.floor((resamples + 1) * (1.0 - level) / 2.0 + 1e-9))
    error = math.sqrt(variance)
    low, high = np.partition(studentised, [rank - 1, resamples - rank])[[rank - 1, resamples - rank]]
    return units.value - float(high) * error, units.value - float(low) * error


def is_negligible(variance: float, units: Units) -> bool:
    """Whether a variance is only the rounding of equal numbers."""
    return variance <= (1e-14 * max(abs(units.value), 1e-300)) ** 2


def skewness(units: Units) -> float:
    """Third standardised moment of the units' residuals; 0 when they do not vary."""
    residuals = units.residuals
    second = float((residuals**2).mean())
    if second <= (1e-14 * float(np.abs(units.totals).max())) ** 2:
        return 0.0
    return float(((residuals / math.sqrt(second)) ** 3).mean())


def _ratios(shift: Floats, variance: Floats, smallest: float) -> Floats:
    """shift / √variance, infinite where a resample does not vary."""
    varies = variance > smallest
    result = np.where(shift == 0.0, 0.0, np.copysign(np.inf, shift))
    result[varies] = shift[varies] / np.sqrt(variance[varies])
    return result


def _single_units(values: ArrayLike, weights: ArrayLike | None) -> Units:
    w = None if weights is None else np.asarray(weights, dtype=np.float64)
    return as_units(np.asarray(values, dtype=np.float64), w, None)
