"""Deciding the same question more than once."""

from __future__ import annotations

from steelyard.core import StatisticsError
from steelyard.stats._result import check_level


def look_level(look: int, level: float = 0.95) -> float:
    """The level of the `look`-th decision on growing data, counted from 1.

    The first look keeps the level; every later one halves what the last could spend: with α = 1 − level,
    look k spends α / 2^(k − 1). Over all looks, however many, the chance of a false PASS (or of any false
    decision) stays below α + α/2 + α/4 + … = 2α: twice that of one look, where full retests have no limit.

    Raises StatisticsError when look is below 1 or the level is no coverage.
    Source: Bonferroni's inequality; spending α over looks after Lan and DeMets, *Discrete sequential
    boundaries for clinical trials*, Biometrika 70 (1983) 659-663.
    """
    check_level(level)
    if look < 1:
        raise StatisticsError(f"there is no look number {look}", hint="Looks are counted from 1")
    return 1 - (1 - level) / 2.0 ** (look - 1)
