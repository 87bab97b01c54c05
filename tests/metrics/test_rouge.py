from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from steelyard.core import Case, Output, Scored, Skipped, UsageError
from steelyard.metrics import make_metric

FOLDER = Path(__file__).resolve().parents[2] / "../shared/data/arena_hard"
NAMES = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
TERMS = ("The", "cat", "cats", "sat", "on", "a", "MAT,", "quickly-running", "policies.", "3.5", "é")
SENTENCE = st.lists(st.sampled_from(TERMS), max_size=12)


def _value(metric: str, answer: str, expected: str | list[str]) -> float:
    score = make_metric(metric).score(Case(id="1", input="q", expected=expected), Output(value=answer))
    assert isinstance(score, Scored), score
    return score.value


@pytest.mark.parametrize("stem", [False, True])
@given(answer=SENTENCE, expected=SENTENCE)
def test_equals_rouge_score(stem: bool, answer: list[str], expected: list[str]) -> None:
    left, right = " ".join(answer), " ".join(["word", *expected])
    theirs = RougeScorer(list(NAMES.values()), use_stemmer=stem).score(right, left)
    for ours, name in NAMES.items():
        assert _value(f"{ours}:stem={stem}", left, right) == pytest.approx(theirs[name].fmeasure, abs=1e-9)


@pytest.mark.skipif(not FOLDER.exists(), reason="the recorded English answers are not on this machine")
@pytest.mark.parametrize("stem", [False, True])
def test_equals_rouge_score_on_real_answers(stem: bool) -> None:
    first, second = (_answers(name, 12) for name in ("gpt-4-0613", "gpt-4-0314"))
    scorer = RougeScorer(list(NAMES.values()), use_stemmer=stem)
    for left, right in zip(first, second, strict=True):
        theirs = scorer.score(right, left)
        for ours, name in NAMES.items():
            assert _value(f"{ours}:stem={stem}", left, right) == pytest.approx(
                theirs[name].fmeasure, abs=1e-9
            )


def _answers(name: str, count: int) -> list[str]:
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(count), lines, strict=False)]
    return [json.dumps(row["choices"], ensure_ascii=False)[:3000] for row in rows]


def test_the_best_of_several_expectations_counts() -> None:
    assert _value("rouge_l", "police kill the gunman", ["the gunman", "police killed the gunman"]) == 0.75


@pytest.mark.parametrize(
    ("answer", "expected", "value"),
    [
        ("北京欢迎你", "北京欢迎他", 0.8),  # 4 of 5 characters on both sides
        ("Hà Nội đẹp", "Hà Nội xấu", 2 / 3),
        ("สวัสดี", "สวัสดี", 1.0),
        ("مرحبا بالعالم", "مرحبا", 2 / 3),
    ],
)
def test_other_scripts_count_as_words(answer: str, expected: str, value: float) -> None:
    assert _value("rouge_1:tokens=unicode", answer, expected) == pytest.approx(value, abs=1e-12)
    assert _value("rouge_l:tokens=unicode", answer, expected) == pytest.approx(value, abs=1e-12)


def test_english_tokens_do_not_pretend_to_read_other_scripts() -> None:
    score = make_metric("rouge_1").score(Case(id="1", input="q", expected="北京"), Output(value="北京"))
    assert score == Skipped(reason="the expectation holds no word: use tokens=unicode")


def test_stems_are_english_only() -> None:
    with pytest.raises(UsageError, match="stem is for English"):
        make_metric("rouge_1:stem=true,tokens=unicode")
