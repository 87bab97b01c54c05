"""Confidence sequences over a fixed set of cases."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from steelyard.core import StatisticsError
from steelyard.stats import betting_sequence


def population(net: int, total: int = 200, discordant: int = 40) -> NDArray[np.float64]:
    """Differences −1, 0, 1 of a set of cases with a known sum."""
    gains = (discordant + net) // 2
    return np.repeat([1.0, -1.0, 0.0], [gains, discordant - gains, total - discordant])


def test_limits_close_on_the_mean_after_the_last_case() -> None:
    values = np.random.default_rng(1).permutation(population(-10))
    found = betting_sequence(values, 200, value_range=(-1.0, 1.0))
    assert found.lower[-1] <= values.mean() <= found.upper[-1]
    assert found.upper[-1] - found.lower[-1] <= 0.0031
    assert np.all(np.diff(found.lower) >= 0)
    assert np.all(np.diff(found.upper) <= 0)


def test_limits_of_a_prefix_do_not_know_the_rest() -> None:
    values = np.random.default_rng(2).permutation(population(6))
    whole = betting_sequence(values, 200, value_range=(-1.0, 1.0))
    part = betting_sequence(values[:77], 200, value_range=(-1.0, 1.0))
    assert part.lower == pytest.approx(whole.lower[:77])
    assert part.upper == pytest.approx(whole.upper[:77])


def test_certain_cases_bound_the_mean_without_luck() -> None:
    # 150 of 200 scored 1: the mean is at least .75, whatever the rest.
    found = betting_sequence(np.ones(150), 200)
    assert found.lower[-1] >= 0.75 - 0.001
    assert found.upper[-1] == 1.0


def test_a_clear_difference_decides_early() -> None:
    found = betting_sequence(
        np.random.default_rng(3).permutation(population(-60, total=200, discordant=80)),
        200,
        value_range=(-1.0, 1.0),
    )
    assert np.argmax(found.upper < -0.02) < 120


def ever_wrong(repeats: int) -> tuple[float, float]:
    """Share of orders in which the lower, and the upper, limit ever passes the true mean."""
    rng = np.random.default_rng(4)
    values = population(-6)
    low = high = 0
    for _ in range(repeats):
        found = betting_sequence(rng.permutation(values), 200, value_range=(-1.0, 1.0))
        low += bool(found.lower.max() > values.mean() + 1e-9)
        high += bool(found.upper.min() < values.mean() - 1e-9)
    return low / repeats, high / repeats


def test_looking_after_every_case_keeps_the_error() -> None:
    # α/2 = .025; 30 orders: two and a half standard errors are .07.
    assert max(ever_wrong(30)) <= 0.095


@pytest.mark.slow
def test_looking_after_every_case_keeps_the_error_in_full() -> None:
    # 600 orders: two standard errors are .013.
    wrong = ever_wrong(600)
    print(f"\never wrong: lower {wrong[0]:.4f}, upper {wrong[1]:.4f}")
    assert max(wrong) <= 0.025 + 0.013


@pytest.mark.parametrize(("values", "total"), [([0.5, 1.5], 10), ([0.5, 0.5], 1), ([float("nan")], 5)])
def test_unusable_values_are_refused(values: list[float], total: int) -> None:
    with pytest.raises(StatisticsError, match="cannot be followed"):
        betting_sequence(values, total)
