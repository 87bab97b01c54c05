"""Paired bootstrap of corpus-level metrics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from steelyard.core import StatisticsError
from steelyard.stats import compare_corpus

Floats = NDArray[np.float64]


def mean_of(values: Floats) -> Callable[[Floats], float | None]:
    return lambda weights: float(weights @ values / weights.sum()) if weights.sum() else None


def test_of_a_mean_it_is_close_to_student() -> None:
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
    repeated = compare_corpus(mean_of(base.repeat(6)), mean_of(candidate.repeat(6)), 180, clusters=clusters)
    assert repeated.n_clusters == 30
    assert repeated.interval == pytest.approx(once.interval, abs=1e-9)


def test_identical_versions_have_p_one_and_no_interval() -> None:
    values = np.random.default_rng(3).random(40)
    result = compare_corpus(mean_of(values), mean_of(values), 40)
    assert (result.difference, result.p_value, result.interval) == (0.0, 1.0, None)
    assert not result.gateable
    assert "No resample differs" in result.note


def test_undefined_resamples_are_said() -> None:
    positives = np.zeros(30)
    positives[:2] = 1

    def recall(hits: Floats) -> Callable[[Floats], float | None]:
        return lambda weights: float(weights @ hits / (weights @ positives)) if weights @ positives else None

    hits = positives.copy()
    hits[0] = 0
    result = compare_corpus(recall(hits), recall(positives), 30)
    assert result.difference == pytest.approx(0.5)
    assert not result.gateable
    assert "undefined" in result.note


def test_undefined_everywhere_and_empty() -> None:
    nothing = compare_corpus(lambda _: None, lambda _: 1.0, 12)
    assert nothing.difference is None
    assert nothing.candidate_value == 1.0
    assert "undefined" in nothing.note
    assert compare_corpus(lambda _: None, lambda _: None, 0).n_pairs == 0


def test_few_units_are_shown_but_not_gated() -> None:
    values = np.random.default_rng(4).random(5)
    result = compare_corpus(mean_of(values), mean_of(values[::-1] + 0.2), 5)
    assert result.interval is not None
    assert not result.gateable


def test_bad_input_is_refused() -> None:
    with pytest.raises(StatisticsError, match="clusters"):
        compare_corpus(lambda _: 1.0, lambda _: 1.0, 3, clusters=["a"])
    with pytest.raises(StatisticsError, match="resamples"):
        compare_corpus(lambda _: 1.0, lambda _: 1.0, 3, resamples=0)
