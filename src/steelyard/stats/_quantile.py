"""Quantiles with distribution-free intervals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import StatisticsError
from steelyard.stats._clustered import effective_n_of_rate
from steelyard.stats._design import Design
from steelyard.stats._result import MeanResult, check_level, nothing, sentences
from steelyard.stats._sample import as_vector, gather
from steelyard.stats._special import binomial_cdf
from steelyard.stats._units import as_units


def quantile(
    values: ArrayLike,
    q: float,
    *,
    level: float = 0.95,
    design: Design | None = None,
) -> MeanResult:
    """The q-quantile of `values`, in their own unit, with an interval between two order statistics.

    The value interpolates linearly between order statistics (type 7 of R. Hyndman and Y. Fan 1996). The
    interval makes no assumption on the distribution: its ranks are the binomial limits of how many values
    fall below the quantile, with at most (1 − level)/2 on each side (W. Conover 1999, Practical Nonparametric
    Statistics, 3.2). Where the sample is too small for both limits, the interval is None and the note says
    how many values are needed: 72 for p95 at level .95. With clusters, ranks are taken at the
    effective number of independent values (R. Woodruff 1952, JASA 47, 635–646).

    Raises StatisticsError unless 0 < q < 1, all values are finite and the design has no weights.
    """
    check_level(level)
    if not 0.0 < q < 1.0:
        raise StatisticsError(f"a quantile must lie between 0 and 1, not {q!r}", hint="Write p95 as 0.95")
    if design is not None and design.weights is not None:
        raise StatisticsError("quantiles know no weights", hint="Leave the weights out of the design")
    sample = gather(as_vector(values, "scores"), design, scale="unbounded")
    if sample is None:
        return nothing(level, method="order statistics")
    method = "order statistics, effective n" if sample.is_clustered else "order statistics"
    ordered = np.sort(sample.values)
    value = float(np.quantile(ordered, q))
    effective = float(sample.n)
    if sample.codes is not None:
        below = as_units((sample.values <= value).astype(np.float64), None, sample.codes)
        effective = effective_n_of_rate(below, sample.n, level=level)
    count = max(1, math.floor(effective + 1e-9))
    ranks = _ranks(count, q, level)
    interval, note = None, ""
    if ranks is None:
        needed = math.ceil(math.log((1.0 - level) / 2.0) / math.log(max(q, 1.0 - q)))
        kind = "values" if sample.codes is None else "independent values"
        note = (
            f"not enough: an interval of the {q * 100:g} % quantile needs at least {needed} {kind}, "
            f"here are {count}"
        )
    else:
        low = max(1, math.floor(ranks[0] * sample.n / count))
        high = min(sample.n, math.ceil(ranks[1] * sample.n / count))
        interval = (min(value, float(ordered[low - 1])), max(value, float(ordered[high - 1])))
        if interval[0] == interval[1]:
            note = "the values around the quantile are equal, so the interval is a single value"
    weakness = sample.weakness if sample.is_clustered else ""
    return MeanResult(
        value=value,
        interval=interval,
        level=level,
        method=method,
        n=sample.n,
        n_units=sample.units.count,
        effective_n=effective,
        gateable=interval is not None and not weakness,
        note=sentences(note, weakness),
    )


def _ranks(n: int, q: float, level: float) -> tuple[int, int] | None:
    """Ranks, from 1, of the order statistics that bound the quantile; None when n is too small."""
    tail = (1.0 - level) / 2.0 * (1.0 + 1e-12)
    low = _first(n, lambda rank: binomial_cdf(rank - 1, n, q) > tail) - 1
    high = _first(n + 1, lambda rank: 1.0 - binomial_cdf(rank - 1, n, q) <= tail)
    return (low, high) if low >= 1 and high <= n else None


def _first(last: int, holds: Callable[[int], bool]) -> int:
    """The smallest rank in 1 … last + 1 from which a monotone condition holds."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
