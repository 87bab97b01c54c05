"""The estimand "these cases"."""

from __future__ import annotations

import math

import numpy as np
import pytest

from steelyard.stats import Design, MeanResult, estimate_mean


def width(result: MeanResult) -> float:
    low, high = result.interval or (math.nan, math.nan)
    return high - low


def test_a_half_of_the_cases_shrinks_the_interval_by_the_root_of_a_half() -> None:
    scores = np.random.default_rng(0).random(200)
    all_cases = estimate_mean(scores, scale="bounded")
    these = estimate_mean(scores, scale="bounded", population=400)
    assert width(these) == pytest.approx(width(all_cases) * math.sqrt(0.5), rel=1e-9)
    assert these.method == "Student t, finite population"


def test_a_rate_cannot_leave_what_the_rest_could_bring_about() -> None:
    result = estimate_mean([1.0] * 90 + [0.0] * 5, scale="binary", population=100)
    assert result.interval is not None
    assert result.interval[0] >= 0.90
    assert result.interval[1] <= 0.95
    assert result.method == "Wilson, finite population"


def test_a_census_says_that_it_is_exact() -> None:
    result = estimate_mean([1.0, 0.0, 1.0, 1.0], scale="binary", population=4)
    assert (result.interval, result.method) == ((0.75, 0.75), "census")
    assert "repeats would show" in result.note


def test_a_large_population_is_no_correction() -> None:
    scores = np.round(np.random.default_rng(1).random(80))
    free = estimate_mean(scores, scale="binary")
    assert estimate_mean(scores, scale="binary", population=10**9).interval == pytest.approx(
        free.interval, abs=1e-6
    )


def test_epochs_with_fixed_cases_leave_only_the_outputs_chance() -> None:
    rng = np.random.default_rng(2)
    rates = rng.beta(0.5, 0.5, 50)
    scores = (rng.random((50, 4)) < rates[:, None]).astype(float)
    labels = np.repeat(np.arange(50), 4).tolist()
    like_these = estimate_mean(scores.ravel(), scale="binary", design=Design(clusters=labels))
    these = estimate_mean(scores.ravel(), scale="binary", design=Design(clusters=labels), population=50)
    assert these.method == "Wilson, two-stage"
    assert width(these) < 0.7 * width(like_these)
    # By hand: v = Σ s²/m / N², and one further case of variance 1/4.
    within = scores.var(axis=1, ddof=1) / 4
    variance = (within.sum() + 0.25 / 4) / 50**2
    mean = scores.mean()
    assert these.effective_n == pytest.approx(mean * (1 - mean) / variance)


def test_epochs_that_never_waver_still_have_width() -> None:
    labels = np.repeat(np.arange(50), 4).tolist()
    for scale in ("binary", "bounded"):
        result = estimate_mean(np.ones(200), scale=scale, design=Design(clusters=labels), population=50)
        assert 0.0 < width(result) < 0.03
    nothing = estimate_mean(
        np.ones(200),
        scale="unbounded",
        value_range=(None, None),
        design=Design(clusters=labels),
        population=50,
    )
    assert nothing.interval is None
    assert not nothing.gateable


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_coverage_of_the_mean_of_these_cases(share: float) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(600):
        population = (rng.random(200) < 0.8).astype(float)
        drawn = rng.permutation(population)[: int(200 * share)]
        low, high = estimate_mean(drawn, scale="binary", population=200).interval or (0.0, 0.0)
        held += low - 1e-12 <= population.mean() <= high + 1e-12
    assert held / 600 >= 0.93


def test_coverage_over_outputs_with_cases_fixed() -> None:
    rng = np.random.default_rng(8)
    rates = rng.beta(0.6, 0.3, 60)
    labels = np.repeat(np.arange(60), 3).tolist()
    held = 0
    for _ in range(600):
        scores = (rng.random((60, 3)) < rates[:, None]).astype(float).ravel()
        low, high = estimate_mean(
            scores, scale="binary", design=Design(clusters=labels), population=60
        ).interval or (
            0.0,
            0.0,
        )
        held += low <= rates.mean() <= high
    assert held / 600 >= 0.93
