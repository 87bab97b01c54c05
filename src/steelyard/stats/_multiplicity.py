"""Several tests at once: adjusted p-values, and intervals for what was picked out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError

Floats = NDArray[np.float64]

_SIGNS = 200_000_000
_FEWEST_RESAMPLES = 999
_ROWS = 128
_TIE = 1 - 1e-6


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values that keep the chance of any false alarm: for "some rule fails".

    In the order given, in [0, 1]. Raises StatisticsError when one is no probability.
    Source: Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of
    Statistics 6 (1979) 65-70.
    """
    checked, order = _ordered(p_values)
    factors = np.arange(len(checked), 0, -1)
    return _restore(np.maximum.accumulate(checked[order] * factors), order)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values that keep the share of false alarms among alarms: separate, not opposed tests.

    In the order given, in [0, 1]. Raises StatisticsError when one is no probability.
    Source: Benjamini and Hochberg, *Controlling the false discovery rate*, JRSS B 57 (1995) 289-300.
    """
    return _step_up(p_values, penalty=1.0)


def benjamini_yekutieli(p_values: Sequence[float]) -> tuple[float, ...]:
    """The same under any dependence: for slices that share cases.

    In the order given, in [0, 1]. Raises StatisticsError when one is no probability.
    Source: Benjamini and Yekutieli, *The control of the false discovery rate in multiple testing under
    dependency*, Annals of Statistics 29 (2001) 1165-1188.
    """
    return _step_up(p_values, penalty=sum(1 / rank for rank in range(1, len(p_values) + 1)))


def false_coverage_level(selected: int, total: int, level: float = 0.95) -> float:
    """The level at which to draw the intervals of `selected` results picked out of `total`.

    1 − (1 − level) · selected / total: then at most 1 − level of the drawn intervals miss, on average,
    however the picking was done by adjusted p-values. Raises StatisticsError for impossible counts.
    Source: Benjamini and Yekutieli, *False discovery rate-adjusted multiple confidence intervals for
    selected parameters*, JASA 100 (2005) 71-81.
    """
    if not (0 < selected <= total and 0 < level < 1):
        raise StatisticsError(f"{selected} of {total} at level {level:g} cannot be adjusted")
    return 1 - (1 - level) * selected / total


def max_t_p_values(contributions: ArrayLike, *, resamples: int = 9_999, seed: int = 0) -> tuple[float, ...]:
    """Adjusted p-values of differences in overlapping slices, from the data's own dependence.

    `contributions` has one row for each independent unit and one column for each slice: the sum of the
    unit's (weighted) differences that fall into the slice, 0 where none do. Whole rows are flipped in sign,
    so slices that share cases move together; the largest studentised sum of each draw is what an observed
    one must beat, in steps from the largest down. A slice where nothing changed has p = 1. Long tables draw
    fewer resamples (999 at least).

    Raises StatisticsError when the table is not two-dimensional or not finite.
    Source: Westfall and Young, *Resampling-Based Multiple Testing* (1993) §2.6, algorithm 2.8.
    """
    table = np.asarray(contributions, np.float64)
    if table.ndim != 2 or not np.all(np.isfinite(table)):
        raise StatisticsError("slice contributions must be a finite table", hint="One row for each unit")
    scale = np.sqrt(np.sum(table**2, axis=0))
    tested = np.flatnonzero(scale > 0)
    adjusted = np.ones(table.shape[1])
    if not len(tested):
        return tuple(adjusted.tolist())
    scaled = table[:, tested] / scale[tested]
    observed = np.abs(scaled.sum(axis=0))
    order = np.argsort(-observed, kind="stable")
    exceeded = np.zeros(len(order))
    drawn = 0
    for sums in signed_sums(scaled[:, order], resamples=resamples, rng=np.random.default_rng(seed)):
        best = np.maximum.accumulate(np.abs(sums)[:, ::-1], axis=1)[:, ::-1]
        exceeded += np.sum(best >= observed[order] * _TIE, axis=0)
        drawn += len(sums)
    adjusted[tested[order]] = np.maximum.accumulate((1 + exceeded) / (drawn + 1))
    return tuple(adjusted.tolist())


def signed_sums(table: Floats, *, resamples: int, rng: np.random.Generator) -> list[Floats]:
    """Column sums under random signs of whole rows, in blocks of shape (rows of draws, columns)."""
    moved = table[np.any(table != 0, axis=1)]
    affordable = max(_FEWEST_RESAMPLES, _SIGNS // max(len(moved), 1))
    blocks = []
    left = min(resamples, affordable)
    while left > 0:
        rows = min(_ROWS, left)
        positive = rng.integers(0, 2, size=(rows, len(moved)), dtype=np.int8).astype(np.float32)
        sums = 2.0 * (positive @ moved.astype(np.float32)).astype(np.float64) - moved.sum(axis=0)
        blocks.append(np.asarray(sums, np.float64))
        left -= rows
    return blocks


def _step_up(p_values: Sequence[float], *, penalty: float) -> tuple[float, ...]:
    checked, order = _ordered(p_values)
    m = len(checked)
    raised = checked[order] * (m * penalty) / np.arange(1, m + 1)
    return _restore(np.minimum.accumulate(raised[::-1])[::-1], order)


def _ordered(p_values: Sequence[float]) -> tuple[Floats, NDArray[np.int64]]:
    checked = np.asarray(p_values, np.float64)
    if checked.ndim != 1 or not np.all((checked >= 0) & (checked <= 1)):
        raise StatisticsError("a p-value is not between 0 and 1", hint="Leave out tests that gave none")
    return checked, np.argsort(checked, kind="stable")


def _restore(ordered: Floats, order: NDArray[np.int64]) -> tuple[float, ...]:
    result = np.empty(len(order))
    result[order] = np.minimum(ordered, 1.0)
    return tuple(result.tolist())
