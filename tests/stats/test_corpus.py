"""Corpus-level values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from steelyard.core import StatisticsError
from steelyard.stats import MeanResult, estimate_corpus, estimate_mean

Floats = NDArray[np.float64]


def ends(result: MeanResult) -> tuple[float, float]:
    return result.interval or (math.nan, math.nan)


def test_a_mean_as_corpus_value_agrees_with_student() -> None:
    scores = np.random.default_rng(0).random(150)
    found = estimate_corpus(lambda w: float(w @ scores / w.sum()), 150, resamples=4999)
    student = estimate_mean(scores, scale="bounded")
    assert found.value == pytest.approx(student.value)
    assert found.method == "BCa bootstrap"
    assert ends(found) == pytest.approx(ends(student), abs=0.006)
    assert found.gateable


def test_clusters_widen() -> None:
    rng = np.random.default_rng(1)
    scores = np.repeat(rng.random(40), 5)
    labels = np.repeat(np.arange(40), 5).tolist()

    def aggregate(weights: Floats) -> float:
        return float(weights @ scores / weights.sum())

    clustered, plain = estimate_corpus(aggregate, 200, clusters=labels), estimate_corpus(aggregate, 200)
    assert clustered.method == "BCa cluster bootstrap"
    assert clustered.n_units == 40
    ratio = (ends(clustered)[1] - ends(clustered)[0]) / (ends(plain)[1] - ends(plain)[0])
    assert ratio == pytest.approx(math.sqrt(5), rel=0.15)


def test_many_units_use_groups_for_the_acceleration() -> None:
    scores = np.random.default_rng(2).lognormal(0.0, 1.0, 5000)
    found = estimate_corpus(lambda w: float(w @ scores / w.sum()), 5000, resamples=999)
    student = estimate_mean(scores, scale="unbounded", value_range=(0.0, None))
    assert ends(found) == pytest.approx(ends(student), rel=0.02)


def test_undefined_resamples_are_counted() -> None:
    hits = np.array([1.0] * 4 + [0.0] * 56)
    good = np.arange(60) % 2

    def recall(weights: Floats) -> float | None:
        positives = float(weights @ hits)
        return float(weights @ (hits * good)) / positives if positives else None

    found = estimate_corpus(recall, 60)
    # P(no positive drawn) = (56/60)^60 = .016.
    assert "undefined in 1." in found.note
    assert found.gateable
    rarer = estimate_corpus(lambda w: 1.0 - w[1] / 60 if w[0] > 0 else None, 60)
    assert not rarer.gateable
    assert "undefined in 3" in rarer.note


def test_no_variation_no_interval() -> None:
    found = estimate_corpus(lambda w: 1.0, 50)
    assert (found.value, found.interval, found.gateable) == (1.0, None, False)
    assert "same value" in found.note


def test_nothing_and_undefined() -> None:
    assert estimate_corpus(lambda w: 1.0, 0).note == "nothing was scored"
    undefined = estimate_corpus(lambda w: None, 5)
    assert (undefined.value, undefined.note) == (None, "the metric is undefined on these cases")


def test_few_units_are_not_gated() -> None:
    found = estimate_corpus(lambda w: float(w[:5].sum() / w.sum()), 10, clusters=[0, 1, 2, 3, 4] * 2)
    assert not found.gateable
    assert "only 5 independent units" in found.note


def test_lengths_must_agree() -> None:
    with pytest.raises(StatisticsError, match="3 samples came with 1 clusters"):
        estimate_corpus(lambda w: 1.0, 3, clusters=["a"])
