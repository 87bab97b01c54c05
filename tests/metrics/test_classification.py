from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
from sklearn import metrics as sk

from steelyard.core import Case, Failed, Json, Output, Scored, Skipped, UsageError
from steelyard.metrics import CorpusMetric, make_metric, score_output

LABELS = ["cat", "dog", "owl"]


def _value(
    text: str, pairs: Sequence[tuple[Json, Json]], weights: Sequence[float] | None = None
) -> float | None:
    metric = cast("CorpusMetric", make_metric(text))
    details = []
    for truth, answer in pairs:
        score = score_output(metric, Case(id="1", input="q", expected=truth), Output(value=answer))
        assert isinstance(score, Scored)
        details.append(score.detail)
    return metric.prepare(details)(np.array(weights if weights is not None else np.ones(len(pairs))))


def _pairs(count: int, extra: Sequence[str] = ()) -> list[tuple[str, str]]:
    rng = random.Random(11)
    truths = rng.choices(LABELS, [6, 3, 1], k=count)
    return [(true, true if rng.random() < 0.7 else rng.choice([*LABELS, *extra])) for true in truths]


@pytest.mark.parametrize("extra", [(), ("bat", "")])
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_averages_equal_scikit_learn(name: str, average: str, extra: tuple[str, ...]) -> None:
    pairs = _pairs(80, extra)
    truths, answers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    function = getattr(sk, f"{name}_score")
    theirs = function(truths, answers, labels=sorted(set(truths)), average=average, zero_division=0)
    assert _value(f"{name}:average={average}", pairs) == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_one_label_equals_scikit_learn(name: str) -> None:
    pairs = _pairs(80)
    truths, answers = [pair[0] == "dog" for pair in pairs], [pair[1] == "dog" for pair in pairs]
    theirs = getattr(sk, f"{name}_score")(truths, answers)
    assert _value(f"{name}:average=binary,positive=Dog", pairs) == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("extra", [(), ("bat",)])
