from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.core import Case, Failed, Json, Output, Score, Scored, Skipped
from steelyard.metrics import make_metric, score_output


def _score(metric: str, answer: str, expected: Json = None, folder: Path | None = None) -> Score:
    return score_output(
        make_metric(metric, folder=folder), Case(id="1", input="q", expected=expected), Output(value=answer)
    )


@pytest.mark.parametrize(
    ("term", "answer", "hit"),
    [
        ("guarantee", "We guaranteed it.", "guaranteed"),
        ("guarantee", "GUARANTEES apply.", "GUARANTEES"),
        ("policy", "our policies", "policies"),
        ("risk-free", "It is risk free.", "risk free"),
        ("guarantee", "gua\u200brantee", "gua\u200brantee"),
        ("保证", "我们保证收益", "保证"),
        ("đảm bảo", "Chúng tôi ĐẢM BẢO lợi nhuận", "ĐẢM BẢO"),
        ("гарантия", "без гарантии", "гарантии"),
        ("รับประกัน", "เรารับประกันผล", "รับประกัน"),
        ("free", "ｆｒｅｅ of charge", "ｆｒｅｅ"),
    ],
)
def test_forbidden_terms_are_found_with_their_place(term: str, answer: str, hit: str) -> None:
    score = _score("forbidden", answer, {"forbidden": [term]})
    assert isinstance(score, Scored)
    assert score.value == 0.0
    hits = score.detail["hits"]
    assert isinstance(hits, list)
    (row,) = hits
    assert isinstance(row, dict)
    start, end = row["start"], row["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    assert answer[start:end] == hit == row["text"]


@pytest.mark.parametrize(
    ("term", "answer"), [("free", "freedom for all"), ("cat", "catalogue"), ("đảm", "đậm"), ("run", "rung")]
)
def test_other_words_are_no_hits(term: str, answer: str) -> None:
    score = _score("forbidden", answer, {"forbidden": [term]})
    assert isinstance(score, Scored)
    assert score.value == 1.0


def test_forbidden_claims_and_files(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text('[{"claim": "Returns are guaranteed."}]', encoding="utf-8")
    bad = _score("forbidden:terms=file:no.json", "Hello. Returns are guaranteed by us.", folder=tmp_path)
    good = _score("forbidden:terms=file:no.json", "Hello. Returns are not guaranteed.", folder=tmp_path)
    assert isinstance(bad, Scored)
    assert isinstance(good, Scored)
    assert (bad.value, good.value) == (0.0, 1.0)


def test_what_cannot_be_read_fails() -> None:
    assert isinstance(_score("forbidden", "x", {"forbidden": [3]}), Failed)
    assert _score("forbidden", "x") == Skipped(reason="nothing expected")


def test_a_glossary_by_hand() -> None:
    glossary: Json = {
        "glossary": {"sign in": ["log in", "login"], "customer": ["client"], "basket": ["cart"]}
    }
    score = _score("glossary", "Please log in. The customers wait.", glossary)
    assert isinstance(score, Scored)
    assert score.value == 0.5  # two entries apply, one is kept
    assert score.reason == "says 'log in' where 'sign in' is preferred"
    assert score.detail["breaks"] == [{"term": "log in", "prefer": "sign in", "start": 7, "end": 13}]


def test_listed_terms_have_to_be_used() -> None:
    score = _score("glossary", "Das Konto ist offen.", {"glossary": ["Konto", "Vertrag"]})
    assert isinstance(score, Scored)
    assert score.value == 0.5
    assert score.reason == "does not use 'Vertrag'"
    assert isinstance(_score("glossary", "x"), Skipped)
