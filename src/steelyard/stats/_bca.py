"""The bias-corrected and accelerated bootstrap interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import Interval
from steelyard.stats._special import normal_cdf, normal_quantile


def bca_interval(
    replicates: ArrayLike, value: float, jackknife: ArrayLike, *, level: float = 0.95
) -> Interval:
    """BCa interval from bootstrap replicates, the estimate and its leave-one-out values.

    B. Efron 1987, Better bootstrap confidence intervals, JASA 82, 171–185; bias correction from the share of
    replicates below the value (ties count half), acceleration from the jackknife's skewness. `replicates`
    must not be empty. Where every replicate lies on one side, the share is taken one replicate inwards.
    """
    reps = np.asarray(replicates, dtype=np.float64)
    below = (float((reps < value).sum()) + float((reps <= value).sum())) / 2.0
    inside = min(max(below, 1.0), reps.size - 1.0) if reps.size > 1 else 0.5
    bias = normal_quantile(inside / reps.size)
    acceleration = _acceleration(np.asarray(jackknife, dtype=np.float64))
    shares = []
    for z in (normal_quantile((1.0 - level) / 2.0), normal_quantile((1.0 + level) / 2.0)):
        shifted = bias + z
        shares.append(normal_cdf(bias + shifted / (1.0 - acceleration * shifted)))
    low, high = np.quantile(reps, shares)
    return float(low), float(high)


def _acceleration(jackknife: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Σd³ / (6 (Σd²)^1.5) over d = mean − leave-one-out value; 0 without variation."""
    if jackknife.size < 2:
        return 0.0
    difference = jackknife.mean() - jackknife
    squares = float((difference**2).sum())
    # Beyond this bound the corrected shares would run over the ends of the normal distribution.
    largest = 0.2
    raw = float((difference**3).sum()) / (6.0 * squares**1.5) if squares > 0.0 else 0.0
    return min(largest, max(-largest, raw))
