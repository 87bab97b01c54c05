from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import Case, Output, Scored, Skipped
from steelyard.metrics import expand_preset, make_metric, score_output
from steelyard.metrics.grounding import agreement
from steelyard.metrics.grounding._rag import rank_weighted
from steelyard.metrics.grounding._self_consistency import SelfConsistency

CASE = Case(
    id="1",
    input="How long is the Nile and how many countries does it cross?",
    expected="The Nile is 6,650 km long. It flows through eleven countries.",
)
LONG, CROSSES, OTHER = "The Nile is 6,650 km long.", "It flows through eleven countries.", "Tea is a drink."


def _score(name: str, *documents: str, answer: str = "The Nile is 6,650 km long.") -> Scored:
    output = Output(value=answer, detail={"context": list(documents)})
    score = score_output(make_metric(f"{name}:embeddings=off"), CASE, output)
    assert isinstance(score, Scored), score
    return score


def test_the_presets_are_metrics() -> None:
    names = expand_preset("rag")
    assert len(names) == 4
    assert [make_metric(name).spec.name for name in names] == list(names)
    assert expand_preset("bleu") == ("bleu",)


def test_context_recall_counts_expected_claims() -> None:
    assert _score("context_recall", LONG, OTHER).value == 0.5
    assert _score("context_recall", LONG, CROSSES).value == 1.0
    assert _score("context_recall", OTHER).value == 0.0


def test_context_precision_by_hand() -> None:
    # Useful at ranks 1 and 3: (1/1 + 2/3) / 2 = 5/6.
    assert _score("context_precision", LONG, OTHER, CROSSES).value == pytest.approx(5 / 6)
    assert _score("context_precision", OTHER, LONG).value == 0.5
    assert _score("context_precision", OTHER).value == 0.0
    assert rank_weighted([]) == 0.0


def test_answer_relevance_prefers_what_was_asked() -> None:
    near = _score("answer_relevance", answer="The Nile is long and crosses eleven countries.")
    far = _score("answer_relevance", answer="Tea is a drink.")
    silent = _score("answer_relevance", answer="I don't know.")
    assert near.value > far.value >= silent.value == 0.0


def test_agreement_is_the_share_that_an_average_other_answer_supports() -> None:
    a, b, c = [LONG, CROSSES], [LONG], ["Tea is a drink."]
    # a: b supports 1 of 2, c none: 1/4. b: a supports it, c does not: 1/2. c: none.
    assert agreement([a, b, c]) == [0.25, 0.5, 0.0]
    assert agreement([a]) == [None]
    assert agreement([a, []]) == [None, None]


def test_self_consistency_is_computed_over_the_epochs_of_a_case() -> None:
    metric = make_metric("self_consistency:embeddings=off")
    details = []
    for answer in (LONG, LONG, "The Nile is 9,000 km long."):
        score = score_output(metric, CASE, Output(value=answer))
        assert isinstance(score, Scored)
        details.append(score.detail)

    assert isinstance(metric, SelfConsistency)
    assert metric.prepare(details)(np.ones(3)) == pytest.approx((0.5 + 0.5 + 0.0) / 3)
    assert metric.prepare(details[:1])(np.ones(1)) is None
    assert isinstance(score_output(metric, CASE, Output(value="Really?")), Skipped)
