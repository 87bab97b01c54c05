from __future__ import annotations

from dataclasses import dataclass

import pytest

from steelyard.core import Case, Failed, Fault, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics import make_metric, metric, score_output

CASE = Case(id="1", input="q", expected="Paris")
TIMEOUT = Output(fault=Fault(owner="target", kind="timeout", message="60 s"))
REFUSED = Output(fault=Fault(owner="infrastructure", kind="connection", message="refused"))


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """Returns what it was given: stands for any stranger's metric."""

    value: float
    failure: float | None = 0.0

    @property
    def spec(self) -> MetricSpec:
        return MetricSpec(name="fixed", version="1", failure=self.failure)

    def score(self, case: Case, output: Output) -> Score:
        return Scored(value=self.value)


def test_a_fault_of_the_infrastructure_is_missing() -> None:
    score = score_output(make_metric("exact_match"), CASE, REFUSED)
    assert score == Failed(error="no answer: connection: refused")


def test_a_fault_of_the_target_is_its_failure() -> None:
    score = score_output(make_metric("exact_match"), CASE, TIMEOUT)
    assert score == Scored(value=0.0, reason="no answer from the target: timeout: 60 s", extracted=False)
    assert score_output(Fixed(value=1.0), CASE, TIMEOUT) == score


def test_a_fault_of_the_target_is_skipped_where_the_metric_has_no_failure_value() -> None:
    assert isinstance(score_output(Fixed(value=1.0, failure=None), CASE, TIMEOUT), Skipped)


def test_a_fault_of_the_target_does_not_bring_in_cases_the_metric_does_not_apply_to() -> None:
    score = score_output(make_metric("exact_match"), Case(id="1", input="q"), TIMEOUT)
    assert score == Skipped(reason="nothing expected")


def test_a_crash_costs_one_score() -> None:
    @metric
    def broken(case: Case, output: Output) -> float:
        raise KeyError("no such\nkey")

    score = score_output(broken, CASE, Output(value="x"))
    assert isinstance(score, Failed)
    assert score.error == "metric broken crashed: KeyError: 'no such\\nkey'"


@pytest.mark.parametrize("value", [1.5, -0.1])
def test_values_outside_the_range_fail(value: float) -> None:
    score = score_output(Fixed(value=value), CASE, Output(value="x"))
    assert isinstance(score, Failed)
    assert "outside its range 0.0 to 1.0" in score.error


def test_rounding_is_not_outside_the_range() -> None:
    assert score_output(Fixed(value=1.0 + 2e-16), CASE, Output(value="x")) == Scored(value=1.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite_fail(value: float) -> None:
    score = score_output(Fixed(value=value), CASE, Output(value="x"))
    assert isinstance(score, Failed)
    assert "must be finite" in score.error
