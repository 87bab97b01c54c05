"""Plans: what the formulas give, and that simulated gates behave so."""

from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import (
    binary_spread,
    needed_units,
    paired_proportions,
    plan_gate,
    proposed_drop,
    settled_drop,
    units_for,
)


def test_default_discordance_gives_the_figures_people_are_told() -> None:
    # (1.9600 + .8416) · √.1 / √100 = .0886; (2.8016 / .02)² · .1 = 1,962.2.
    assert settled_drop(100, binary_spread()) == pytest.approx(0.0886, abs=5e-5)
    assert units_for(0.02, binary_spread()) == 1963
    assert proposed_drop(100, binary_spread()) == 0.09


@pytest.mark.parametrize(
    ("n", "spread", "expected"),
    [(1_319, 0.5216, 0.05), (1_000_000, 0.5, 0.002), (100_000, 0.5, 0.005), (50, 400.0, 160.0)],
)
def test_proposed_drops_are_round_and_settled(n: int, spread: float, expected: float) -> None:
    assert proposed_drop(n, spread) == pytest.approx(expected)
    assert proposed_drop(n, spread) >= settled_drop(n, spread)


def test_needed_units_by_hand() -> None:
    # (2.8016 · .5 / .02)² = 4,905.6; less the 1,000 there are, rounded up: 3,906.
    needed = needed_units(0.0, 0.5, n_units=1_000, margin=0.02, interval=(-0.031, 0.031))
    assert needed.expected == 3_906
    assert needed.towards == "PASS"
    # The middle half reaches .031 · .6745 / 1.96 = .01067 on either side: gaps .03067 and .00933.
    assert needed.low == pytest.approx((2.8016 * 0.5 / 0.03067) ** 2 - 1_000, abs=3)
    assert needed.high == pytest.approx((2.8016 * 0.5 / 0.00933) ** 2 - 1_000, rel=0.002)


def test_needed_units_that_nothing_would_settle() -> None:
    needed = needed_units(-0.019, 0.5, n_units=300, margin=0.02, interval=(-0.075, 0.037))
    assert needed.high is None
    at_the_margin = needed_units(-0.02, 0.5, n_units=300, margin=0.02, interval=(-0.075, 0.037))
    assert (at_the_margin.expected, at_the_margin.high) == (None, None)
    # The easier end of the middle half lies .6745 · .057 / 1.96 = .0196 away: (2.8016 · .5 / .0196)² − 300.
    assert at_the_margin.low == pytest.approx(4_800, abs=20)
    nearly = needed_units(-0.02 + 1e-6, 0.5, n_units=300, margin=0.02, interval=(-0.075, 0.037))
    assert nearly.expected is None


def test_needed_units_for_superiority_and_bounds() -> None:
    better = needed_units(0.03, 0.4, n_units=200, margin=0.0, interval=(-0.025, 0.085))
    assert better.towards == "PASS"
    below_bound = needed_units(0.86 - 0.9, 0.35, n_units=100, margin=0.0, interval=(0.78 - 0.9, 0.915 - 0.9))
    assert below_bound.towards == "FAIL"
    assert below_bound.expected == pytest.approx((2.8016 * 0.35 / 0.04) ** 2 - 100, abs=1)


def test_at_least_one_further_unit() -> None:
    assert needed_units(-0.5, 0.1, n_units=50, margin=0.02, interval=(-0.6, 0.0)).expected == 1


@pytest.mark.parametrize(
    ("n", "discordance", "margin"),
    [(100, 0.10, 0.09), (300, 0.20, 0.05), (1_000, 0.05, 0.02), (400, 0.1, 0.02)],
)
def test_pass_chance_against_simulated_gates(n: int, discordance: float, margin: float) -> None:
    plan = plan_gate(n_units=n, spread=binary_spread(discordance), margin=margin)
    rng = np.random.default_rng(7)
    half = discordance / 2
    counts = rng.multinomial(n, [half, half, 1 - discordance], size=400)
    passed = np.mean([paired_proportions(int(up), int(down), n)[0] > -margin for up, down, _ in counts])
    # Four standard errors of 400 samples and the steps of small counts: .05 for the normal approximation.
    assert passed == pytest.approx(plan.pass_if_unchanged, abs=0.1)


def test_fail_chance_against_simulated_gates() -> None:
    n, margin, drop = 500, 0.05, 0.12
    plan = plan_gate(n_units=n, spread=binary_spread(0.2, drop), margin=margin, worse_by=drop)
    rng = np.random.default_rng(8)
    counts = rng.multinomial(n, [0.04, 0.16, 0.8], size=400)
    failed = np.mean([paired_proportions(int(up), int(down), n)[1] < -margin for up, down, _ in counts])
    assert failed == pytest.approx(plan.fail_if_worse, abs=0.08)


def test_plan_without_a_pilot() -> None:
    plan = plan_gate(n_units=100, margin=0.09)
    assert plan.spread == pytest.approx(np.sqrt(0.1))
    assert plan.worse_by == pytest.approx(0.18)
    assert plan.pass_if_unchanged == pytest.approx(0.81, abs=0.01)
    assert plan.units_for_margin == 97
    assert plan_gate(n_units=100, margin=0.02).pass_if_unchanged < 0.1


@pytest.mark.parametrize(("n", "spread", "margin"), [(0, 0.5, 0.1), (10, 0.0, 0.1), (10, 0.5, 0.0)])
def test_impossible_plans_are_refused(n: int, spread: float, margin: float) -> None:
    with pytest.raises(StatisticsError, match="cannot be planned"):
        plan_gate(n_units=n, spread=spread, margin=margin)


def test_impossible_discordance_is_refused() -> None:
    with pytest.raises(StatisticsError, match="cannot give"):
        binary_spread(0.1, 0.2)
    with pytest.raises(StatisticsError, match="cannot be planned"):
        needed_units(0.0, 0.0, n_units=10, margin=0.1, interval=(0.0, 0.0))
