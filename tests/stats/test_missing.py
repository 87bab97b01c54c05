"""What missing samples could do."""

from __future__ import annotations

import pytest

from steelyard.core import StatisticsError
from steelyard.stats import missing_bounds


def test_bounds_by_hand() -> None:
    # 80 of 90 right, 10 missing: 80/100 and 90/100.
    assert missing_bounds([1.0] * 80 + [0.0] * 10, 10, worst=0.0, best=1.0) == pytest.approx((0.8, 0.9))


def test_less_is_better() -> None:
    assert missing_bounds([0.0, 0.0, 1.0], 1, worst=1.0, best=0.0) == pytest.approx((0.5, 0.25))


def test_weights() -> None:
    found = missing_bounds([1.0, 0.0], 1, worst=0.0, best=1.0, weights=[1.0, 1.0], missing_weights=[2.0])
    assert found == pytest.approx((0.25, 0.75))


def test_nothing_missing_changes_nothing() -> None:
    assert missing_bounds([0.2, 0.4], 0, worst=None, best=None) == pytest.approx((0.3, 0.3))


def test_without_limits_or_samples_there_are_no_bounds() -> None:
    assert missing_bounds([0.2], 1, worst=0.0, best=None) is None
    assert missing_bounds([], 0, worst=0.0, best=1.0) is None
    assert missing_bounds([], 3, worst=0.0, best=1.0) == (0.0, 1.0)


def test_weights_on_one_side_only() -> None:
    with pytest.raises(StatisticsError, match="or for neither"):
        missing_bounds([1.0], 1, worst=0.0, best=1.0, weights=[2.0])
    with pytest.raises(StatisticsError, match="1 scores with 2 weights"):
        missing_bounds([1.0], 0, worst=0.0, best=1.0, weights=[2.0, 1.0])
