from __future__ import annotations

import random
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from steelyard.core import Case, Failed, Output, Scored
from steelyard.metrics import CorpusMetric, make_metric, score_output

SENTENCE = "the a black cat dog sat lay on mat rug in sun, today . and then it slept for two hours !"
WORDS = SENTENCE.split()


def _corpus(count: int, references: int) -> tuple[list[str], list[list[str]]]:
    rng = random.Random(5)
    answers, expected = [], []
    for _ in range(count):
        base = [rng.choice(WORDS) for _ in range(rng.randint(1, 18))]
        answers.append(" ".join(word for word in base if rng.random() < 0.85) or "cat")
        variants = [
            [word if rng.random() < 0.8 else rng.choice(WORDS) for word in base] for _ in range(references)
        ]
        expected.append([" ".join(variant) for variant in variants])
    return answers, expected


def _aggregate(
    name: str, answers: Sequence[str], expected: Sequence[list[str]], weights: Sequence[float]
) -> float:
    metric = cast("CorpusMetric", make_metric(name))
    details = []
    for answer, texts in zip(answers, expected, strict=True):
        score = metric.score(Case(id="1", input="q", expected=texts), Output(value=answer))
        assert isinstance(score, Scored)
        details.append(score.detail)
    value = metric.prepare(details)(np.array(weights, dtype=np.float64))
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("bleu", BLEU()),
        ("bleu:tokenize=char,lowercase=true", BLEU(tokenize="char", lowercase=True)),
        ("bleu:smooth=add-k", BLEU(smooth_method="add-k")),
        ("bleu:smooth=floor", BLEU(smooth_method="floor")),
        ("bleu:smooth=none", BLEU(smooth_method="none")),
        ("chrf", CHRF()),
        ("chrf:word_order=2", CHRF(word_order=2)),
        ("ter", TER()),
        ("ter:case_sensitive=true,punctuation=false", TER(case_sensitive=True, no_punct=True)),
    ],
)
@pytest.mark.parametrize("references", [1, 3])
def test_equals_sacrebleu_on_a_corpus_and_on_a_resample(name: str, theirs: BLEU, references: int) -> None:
    answers, expected = _corpus(25, references)
    streams = [list(stream) for stream in zip(*expected, strict=True)]
    published = theirs.corpus_score(answers, streams).score
    assert _aggregate(name, answers, expected, [1.0] * 25) == pytest.approx(published, abs=1e-9)
    chosen = [0, 0, 1, 5, 5, 5, 9, 24]
    weights = [float(chosen.count(row)) for row in range(25)]
    again = theirs.corpus_score(
        [answers[row] for row in chosen], [[s[row] for row in chosen] for s in streams]
    )
    assert _aggregate(name, answers, expected, weights) == pytest.approx(again.score, abs=1e-9)


def test_sentence_bleu_is_sacrebleus() -> None:
    score = make_metric("bleu").score(
        Case(id="1", input="q", expected="the cat sat on a mat"), Output(value="the cat sat")
    )
    assert isinstance(score, Scored)
    theirs = BLEU(effective_order=True).sentence_score("the cat sat", ["the cat sat on a mat"]).score
    assert score.value == pytest.approx(theirs, abs=1e-9)


def test_the_signature_is_kept() -> None:
    signature = str(make_metric("bleu:tokenize=zh").spec.settings["signature"])
    assert signature.startswith("nrefs:var|case:mixed|eff:no|tok:zh|smooth:exp|version:")


def test_chinese_is_cut_into_characters() -> None:
    case = Case(id="1", input="q", expected="我喜欢吃苹果和香蕉")
    score = make_metric("bleu:tokenize=zh").score(case, Output(value="我喜欢吃苹果和梨"))
    assert isinstance(score, Scored)
    assert 60 < score.value < 100


def test_an_empty_answer_still_counts_its_reference() -> None:
    case = Case(id="1", input="q", expected="the cat sat")
    for name, value in (("bleu", 0.0), ("chrf", 0.0), ("ter", 100.0)):
        score = score_output(make_metric(name), case, Output(value=""))
        assert isinstance(score, Scored)
        assert (score.value, score.extracted) == (value, False)
        assert any(cast("list[float]", score.detail["statistics"]))


def test_an_answer_too_long_to_measure_is_missing() -> None:
    case = Case(id="1", input="q", expected="the cat sat")
    assert isinstance(make_metric("ter").score(case, Output(value="cat " * 10_000)), Failed)


def test_nothing_to_weigh_has_no_value() -> None:
    metric = cast("CorpusMetric", make_metric("bleu"))
    assert metric.prepare([])(np.array([])) is None


def test_sentence_bleu_of_short_sentences_is_sacrebleus() -> None:
    metric = make_metric("bleu")
    theirs = BLEU(effective_order=True)
    for answer in ("cat", "the cat", "a dog", "the cat sat", "on a mat the cat sat"):
        score = metric.score(Case(id="1", input="q", expected="the cat sat on a mat"), Output(value=answer))
        assert isinstance(score, Scored)
        published = theirs.sentence_score(answer, ["the cat sat on a mat"]).score
        assert score.value == pytest.approx(published, abs=1e-9), answer
