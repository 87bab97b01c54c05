"""Corpus-level values of one run, and their difference between two."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from steelyard.core import StatisticsError
from steelyard.stats import Design, MeanResult, compare_corpus, estimate_corpus, estimate_mean

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

    clustered, plain = (
        estimate_corpus(aggregate, 200, design=Design(clusters=labels)),
        estimate_corpus(aggregate, 200),
    )
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
    found = estimate_corpus(
        lambda w: float(w[:5].sum() / w.sum()), 10, design=Design(clusters=[0, 1, 2, 3, 4] * 2)
    )
    assert not found.gateable
    assert "only 5 independent groups" in found.note


def test_lengths_must_agree() -> None:
    with pytest.raises(StatisticsError, match="3 scores came with 1 clusters"):
        estimate_corpus(lambda w: 1.0, 3, design=Design(clusters=["a"]))


def mean_of(values: Floats) -> Callable[[Floats], float | None]:
    return lambda weights: float(weights @ values / weights.sum()) if weights.sum() else None


def test_a_difference_of_means_agrees_with_student() -> None:
    rng = np.random.default_rng(1)
    base, candidate = rng.random(150), rng.random(150) + 0.1
    result = compare_corpus(mean_of(base), mean_of(candidate), 150)
    oracle = stats.ttest_rel(candidate, base)
    assert result.difference == pytest.approx(float(np.mean(candidate - base)))
    assert result.interval == pytest.approx(tuple(oracle.confidence_interval(0.95)), abs=0.01)
    assert result.p_value == pytest.approx(oracle.pvalue, abs=0.02)
    assert result.spread == pytest.approx(np.std(candidate - base, ddof=1), rel=0.1)


def test_clusters_are_resampled_whole() -> None:
    rng = np.random.default_rng(2)
    base, candidate = rng.random(30), rng.random(30)
    clusters = np.repeat(np.arange(30), 6).tolist()
    once = compare_corpus(mean_of(base), mean_of(candidate), 30)
    repeated = compare_corpus(
        mean_of(base.repeat(6)), mean_of(candidate.repeat(6)), 180, design=Design(clusters=clusters)
    )
    assert repeated.n_clusters == 30
    assert repeated.interval == pytest.approx(once.interval, abs=1e-9)


def test_identical_versions_have_p_one_and_no_interval() -> None:
    values = np.random.default_rng(3).random(40)
    result = compare_corpus(mean_of(values), mean_of(values), 40)
    assert (result.difference, result.p_value, result.interval) == (0.0, 1.0, None)
    assert not result.gateable
    assert "Every resample gave the same" in result.note


def test_undefined_differences_are_said() -> None:
    positives = np.zeros(30)
    positives[:2] = 1

    def recall(hits: Floats) -> Callable[[Floats], float | None]:
        return lambda weights: float(weights @ hits / (weights @ positives)) if weights @ positives else None

    hits = positives.copy()
    hits[0] = 0
    result = compare_corpus(recall(hits), recall(positives), 30)
    assert result.difference == pytest.approx(0.5)
    assert not result.gateable
    assert "Undefined in 12" in result.note


def test_undefined_everywhere_and_empty() -> None:
    nothing = compare_corpus(lambda _: None, lambda _: 1.0, 12)
    assert nothing.difference is None
    assert nothing.candidate_value == 1.0
    assert "undefined" in nothing.note
    assert compare_corpus(lambda _: None, lambda _: None, 0).n_pairs == 0


def test_few_paired_units_are_not_gated() -> None:
    values = np.random.default_rng(4).random(5)
    result = compare_corpus(mean_of(values), mean_of(values[::-1] + 0.2), 5)
    assert result.interval is not None
    assert not result.gateable


def test_bad_pairs_are_refused() -> None:
    with pytest.raises(StatisticsError, match="clusters"):
        compare_corpus(lambda _: 1.0, lambda _: 1.0, 3, design=Design(clusters=["a"]))
    with pytest.raises(StatisticsError, match="resamples"):
        compare_corpus(lambda _: 1.0, lambda _: 1.0, 3, resamples=0)


def test_two_cases_give_a_wide_interval_and_no_error() -> None:
    amounts, wins = np.array([1.0, 3.0]), np.array([1.0, 0.0])

    def ratio(weights: Floats) -> float | None:
        won = float(weights @ wins)
        return float(weights @ amounts) / won if won > 0 else None

    found = estimate_corpus(ratio, 2)
    assert found.value == 4.0
    assert found.interval is not None
    assert found.interval[1] == 4.0
    assert not found.gateable