def test_mcc_and_balanced_accuracy_equal_scikit_learn(extra: tuple[str, ...]) -> None:
    pairs = _pairs(60, extra)
    truths, answers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert _value("mcc", pairs) == pytest.approx(sk.matthews_corrcoef(truths, answers), abs=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn says that "bat" is never expected
        theirs = sk.balanced_accuracy_score(truths, answers)
    assert _value("balanced_accuracy", pairs) == pytest.approx(theirs, abs=1e-12)


def test_weights_equal_scikit_learns_sample_weights() -> None:
    pairs = _pairs(60)
    rng = random.Random(3)
    weights = [rng.random() * 2 for _ in pairs]
    truths, answers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    theirs = sk.f1_score(truths, answers, average="macro", sample_weight=weights)
    assert _value("f1", pairs, weights) == pytest.approx(theirs, abs=1e-12)
    correlation = sk.matthews_corrcoef(truths, answers, sample_weight=weights)
    assert _value("mcc", pairs, weights) == pytest.approx(correlation, abs=1e-12)


def test_undefined_values_are_none() -> None:
    assert _value("precision:average=binary,positive=owl", [("owl", "cat"), ("cat", "cat")]) is None
    assert _value("recall:average=binary,positive=owl", [("cat", "cat")]) is None
    assert _value("mcc", [("cat", "cat"), ("cat", "cat")]) is None
    assert _value("auroc", [("cat", {"label": "cat", "confidence": 0.5})]) is None


def test_positive_and_binary_belong_together() -> None:
    with pytest.raises(UsageError, match="belong together"):
        make_metric("f1:average=binary")
    with pytest.raises(UsageError, match="belong together"):
        make_metric("f1:positive=yes")


@pytest.mark.parametrize(
    ("metric", "truth", "answer", "value", "extracted"),
    [
        ("accuracy", "Positive", ' "positive". ', 1.0, True),
        ("accuracy:ignore_case=false", "Positive", "positive", 0.0, True),
        ("accuracy:strip=false", "yes", "yes.", 0.0, True),
        ("accuracy", {"label": "cat"}, {"label": "Cat", "why": "ears"}, 1.0, True),
        ("accuracy", "cat", '```json\n{"label": "cat"}\n```', 1.0, True),
        ("accuracy:field=result.kind", "cat", {"result": {"kind": "cat"}}, 1.0, True),
        ("accuracy", "cat", {"kind": "cat"}, 0.0, False),
        ("accuracy:labels=cat+dog", "cat", "a kind of cat", 0.0, False),
        ("accuracy:labels=cat+dog", "cat", "dog", 0.0, True),
        ("accuracy", True, "true", 1.0, True),
        ("accuracy", 3, "3", 1.0, True),
        ("accuracy", "积极", "积极。", 1.0, True),
        ("accuracy", "C++", "c++", 1.0, True),
    ],
)
def test_labels_are_read_as_declared(
    metric: str, truth: Json, answer: Json, value: float, extracted: bool
) -> None:
    score = score_output(make_metric(metric), Case(id="1", input="q", expected=truth), Output(value=answer))
    assert isinstance(score, Scored)
    assert (score.value, score.extracted) == (value, extracted)


def _forecasts(count: int) -> list[tuple[Json, Json]]:
    rng = random.Random(23)
    pairs: list[tuple[Json, Json]] = []
    for _ in range(count):
        share = round(rng.random(), 1)
        pairs.append(("spam" if rng.random() < share else "ham", {"score": share}))
    return pairs


def test_auroc_and_brier_equal_scikit_learn() -> None:
    pairs = _forecasts(120)
    truths = [truth == "spam" for truth, _ in pairs]
    scores = [cast("dict[str, float]", answer)["score"] for _, answer in pairs]
    rng = random.Random(2)
    weights = [rng.random() for _ in pairs]
    settings = "positive=spam,confidence=score"
    assert _value(f"auroc:{settings}", pairs) == pytest.approx(sk.roc_auc_score(truths, scores), abs=1e-12)
    weighted = sk.roc_auc_score(truths, scores, sample_weight=weights)
    assert _value(f"auroc:{settings}", pairs, weights) == pytest.approx(weighted, abs=1e-12)
    brier = make_metric(f"brier:{settings}")
    parts = [brier.score(Case(id="1", input="q", expected=t), Output(value=a)) for t, a in pairs]
    mean = sum(part.value for part in parts if isinstance(part, Scored)) / len(parts)
    assert mean == pytest.approx(sk.brier_score_loss(truths, scores), abs=1e-12)


def test_calibration_error_by_hand() -> None:
    # Bin (.8, .9]: confidence .9, two of three right: gap .9 − 2/3. Bin (.5, .6]: .6, one of one: gap .4.
    # Weighted by size: (3 · .23333 + 1 · .4) / 4 = .275.
    pairs: list[tuple[Json, Json]] = [
        ("a", {"label": "a", "confidence": 0.9}),
        ("a", {"label": "a", "confidence": 0.9}),
        ("a", {"label": "b", "confidence": 0.9}),
        ("a", {"label": "a", "confidence": 0.6}),
    ]
    assert _value("calibration_error", pairs) == pytest.approx(0.275, abs=1e-12)


def test_an_answer_without_confidence_counts_as_confident_and_wrong() -> None:
    good: list[tuple[Json, Json]] = [
        ("a", {"label": "a", "confidence": 0.9}),
        ("a", {"label": "b", "confidence": 0.1}),
    ]
    assert _value("auroc", good) == 1.0
    assert _value("auroc", [*good, ("a", "a")]) == 0.5
    assert _value("calibration_error", [("a", "a")]) == 1.0


def test_confidence_from_details_and_log_probabilities() -> None:
    case = Case(id="1", input="q", expected="yes")
    logprobs: Json = [{"token": "y", "logprob": -0.1}, {"token": "es", "logprob": -0.2}]
    output = Output(value="Yes", detail={"logprobs": logprobs, "p": 0.7})
    by_tokens = make_metric("brier:source=logprob").score(case, output)
    assert isinstance(by_tokens, Scored)
    assert by_tokens.value == pytest.approx((1 - np.exp(-0.3)) ** 2, abs=1e-12)
    by_detail = make_metric("brier:source=detail,confidence=p").score(case, output)
    assert isinstance(by_detail, Scored)
    assert by_detail.value == pytest.approx(0.09, abs=1e-12)
    missing = score_output(make_metric("brier:source=logprob"), case, Output(value="Yes"))
    assert missing == Failed(error="no log-probabilities recorded with this output")


def test_nothing_expected_is_skipped() -> None:
    score = score_output(make_metric("f1"), Case(id="1", input="q"), Output(value="x"))
    assert score == Skipped(reason="nothing expected")
