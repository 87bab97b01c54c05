"""Wilson and Clopper-Pearson against statsmodels, closed forms and their own laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from steelyard.core import StatisticsError
from steelyard.stats import clopper_pearson, wilson

CASES = [(0, 1), (1, 1), (3, 7), (19, 20), (20, 20), (72, 80), (742, 1319), (1, 100000), (99999, 100000)]


@pytest.mark.parametrize(("successes", "n"), CASES)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_against_statsmodels(successes: int, n: int, level: float) -> None:
    for estimate, method in ((wilson, "wilson"), (clopper_pearson, "beta")):
        expected = proportion_confint(successes, n, alpha=1 - level, method=method)
        result = estimate(successes, n, level=level)
        assert result.value == successes / n
        assert result.interval == pytest.approx(expected, abs=1e-9)


def test_published_values() -> None:
    # R. Newcombe 1998, Statistics in Medicine 17, 857-872, table I: methods 3 (score) and 5 (exact).
    assert wilson(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148).interval == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20).interval == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29).interval == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert clopper_pearson(81, 263).interval == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert clopper_pearson(15, 148).interval == pytest.approx((0.0578, 0.1617), abs=5e-5)
    assert clopper_pearson(0, 20).interval == pytest.approx((0.0, 0.1684), abs=5e-5)
    assert clopper_pearson(1, 29).interval == pytest.approx((0.0009, 0.1776), abs=5e-5)


@given(n=st.floats(0.5, 1e6), share=st.floats(0.0, 1.0), level=st.floats(0.5, 0.999))
def test_intervals_hold_the_rate_and_have_width(n: float, share: float, level: float) -> None:
    successes = share * n
    for estimate in (wilson, clopper_pearson):
        low, high = estimate(successes, n, level=level).interval or (math.nan, math.nan)
        assert 0.0 <= low <= successes / n <= high <= 1.0
        assert low < high


def test_both_ends_are_exact_at_the_edges() -> None:
    for estimate in (wilson, clopper_pearson):
        assert (estimate(0, 12).interval or (1, 1))[0] == 0.0
        assert (estimate(12, 12).interval or (0, 0))[1] == 1.0


def test_nothing_scored_is_a_state() -> None:
    for estimate in (wilson, clopper_pearson):
        result = estimate(0, 0)
        assert (result.value, result.interval, result.n, result.gateable) == (None, None, 0, False)
        assert result.note == "nothing was scored"


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (1, -3), (math.nan, 5)])
def test_impossible_counts(successes: float, n: float) -> None:
    with pytest.raises(StatisticsError, match="0 ≤ successes ≤ n"):
        wilson(successes, n)


def test_level_in_percent() -> None:
    with pytest.raises(StatisticsError, match=r"Write 95 % as 0\.95"):
        clopper_pearson(1, 2, level=95)
