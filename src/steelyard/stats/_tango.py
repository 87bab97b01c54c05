"""Intervals for the difference of two paired proportions.

Tango inverts the score test of a given difference, so the interval stays honest where a normal one
collapses: few pairs, no discordant pair at all, rates near 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from steelyard.core import Interval, StatisticsError
from steelyard.stats._special import beta_quantile, normal_quantile, t_quantile

_BISECTIONS = 54
_LARGE_CHANGE = 0.2
_OUTER_SHARE = 0.6
_MOSTLY_DISCORDANT = 0.7
_EXACT_CHANGE = 0.1


def tango_interval(gains: float, losses: float, n: float, *, level: float = 0.95) -> Interval:
    """Two-sided score interval of (gains − losses) / n over `n` pairs, as published.

    `gains` pairs went from 0 to 1, `losses` from 1 to 0; fractions are allowed (effective counts).
    Values lie in [−1, 1]. Raises StatisticsError for impossible counts.

    Source: Tango, *Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design*, Statistics in Medicine 17 (1998) 891-908, with the correction in 18 (1999)
    3511-3513.
    """
    check_counts(gains, losses, n)
    quantile = normal_quantile(0.5 + level / 2)
    return (
        -_upper(losses, gains, n, quantile=quantile),
        _upper(gains, losses, n, quantile=quantile),
    )


def paired_proportions(
    gains: float, losses: float, n: float, *, level: float = 0.95, df: float | None = None
) -> Interval:
    """The interval that gates use: Tango's, with two refinements that keep its promise in small samples.

    The normal quantile gives way to Student's with `df` degrees of freedom (default n − 1): enumerated over
    every table, the published interval lets −margin pass in up to 4.0 % of samples at n = 20 and covers
    92.8 % at n = 40; with Student's quantile no cell with up to 60 % discordant pairs is above 3.2 % or
    below 93 %. Where the net change is beyond a fifth of the pairs, the limit towards ±1 takes 60 % of its
    tail, and where 70 % of pairs and more disagree it never lies inside the exact limit for all pairs
    discordant (Clopper and Pearson, Biometrika 26, 1934, 404-413). These concern allowed drops of tens of
    points.
    """
    check_counts(gains, losses, n)
    freedom = n - 1 if df is None else df
    if freedom <= 0:
        return (-1.0, 1.0)
    return (
        -_guarded_upper(losses, gains, n, tail=(1 - level) / 2, df=freedom),
        _guarded_upper(gains, losses, n, tail=(1 - level) / 2, df=freedom),
    )


def check_counts(gains: float, losses: float, n: float) -> None:
    """Refuse counts that no set of pairs can have."""
    if not (n > 0 and gains >= 0 and losses >= 0 and gains + losses <= n * (1 + 1e-12)):
        raise StatisticsError(
            f"{gains:g} gains and {losses:g} losses cannot come from {n:g} pairs",
            hint="Counts are not negative and sum to at most the number of pairs",
        )


def _guarded_upper(gains: float, losses: float, n: float, *, tail: float, df: float) -> float:
    change = (gains - losses) / n
    outer = change >= _LARGE_CHANGE
    quantile = t_quantile(1 - tail * (_OUTER_SHARE if outer else 1.0), df)
    limit = _upper(gains, losses, n, quantile=quantile)
    if change >= _EXACT_CHANGE and gains + losses >= _MOSTLY_DISCORDANT * n:
        right = (n + gains - losses) / 2
        wrong = n - right
        exact = 1.0 if wrong <= 0 else 2 * beta_quantile(1 - tail * _OUTER_SHARE, right + 1, wrong) - 1
        limit = max(limit, exact)
    return limit


def _upper(gains: float, losses: float, n: float, *, quantile: float) -> float:
    """The largest difference that the score test does not reject."""
    estimate = (gains - losses) / n

    def rejected(delta: float) -> bool:
        distance = n * (delta - estimate)
        return distance * distance > quantile * quantile * score_variance(gains, losses, n, delta=delta)

    return _boundary(rejected, inside=estimate, outside=1.0)


def score_variance(gains: float, losses: float, n: float, *, delta: float) -> float:
    """Variance of gains − losses when the true difference is `delta` and the rest is fitted (Tango 1998)."""
    a = 2 * n
    b = -gains - losses + (2 * n - gains + losses) * delta
    c = -losses * delta * (1 - delta)
    fitted = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    fitted = max(fitted, 0.0, -delta)
    return n * max(2 * fitted + delta * (1 - delta), 0.0)


def _boundary(rejected: Callable[[float], bool], *, inside: float, outside: float) -> float:
    if not rejected(outside):
        return outside
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if rejected(middle):
            outside = middle
        else:
            inside = middle
    return inside
