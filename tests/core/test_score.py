"""Scores: a failure is never a number."""

from __future__ import annotations

import math

import pytest

from steelyard.core import Failed, Scored, Skipped


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_score_is_finite(value: float) -> None:
    with pytest.raises(ValueError, match=r"a score must be finite.*use Failed or Skipped"):
        Scored(value=value)


def test_a_failure_holds_no_value() -> None:
    assert not hasattr(Failed(error="judge unreachable"), "value")
    assert not hasattr(Skipped(reason="nothing expected"), "value")


def test_a_score_was_extracted_unless_it_says_otherwise() -> None:
    assert Scored(value=1.0).extracted
    assert Scored(value=0.0, extracted=False, reason="no number in the answer").value == 0.0
