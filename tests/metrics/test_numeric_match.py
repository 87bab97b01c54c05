from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from steelyard.core import Case, Json, Output, Scored, Skipped, UsageError
from steelyard.metrics import make_metric, score_output

ANSWERS = Path(__file__).resolve().parents[2] / "../shared/data/gsm8k/example_model_solutions.jsonl.gz"

# Accuracies of the authors' own grading, `is_correct`, over the 1,319 test questions.
PUBLISHED = {
    "6b_finetuning": 286 / 1319,
    "6b_verification": 515 / 1319,
    "175b_finetuning": 458 / 1319,
    "175b_verification": 742 / 1319,
}


def _value(answer: Json, expected: Json, metric: str = "numeric_match") -> float:
    score = score_output(
        make_metric(metric), Case(id="1", input="q", expected=expected), Output(value=answer)
    )
    assert isinstance(score, Scored), score
    return score.value


@pytest.mark.skipif(not ANSWERS.exists(), reason="the recorded GSM8K answers are not on this machine")
@pytest.mark.parametrize("model", PUBLISHED)
def test_agrees_with_the_authors_on_every_recorded_answer(model: str) -> None:
    metric = make_metric("numeric_match")
    with gzip.open(ANSWERS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    right = 0
    for number, row in enumerate(rows):
        case = Case(id=str(number), input=row["question"], expected=row["ground_truth"])
        score = score_output(metric, case, Output(value=row[model]["solution"]))
        assert isinstance(score, Scored)
        assert (score.value == 1.0) == row[model]["is_correct"], (number, score.reason)
        right += int(score.value)
    assert len(rows) == 1319
    assert right / len(rows) == pytest.approx(PUBLISHED[model], abs=1e-12)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("about 1,319 questions", "1319"),
        ("12,34,567 rupees", 1234567),
        ("1\u00a0319 or 1'319", "1319"),
        ("it is 3.00.", 3),
        ("a loss of -$5", "-5"),
        ("from 5-10", "10"),
        ("x = −2.5", -2.5),
        ("6.02e23", "6.02E+23"),
        ("1{,}000", "1000"),
        ("الجواب ٤٢", "42"),
        ("उत्तर १,२३४ है", "1234"),
        ("答案是４２。", "42"),
        ("đáp số: .5", "0.5"),
        ("50%", "50"),
        ("The answer is...18", "18"),
        ("It is done.18", "18"),
        ("7", ["6", "7"]),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_reads_numbers_as_people_write_them(answer: str, expected: Json) -> None:
    assert _value(answer, expected) == 1.0


@pytest.mark.parametrize(
    ("answer", "expected"), [("-5", "5"), ("18", "1.8"), ("9" * 4999 + "8", "9" * 5000), ("1,318", "1319")]
)
def test_refuses_other_numbers(answer: str, expected: str) -> None:
    assert _value(answer, expected) == 0.0


def test_tolerance_and_decimal_comma() -> None:
    assert _value("101", "100", "numeric_match:relative=0.01") == 1.0
    assert _value("102", "100", "numeric_match:relative=0.01") == 0.0
    assert _value("3.14", "3.1", "numeric_match:tolerance=0.05") == 1.0
    assert _value("1.319,50 €", "1319,5", "numeric_match:decimal=comma") == 1.0
    with pytest.raises(UsageError, match="0 or more"):
        make_metric("numeric_match:tolerance=-1")


def test_an_answer_without_a_number_is_a_failure_of_the_target() -> None:
    case = Case(id="1", input="q", expected="7")
    score = score_output(make_metric("numeric_match"), case, Output(value="seven"))
    assert score == Scored(value=0.0, reason="no number in the answer", extracted=False)


def test_an_expectation_without_a_number_is_skipped() -> None:
    case = Case(id="1", input="q", expected="seven")
    score = score_output(make_metric("numeric_match"), case, Output(value="7"))
    assert score == Skipped(reason="the expectation holds no number")
