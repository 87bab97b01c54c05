from __future__ import annotations

import pytest

from steelyard.core import StatisticsError
from steelyard.stats import human_ceiling


def test_judge_and_human_meet_the_same_others() -> None:
    ratings = [("a", "r1", 1), ("a", "r2", 1), ("a", "r3", 0), ("b", "r1", 0), ("b", "r2", 0), ("c", "r1", 1)]
    found = human_ceiling(ratings, {"a": 1, "b": 1, "c": 1})
    # a: r1 against {1, 0}: ½; r2 ½; r3 against {1, 1}: 0. b: 1, 1. c has one rater.
    assert found.human.value == pytest.approx((0.5 + 0.5 + 0 + 1 + 1) / 5)
    # The judge says 1: ½, ½, 1, 0, 0
    assert found.judge.value == pytest.approx((0.5 + 0.5 + 1 + 0 + 0) / 5)
    assert found.difference.difference == pytest.approx(-0.2)
    assert found.human.n_units == 2


def test_no_item_with_two_experts() -> None:
    with pytest.raises(StatisticsError, match="no judged item has two experts"):
        human_ceiling([("a", "r1", 1)], {"a": 1})
    with pytest.raises(StatisticsError, match="twice"):
        human_ceiling([("a", "r1", 1), ("a", "r1", 0)], {"a": 1})
