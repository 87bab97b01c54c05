from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import VerdictStratum, draw_labels, plan_labels

PILOT = (
    VerdictStratum(verdict="0", items=200, labels=40, share=0.2, mean=0.25),
    VerdictStratum(verdict="1", items=800, labels=60, share=0.8, mean=0.95),
)


def test_a_plan_reaches_its_width_at_less_cost_than_people_alone() -> None:
    plan = plan_labels(PILOT, target_width=0.08, cost_label=5.0, cost_call=0.01)
    assert plan.expected_width <= 0.08 + 1e-9
    assert plan.cost < 0.7 * plan.human_only_cost
    assert plan.labels == sum(plan.allocation.values())
    assert min(plan.inclusion.values()) >= 0.05
    assert plan.cost == pytest.approx(5 * plan.labels + 0.01 * plan.judge_calls)


def test_no_other_number_of_calls_is_much_cheaper() -> None:
    plan = plan_labels(PILOT, target_width=0.05, cost_label=5.0, cost_call=0.5)
    for factor in (0.8, 0.9):
        fewer = plan_labels(
            PILOT, target_width=0.05, cost_label=5.0, cost_call=0.5, items=round(plan.judge_calls * factor)
        )
        assert fewer.cost >= plan.cost * 0.99


def test_a_detectable_difference_is_a_width() -> None:
    # MDE = (1.96 + .8416) · se and width = 2 · 1.96 · se
    by_width = plan_labels(PILOT, target_width=0.1, cost_label=5.0, cost_call=0.01)
    by_difference = plan_labels(
        PILOT, minimum_detectable=0.1 * 2.8016 / 3.9199, cost_label=5.0, cost_call=0.01
    )
    assert abs(by_width.labels - by_difference.labels) <= 1


def test_a_wish_that_the_items_cannot_fulfil() -> None:
    with pytest.raises(StatisticsError, match="too few for this width"):
        plan_labels(PILOT, target_width=0.01, cost_label=5.0, cost_call=0.01, items=100)
    with pytest.raises(StatisticsError, match="one of the two"):
        plan_labels(PILOT, cost_label=5.0, cost_call=0.01)


def test_a_draw_keeps_its_numbers_and_probabilities() -> None:
    strata = ["1"] * 900 + ["0"] * 100
    drawn = draw_labels(strata, {"1": 60, "0": 40}, seed=3)
    assert len(drawn.items) == 100
    assert drawn.strata.count("0") == 40
    assert set(np.round(drawn.inclusion, 6)) == {round(60 / 900, 6), 0.4}
    again = draw_labels(strata, {"1": 60, "0": 40}, seed=3)
    assert np.array_equal(drawn.items, again.items)
    assert len(np.unique(drawn.items)) == 100


def test_small_numbers_are_raised_to_the_floor() -> None:
    drawn = draw_labels(["1"] * 1000 + ["0"] * 10, {"1": 3, "0": 0}, seed=1)
    assert drawn.strata.count("1") == 50
    assert drawn.strata.count("0") == 1
    assert float(drawn.inclusion.min()) >= 0.05


def test_stored_probabilities_are_those_of_the_draw() -> None:
    urgency = np.linspace(0.0, 1.0, 40)
    hits = np.zeros(40)
    stated = np.zeros(40)
    for seed in range(500):
        drawn = draw_labels(["x"] * 40, 10, seed=seed, urgency=urgency)
        assert len(drawn.items) == 10
        hits[drawn.items] += 1
        stated[drawn.items] = drawn.inclusion
    assert float(np.abs(hits / 500 - stated).max()) < 0.08
    assert stated[-1] > 5 * stated[5]
    assert float(stated.min()) >= 0.049


def test_a_stratum_without_a_number() -> None:
    with pytest.raises(StatisticsError, match="no number of labels is given for 0"):
        draw_labels(["1", "0"], {"1": 1}, seed=0)
    with pytest.raises(StatisticsError, match="no item to draw from"):
        draw_labels([], 1, seed=0)
