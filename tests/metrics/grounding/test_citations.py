from __future__ import annotations

import pytest

from steelyard.core import Case, Output, Scored, Skipped
from steelyard.metrics import make_metric, score_output

FIRST = "The Nile is 6,650 km long. It flows through eleven countries."
SECOND = "The Amazon carries more water than any other river. Source: https://example.org/amazon"


def _score(answer: str, metric: str = "citations:embeddings=off") -> Scored:
    case = Case(id="1", input="q", context=(FIRST, SECOND))
    score = score_output(make_metric(metric), case, Output(value=answer))
    assert isinstance(score, Scored), score
    return score


def test_every_form_of_citation_is_read() -> None:
    for mark in ("[1]", "(doc 1)", "[1, 2]", "[1-2]", "【1】", "[source](#1)"):
        assert _score(f"The Nile is 6,650 km long {mark}.").value == 1.0, mark
    assert _score("The Nile is 6,650 km long. [1]").value == 1.0
    assert (
        _score(
            "The Amazon carries more water than any other river ([link](https://example.org/amazon))."
        ).value
        == 1.0
    )


def test_precision_and_recall_by_hand() -> None:
    # Four statements; three cited, of which one by the wrong document and one by none that exists.
    answer = (
        "The Nile is 6,650 km long [1]. The Nile flows through eleven countries [2]. "
        "The Amazon carries more water than any other river [7]. The Amazon is a river."
    )
    score = _score(answer)
    assert score.detail["precision"] == pytest.approx(1 / 3)
    assert score.detail["recall"] == pytest.approx(2 / 4)
    assert score.value == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert score.reason.endswith("no document 7")
    assert _score(answer, "citations:part=precision,embeddings=off").value == pytest.approx(1 / 3)
    assert _score(answer, "citations:part=recall,embeddings=off").value == 0.5


def test_quotations_have_to_be_verbatim() -> None:
    right = "The source says “It flows through eleven countries” [1]."
    wrong = "The source says “It flows through twelve countries” [1]."
    assert _score(right, "citations:part=quotations").value == 1.0
    assert _score(wrong, "citations:part=quotations").value == 0.0


def test_an_abstention_needs_no_citation() -> None:
    assert _score("The documents do not say.").value == 1.0


def test_without_documents_it_does_not_apply() -> None:
    score = score_output(make_metric("citations"), Case(id="1", input="q"), Output(value="It is so [1]."))
    assert score == Skipped(reason="neither the output nor the case has documents to cite")
