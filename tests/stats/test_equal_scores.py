from __future__ import annotations

import pytest

from steelyard.core import StatisticsError
from steelyard.stats import clopper_pearson, equal_scores


@pytest.mark.parametrize("n", [1, 8, 20, 300])
def test_at_an_end_of_the_range_it_is_the_exact_interval_of_a_rate(n: int) -> None:
    for value, successes in ((1.0, n), (0.0, 0)):
        exact = clopper_pearson(successes, n).interval
        assert equal_scores(value, n, value_range=(0.0, 1.0)).interval == pytest.approx(exact, abs=1e-12)


def test_by_hand() -> None:
    # .025^(1/20) = .83157: 1 + 3 × .83157 = 3.4947, and 5 − 1 × .83157 = 4.16843.
    found = equal_scores(4.0, 20, value_range=(1.0, 5.0))
    assert found.interval == pytest.approx((3.4947, 4.16843), abs=1e-4)
    assert found.gateable
    assert found.note.startswith("no variation among 20 cases: the interval cannot be computed from spread")


@pytest.mark.parametrize("share", [0.6, 0.8, 0.9, 0.97])
@pytest.mark.parametrize("n", [2, 10, 40])
def test_a_mean_outside_is_too_unlikely_to_have_shown_equal_scores(share: float, n: int) -> None:
    """Scores are .7 with chance `share`, else the end that drags the mean away: all equal with shareⁿ."""
    for other in (0.0, 1.0):
        low, high = equal_scores(0.7, n, value_range=(0.0, 1.0)).interval or (0.0, 0.0)
        mean = 0.7 * share + other * (1 - share)
        assert low <= mean <= high or share**n <= 0.025 + 1e-12


def test_impossible_scores_are_refused() -> None:
    with pytest.raises(StatisticsError, match="cannot lie within 0 to 1"):
        equal_scores(1.5, 10, value_range=(0.0, 1.0))
    with pytest.raises(StatisticsError, match="cannot lie within"):
        equal_scores(0.5, 0, value_range=(0.0, 1.0))
