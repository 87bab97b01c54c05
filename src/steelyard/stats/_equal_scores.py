"""Scores that are all equal: what they say about a mean, although they have no spread."""

from __future__ import annotations

from steelyard.core import StatisticsError
from steelyard.stats._result import MeanResult, check_level


def equal_scores(
    value: float, n: int, *, value_range: tuple[float, float], level: float = 0.95
) -> MeanResult:
    """The mean of `n` independent scores that all came out as `value`, with an exact interval.

    With range [a, b] and q = ((1 − level) / 2)^(1/n) the interval is a + (value − a)q to b − (b − value)q.
    Were the true mean below that, Markov's inequality would give a score of `value` or more a chance under q,
    and `n` of them a chance under (1 − level) / 2; the other side likewise. At an end of the range it is the
    interval of C. Clopper and E. Pearson (1934, Biometrika 26, 404–413) for n of n. It needs no spread and no
    assumption on the scores but their range; compare T. Anderson (1969, Bull. Int. Stat. Inst. 43, 249–251).

    Raises StatisticsError for no score, a value outside the range, or a level outside (0, 1).
    """
    check_level(level)
    low, high = value_range
    if n < 1 or not low <= value <= high or low == high:
        raise StatisticsError(f"{n} scores of {value:g} cannot lie within {low:g} to {high:g}")
    kept = ((1.0 - level) / 2.0) ** (1.0 / n)
    return MeanResult(
        value=value,
        interval=(low + (value - low) * kept, high - (high - value) * kept),
        level=level,
        method="exact, equal scores",
        n=n,
        n_units=n,
        effective_n=float(n),
        note=f"no variation among {n:,} cases: the interval cannot be computed from spread; "
        f"it comes from the range of possible scores, {low:g} to {high:g}",
    )
