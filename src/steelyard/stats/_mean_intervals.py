"""Intervals of one mean: Student's t, and the studentised bootstrap for skewed data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import Interval
from steelyard.stats._design import Design, Floats
from steelyard.stats._resampling import resample_sums
from steelyard.stats._result import check_level
from steelyard.stats._sample import Sample, as_vector, gather
from steelyard.stats._special import t_quantile
from steelyard.stats._units import Units

RESAMPLES = 1999

_SKEWED = 1.0
_FELT_LEAN = 0.05
_FEWEST_RESAMPLED = 8
_LONG_LEAN = 0.1
_LONG_SHARE = 0.6
_FEW_FOR_SKEW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An interval with the name of its procedure."""

    interval: Interval | None
    """Limits, or None when the data give none."""
    method: str
    """The procedure in words."""
    note: str = ""
    """What the reader must know."""
    is_steady: bool = True
    """False where the data called for the bootstrap but too many resamples would not vary."""


def student_t(values: ArrayLike, *, level: float = 0.95, weights: ArrayLike | None = None) -> Interval | None:
    """Student's interval of a mean ("Student" 1908, Biometrika 6, 1–25).

    With weights, the interval of the weighted mean with CR2 variance and Satterthwaite degrees of freedom.
    None below two values and when all values are equal: their spread is then unknown, not zero.
    """
    check_level(level)
    sample = _alone(values, weights)
    return None if sample is None else t_interval(sample, level)


def bootstrap_t(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    weights: ArrayLike | None = None,
) -> Interval | None:
    """The studentised bootstrap interval of a mean, its long side lengthened (`studentised_interval`).

    None below two values, when all values are equal, and when too many resamples hold a single value.
    """
    check_level(level)
    sample = _alone(values, weights)
    return None if sample is None else studentised_interval(sample, level=level, rng=rng, resamples=resamples)


def moments_interval(sample: Sample, *, level: float, rng: np.random.Generator) -> Found:
    """Student's interval; the studentised bootstrap, from 8 units on, where skewness is felt.

    It is felt where |skewness| > 1, beyond what few even values show by chance, and |skewness| / √units >
    .05: there the one-sided error of Student's interval is off by a sixth of its 2.5 % (the first Edgeworth
    term: P. Hall 1992, The Bootstrap and Edgeworth Expansion, 2.6). Under 100 units a note warns.
    """
    units = sample.units
    skewed = abs(units.skewness) > _SKEWED
    tried = skewed and abs(units.lean) > _FELT_LEAN and units.count >= _FEWEST_RESAMPLED
    note = _heavy(sample) if skewed and units.count < _FEW_FOR_SKEW else ""
    if tried:
        interval = studentised_interval(sample, level=level, rng=rng)
        if interval is not None:
            method = "cluster bootstrap-t" if sample.is_clustered else "bootstrap-t"
            return Found(interval=interval, method=method, note=note)
    method = "Student t" if sample.is_plain else "CR2 t"
    return Found(interval=t_interval(sample, level), method=method, note=note, is_steady=not tried)


def t_interval(sample: Sample, level: float) -> Interval | None:
    """Student's interval of the mean of units; None when the spread between them is unknown."""
    if sample.standard_error == 0.0 or sample.df <= 0.0:
        return None
    half = t_quantile(0.5 + level / 2.0, sample.df) * sample.standard_error
    return sample.units.value - half, sample.units.value + half


def studentised_interval(
    sample: Sample, *, level: float, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Interval | None:
    """The studentised bootstrap interval of a mean, whole units resampled, its long side lengthened.

    Second-order right for skewed data, where Student's interval misses on the long side (B. Efron 1981,
    Canadian J. Stat. 9, 139–172; P. Hall 1988, Ann. Stat. 16, 927–953). Samples that happen to hold no far
    value still show too little skewness; so where skewness / √units is beyond .1, the limit on the long side
    takes 60 % of its tail only. Lognormal scores, σ = 1.2, 100 to 1,000 of them: 94.6 % covered and more,
    down to 93.0 % without.

    None below two units, without spread, and when a limit would rest on resamples that do not vary.
    """
    units = sample.units
    if units.count < 2 or sample.standard_error == 0.0:
        return None
    ratios = _studentised(units, rng=rng, resamples=resamples)
    tail = (1.0 - level) / 2.0
    low_tail = tail * (_LONG_SHARE if units.lean > _LONG_LEAN else 1.0)
    high_tail = tail * (_LONG_SHARE if units.lean < -_LONG_LEAN else 1.0)
    low_rank, high_rank = (
        max(1, math.floor((resamples + 1) * share + 1e-9)) for share in (low_tail, high_tail)
    )
    low, high = np.partition(ratios, [low_rank - 1, resamples - high_rank])[
        [low_rank - 1, resamples - high_rank]
    ]
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    error = math.sqrt(float((units.residuals**2).sum())) / float(units.weights.sum())
    return units.value - float(high) * error, units.value - float(low) * error


def _studentised(units: Units, *, rng: np.random.Generator, resamples: int) -> Floats:
    """(mean* − mean) / error* of each resample, from sums only; infinite where a resample does not vary."""
    residuals, weights = units.residuals, units.weights
    if np.all(weights == weights[0]):
        sums = resample_sums(np.stack([residuals, residuals**2], axis=1), resamples=resamples, rng=rng)
        shift = sums[:, 0]
        spread = sums[:, 1] - shift**2 / units.count
    else:
        products = [residuals, weights, residuals**2, residuals * weights, weights**2]
        sums = resample_sums(np.stack(products, axis=1), resamples=resamples, rng=rng)
        shift = sums[:, 0]
        ratio = shift / sums[:, 1]
        spread = sums[:, 2] - 2.0 * ratio * sums[:, 3] + ratio**2 * sums[:, 4]
    varies = spread > 1e-12 * float((residuals**2).sum())
    ratios = np.where(shift == 0.0, 0.0, np.copysign(np.inf, shift))
    ratios[varies] = shift[varies] / np.sqrt(spread[varies])
    return ratios


def _heavy(sample: Sample) -> str:
    kind = "independent groups" if sample.is_clustered else "cases"
    return f"a few values dominate and {sample.units.count} {kind} are few: the interval may be too narrow"


def _alone(values: ArrayLike, weights: ArrayLike | None) -> Sample | None:
    return gather(as_vector(values, "scores"), Design(weights=weights), scale="unbounded")
