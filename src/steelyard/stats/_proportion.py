"""Intervals of one proportion."""

from __future__ import annotations

import math

from steelyard.core import Interval, StatisticsError
from steelyard.stats._result import MeanResult, check_level, nothing
from steelyard.stats._special import beta_quantile, normal_quantile


def wilson(successes: float, n: float, *, level: float = 0.95) -> MeanResult:
    """A rate with Wilson's score interval (E. B. Wilson 1927, JASA 22, 209–212).

    At 0 and n successes the interval reaches exactly 0 and 1, and is never a point. Its coverage swings
    around the level, which it holds on average; at .95 and true rates of .02 to .98 it is 89.5 % or more for
    n = 20 and 91.5 % or more from n = 30 on. Where n × rate is as small as .18 it falls to 84 %:
    `clopper_pearson` never falls below the level. With n = 0 the value is None.

    Raises StatisticsError unless 0 ≤ successes ≤ n.
    """
    if n == 0:
        return nothing(level, method="Wilson")
    return _result(successes, n, wilson_limits(successes, n, level=level), level=level, method="Wilson")


def clopper_pearson(successes: float, n: float, *, level: float = 0.95) -> MeanResult:
    """A rate with the exact interval of C. Clopper and E. Pearson (1934, Biometrika 26, 404–413).

    It covers at least at the level, whatever the true rate: the interval for a promised absolute bound. With
    fractional arguments, an effective sample size, it is the interval of E. Korn and B. Graubard (1998,
    Survey Methodology 24, 193–201). With n = 0 the value is None.

    Raises StatisticsError unless 0 ≤ successes ≤ n.
    """
    if n == 0:
        return nothing(level, method="Clopper-Pearson")
    limits = clopper_pearson_limits(successes, n, level=level)
    return _result(successes, n, limits, level=level, method="Clopper-Pearson")


def wilson_limits(successes: float, n: float, *, level: float = 0.95) -> Interval:
    """Both limits of `wilson`; the arguments may be fractional, and n must be above 0."""
    _check(successes, n, level)
    z2 = normal_quantile(0.5 + level / 2.0) ** 2
    p = successes / n
    centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = math.sqrt(z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n))) / (1.0 + z2 / n)
    low = 0.0 if successes == 0.0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return min(low, p), max(high, p)


def clopper_pearson_limits(successes: float, n: float, *, level: float = 0.95) -> Interval:
    """Both limits of `clopper_pearson`; n must be above 0."""
    _check(successes, n, level)
    tail = (1.0 - level) / 2.0
    failures = n - successes
    low = 0.0 if successes == 0.0 else beta_quantile(tail, successes, failures + 1.0)
    high = 1.0 if failures == 0.0 else beta_quantile(1.0 - tail, successes + 1.0, failures)
    return min(low, successes / n), max(high, successes / n)


def _check(successes: float, n: float, level: float) -> None:
    check_level(level)
    if not (0.0 < n < math.inf and 0.0 <= successes <= n):
        raise StatisticsError(f"a rate needs 0 ≤ successes ≤ n and n above 0, not {successes!r} of {n!r}")


def _result(successes: float, n: float, limits: Interval, *, level: float, method: str) -> MeanResult:
    return MeanResult(
        value=successes / n,
        interval=limits,
        level=level,
        method=method,
        n=math.ceil(n),
        n_units=math.ceil(n),
        effective_n=float(n),
    )
