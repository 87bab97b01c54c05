"""What missing samples could do to a mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import StatisticsError


def missing_bounds(
    values: ArrayLike,
    n_missing: int,
    *,
    worst: float | None,
    best: float | None,
    weights: ArrayLike | None = None,
    missing_weights: ArrayLike | None = None,
) -> tuple[float, float] | None:
    """The mean if every missing sample had the worst value, and if every one had the best.

    C. Manski 1989, Anatomy of the selection problem: without an assumption on why samples are missing, the
    data say no more. `worst` above `best` is a metric of which less is better. None when a sample is missing
    and the metric has no worst or no best, or when there is no sample at all.

    Raises StatisticsError when only one side has weights, or lengths differ.
    """
    y = np.asarray(values, dtype=np.float64)
    if (weights is None) != (missing_weights is None) and n_missing and y.size:
        raise StatisticsError("give weights for scored and missing samples, or for neither")
    w = np.ones(y.size) if weights is None else np.asarray(weights, dtype=np.float64)
    lost = np.ones(n_missing) if missing_weights is None else np.asarray(missing_weights, dtype=np.float64)
    if w.size != y.size or lost.size != n_missing:
        raise StatisticsError(
            f"{y.size} scores with {w.size} weights, {n_missing} missing samples with {lost.size} weights"
        )
    absent = float(lost.sum())
    total = float(w.sum()) + absent
    if total <= 0.0:
        return None
    seen = float((w * y).sum())
    if absent == 0.0:
        return seen / total, seen / total
    if worst is None or best is None:
        return None
    return (seen + absent * worst) / total, (seen + absent * best) / total
