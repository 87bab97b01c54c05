"""Bootstrap-t for the mean of skewed differences."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Interval
from steelyard.stats._resampling import resample_sums
from steelyard.stats._units import Units

Floats = NDArray[np.float64]

RESAMPLES = 2_999
_INDEXED_UNITS = 3_000
_LEANING = 0.15
_LONG_SHARE = 0.6
_SINGLE = 64
_GROUPS = 256


def skewness(units: Units) -> float:
    """Sample skewness of the units' contributions; 0 when they do not vary."""
    residuals = units.residuals
    variance = float(np.mean(residuals**2))
    return float(np.mean(residuals**3)) / variance**1.5 if variance > 0 else 0.0


def bootstrap_t(
    units: Units, *, level: float, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Interval | None:
    """Studentised bootstrap interval of the mean, whole units resampled; None when too few draws vary.

    Where skewness / √units is beyond .15, the limit on the long side takes 60 % of its tail: samples that
    happen to hold no far value show too little skewness (lognormal, σ = 1.2, n = 100: 92.3 % covered
    without this).

    Source: Hall, *The Bootstrap and Edgeworth Expansion* (1992) §3.5; Efron and Tibshirani, *An
    Introduction to the Bootstrap* (1993) §12.5.
    """
    ratios = _studentised(units, rng=rng, resamples=resamples)
    if len(ratios) < 0.95 * resamples:
        return None
    tail = (1 - level) / 2
    lean = skewness(units) / math.sqrt(units.count)
    low_tail = tail * (_LONG_SHARE if lean > _LEANING else 1.0)
    high_tail = tail * (_LONG_SHARE if lean < -_LEANING else 1.0)
    low, high = np.quantile(ratios, [low_tail, 1 - high_tail])
    error = math.sqrt(float(np.sum(units.residuals**2))) / float(units.weights.sum())
    return (units.value - float(high) * error, units.value - float(low) * error)


def _studentised(units: Units, *, rng: np.random.Generator, resamples: int) -> Floats:
    """(mean* − mean) / error* of each resample, from sums only: no case is looked at twice."""
    residuals, weights = units.residuals, units.weights
    columns = np.stack([residuals, weights, residuals**2, residuals * weights, weights**2])
    if units.count <= _INDEXED_UNITS:
        sums = resample_sums(columns.T, resamples=resamples, rng=rng).T
    else:
        sums = _grouped_sums(columns, rng=rng, resamples=resamples)
    shift = sums[0] / sums[1]
    spread = sums[2] - 2 * shift * sums[3] + shift**2 * sums[4]
    varied = spread > 1e-12 * float(np.sum(residuals**2))
    ratios: Floats = sums[0][varied] / np.sqrt(spread[varied])
    return ratios


def _grouped_sums(columns: Floats, *, rng: np.random.Generator, resamples: int) -> Floats:
    """The same for many units: neighbours of nearly the same contribution are drawn as a group.

    The 64 lowest and highest stay alone; a group's remaining scatter is added as a normal draw.
    """
    columns = columns[:, np.argsort(columns[0], kind="stable")]
    units = columns.shape[1]
    inner = np.linspace(_SINGLE, units - _SINGLE, _GROUPS, endpoint=False)
    starts = np.unique(
        np.concatenate([np.arange(_SINGLE), inner, np.arange(units - _SINGLE, units)]).astype(np.int64)
    )
    counts = np.diff(np.append(starts, units))
    means = np.add.reduceat(columns, starts, axis=1) / counts
    scatter = np.add.reduceat((columns[0] - np.repeat(means[0], counts)) ** 2, starts) / counts
    drawn = rng.multinomial(units, counts / units, size=resamples).astype(np.float64)
    sums = means @ drawn.T
    sums[0] += np.sqrt(drawn @ scatter) * rng.standard_normal(resamples)
    return np.asarray(sums, np.float64)
