"""Spending α over repeated looks."""

from __future__ import annotations

import pytest

from steelyard.core import StatisticsError
from steelyard.stats import look_level


def test_first_look_keeps_the_level() -> None:
    assert look_level(1) == pytest.approx(0.95)
    assert look_level(2) == pytest.approx(0.975)
    assert look_level(3) == pytest.approx(0.9875)
    assert look_level(1, level=0.9) == pytest.approx(0.9)


def test_the_whole_budget_is_below_twice_one_look() -> None:
    # .05 · (1 + 1/2 + 1/4 + …) = .10.
    assert sum(1 - look_level(look) for look in range(1, 60)) < 0.1 + 1e-12


def test_looks_count_from_one() -> None:
    with pytest.raises(StatisticsError, match="look number 0"):
        look_level(0)
