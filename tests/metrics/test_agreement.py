"""Whether two answers say the same."""

from __future__ import annotations

import pytest

from steelyard.core import Case, Json, Output, UsageError
from steelyard.metrics import answer_agreement, extracted_answer, make_metric

LETTERED = "Which?\nA) red\nB) Deep Blue\nC) green"


@pytest.mark.parametrize(
    ("metric", "asked", "answer", "expected"),
    [
        ("numeric_match", "?", "It costs 1,300.50 dollars", "1300.5"),
        ("numeric_match", "?", "about -3.00", "-3"),
        ("numeric_match", "?", "1e300", "1E+300"),
        ("numeric_match", "?", "No idea.", "no idea"),
        ("exact_match", "?", "  Paris ", "Paris"),
        ("exact_match:ignore_case=true", "?", "PARIS", "paris"),
        ("choice", LETTERED, "The answer is (B).", "deep blue"),
        ("choice", {"question": "?", "options": {"x": "Deep Blue", "y": "red"}}, "x", "deep blue"),
        ("choice", "Which of the ones above?", "C", "C"),
        ("choice", LETTERED, "Hard to say", "hard to say"),
        ("bleu", "?", "A  Short, answer!", "a short answer"),
    ],
)
def test_what_a_metric_reads(metric: str, asked: Json, answer: str, expected: str) -> None:
    found = extracted_answer(make_metric(metric), Case(id="c", input=asked), Output(value=answer))
    assert found == expected


def test_without_a_metric_the_text_counts() -> None:
    assert extracted_answer(None, Case(id="c", input="?"), Output(value="Yes, SIR.")) == "yes sir"


def test_agreement_by_a_metric_is_symmetric() -> None:
    found = answer_agreement("token_f1>=0.6")
    assert found.name == "token_f1>=0.6"
    assert found.agree("a red car", "the red car")
    assert found.agree("red car", "red car fast") == found.agree("red car fast", "red car")
    assert not found.agree("a red car", "a blue boat")
    assert found.agree("", "")


def test_mistakes_are_named() -> None:
    with pytest.raises(UsageError, match="is no threshold"):
        answer_agreement("token_f1>=high")
    with pytest.raises(UsageError, match="no metric"):
        answer_agreement("token_f2")
