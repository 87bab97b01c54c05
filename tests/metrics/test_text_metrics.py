from __future__ import annotations

import unicodedata

import pytest

from steelyard.core import Case, Failed, Json, Output, Score, Scored, Skipped, UsageError
from steelyard.metrics import make_metric, score_output


def _score(metric: str, answer: Json, expected: Json) -> Score:
    return score_output(make_metric(metric), Case(id="1", input="q", expected=expected), Output(value=answer))


def _value(metric: str, answer: Json, expected: Json) -> float:
    score = _score(metric, answer, expected)
    assert isinstance(score, Scored), score
    return score.value


@pytest.mark.parametrize(
    ("metric", "answer", "expected", "value"),
    [
        ("exact_match", " Paris\n", "Paris", 1.0),
        ("exact_match", "paris", "Paris", 0.0),
        ("exact_match:ignore_case=true,ignore_punctuation=true", "paris.", "Paris", 1.0),
        ("exact_match", "Lyon", ["Paris", "Lyon"], 1.0),
        ("exact_match", unicodedata.normalize("NFD", "Huế"), "Huế", 1.0),
        ("exact_match:unicode=none", unicodedata.normalize("NFD", "Huế"), "Huế", 0.0),
        ("exact_match", {"b": 1, "a": [2]}, {"a": [2], "b": 1}, 1.0),
        ("exact_match", 42, "42", 1.0),
        ("exact_match", "true", True, 1.0),
        ("exact_match", "", "", 1.0),
        ("contains", "It is Paris.", "Paris", 1.0),
        ("contains", "It is  New\nYork", "New York", 1.0),
        ("contains:ignore_case=true", "STRASSE", "straße", 1.0),
        ("contains", "refund", ["refund", "14 days"], 1.0),
        ("contains:need=all", "refund", ["refund", "14 days"], 0.0),
        ("contains:whole_words=true", "we know", "no", 0.0),
        ("contains:whole_words=true", "no, never", "no", 1.0),
        ("contains", "答案是北京。", "北京", 1.0),
        ("regex_match", "Order ABC-1234 is late", r"[A-Z]{3}-\d{4}", 1.0),
        (r"regex_match:pattern=[A-Z]{3}-\d{4}$,where=whole", "ABC-1234", None, 1.0),
        (r"regex_match:pattern=[A-Z]{3}-\d{4}$,where=whole", "is ABC-1234", None, 0.0),
        (r"regex_match:pattern=^\d{1\,3}$", "42", None, 1.0),
        ("regex_match:ignore_case=true,where=start", "Yes, sure", "yes", 1.0),
        # SQuAD's evaluation script 1.1, f1_score of these pairs:
        ("token_f1", "It is Paris", "Paris, France", 0.4),
        ("token_f1", "The U.S. Army!", "us army", 1.0),
        ("token_f1", "not guilty", "guilty", 2 / 3),
        ("token_f1", "a cat cat", "the cat", 2 / 3),
        ("token_f1", "北京是首都。", "北京", 0.5714285714285714),  # MLQA: 2 shared of 5 and 2 characters
        ("token_f1", "thủ đô Hà Nội", "Hà Nội", 2 / 3),
        ("token_f1", "the", "a", 1.0),
        ("edit_similarity", "kitten", "sitting", 1 - 3 / 7),
        ("edit_similarity:unit=words", "the cat sat", "the dog sat", 2 / 3),
        ("edit_similarity:unit=graphemes", "🇻🇳x", "🇯🇵x", 0.5),
        ("edit_similarity:ignore_case=true", "ABC", ["xyz", "abd"], 2 / 3),
    ],
)
def test_values_by_hand(metric: str, answer: Json, expected: Json, value: float) -> None:
    assert _value(metric, answer, expected) == pytest.approx(value, abs=1e-12)


def test_an_object_is_no_text() -> None:
    score = _score("token_f1", "x", {"entry_point": "f"})
    assert score == Skipped(reason="the expectation is an object, not text")


@pytest.mark.parametrize("metric", ["exact_match", "contains", "regex_match", "token_f1", "edit_similarity"])
def test_an_empty_answer_is_said_to_be_empty(metric: str) -> None:
    assert _score(metric, "", "word") == Scored(value=0.0, reason="the answer is empty", extracted=False)
    assert _score(metric, None, "word") == Scored(value=0.0, reason="the answer is empty", extracted=False)


def test_a_catastrophic_pattern_is_given_up() -> None:
    score = _score(r"regex_match:pattern=^(\w|\w\w)+$,seconds=0.05", "a" * 60 + "!", None)
    assert isinstance(score, Failed)
    assert "takes more than 0.05 s" in score.error


def test_a_bad_pattern_is_refused_early_or_fails_late() -> None:
    with pytest.raises(UsageError, match="not a regular expression"):
        make_metric("regex_match:pattern=(")
    assert isinstance(_score("regex_match", "x", "("), Failed)


def test_texts_too_long_to_compare_are_missing() -> None:
    score = _score("edit_similarity", "ab" * 100_000, "ba" * 100_000)
    assert isinstance(score, Failed)
    assert "try unit=words" in score.error
