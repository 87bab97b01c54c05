"""The exact McNemar test against statsmodels."""

from __future__ import annotations

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from steelyard.core import StatisticsError
from steelyard.stats import exact_mcnemar


@pytest.mark.parametrize(("gains", "losses"), [(1, 7), (7, 1), (6, 16), (152, 209), (0, 4), (3, 900)])
def test_equals_statsmodels(gains: int, losses: int) -> None:
    table = [[10, losses], [gains, 10]]
    assert exact_mcnemar(gains, losses) == pytest.approx(mcnemar(table, exact=True).pvalue, rel=1e-9)


def test_hand_arithmetic() -> None:
    # Two-sided binomial of 1 in 8: 2 · (1 + 8) / 256 = 18 / 256.
    assert exact_mcnemar(1, 7) == pytest.approx(18 / 256, rel=1e-12)


@pytest.mark.parametrize(("gains", "losses"), [(0, 0), (5, 5), (0, 1), (4, 3)])
def test_balance_has_p_one(gains: int, losses: int) -> None:
    assert exact_mcnemar(gains, losses) == 1.0


def test_negative_counts_are_refused() -> None:
    with pytest.raises(StatisticsError, match="cannot be negative"):
        exact_mcnemar(-1, 2)
