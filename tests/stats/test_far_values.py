"""Bounded means that rest on a few scores far from an end of their range."""

from __future__ import annotations

import numpy as np
import pytest

from steelyard.stats import Design, MeanResult, estimate_mean, student_t, wilson

METHOD = "Wilson on scores of one size"


def ends(result: MeanResult) -> tuple[float, float]:
    assert result.interval is not None
    return result.interval


def test_scores_that_are_nearly_zero_or_one_are_close_to_wilson() -> None:
    scores = np.append(np.ones(95), [0.02, 0.0, 0.0, 0.0, 0.0])
    result = estimate_mean(scores, scale="bounded")
    assert result.method == METHOD
    assert ends(result) == pytest.approx(ends(wilson(95, 100)), abs=0.016)


def test_the_typical_size_by_hand() -> None:
    # Four distances of .5: Σd = 2, Σd² = 1, so m = (1 + 1) / (2 + 1) = 2/3; the rate is .02 / (2/3) = .03,
    # 3 of 100, and Wilson's limits of it are multiplied by 2/3. Student's lie inside.
    scores = np.append(np.ones(96), [0.5] * 4)
    low, high = ends(wilson(3, 100))
    student = student_t(scores)
    assert student is not None
    expected = (min(1 - high * 2 / 3, student[0]), max(1 - low * 2 / 3, student[1]))
    assert ends(estimate_mean(scores, scale="bounded")) == pytest.approx(expected)


def test_it_is_the_same_at_either_end_and_in_any_range() -> None:
    scores = np.append(np.ones(60), [0.3, 0.7, 0.1])
    low, high = ends(estimate_mean(scores, scale="bounded"))
    assert ends(estimate_mean(1 - scores, scale="bounded")) == pytest.approx((1 - high, 1 - low))
    wide = estimate_mean(10 * scores - 5, scale="bounded", value_range=(-5.0, 5.0))
    assert ends(wide) == pytest.approx((10 * low - 5, 10 * high - 5))


def test_no_far_value_seen_is_not_certainty() -> None:
    # A rate of zeros of 2 % goes unseen in 100 cases with chance .98^100 = .13.
    low, _ = ends(estimate_mean(np.append(np.ones(90), np.full(10, 0.98)), scale="bounded"))
    assert low < 0.98


def test_many_far_values_leave_it_to_moments() -> None:
    rng = np.random.default_rng(1)
    scores = np.where(rng.random(400) < 0.3, rng.random(400), 1.0)
    assert estimate_mean(scores, scale="bounded").method == "bootstrap-t"


def test_repeats_in_clusters_are_not_more_far_values() -> None:
    once = np.append(np.ones(27), [0.1, 0.0, 0.4])
    labels = np.repeat(np.arange(30), 8).tolist()
    repeated = estimate_mean(np.repeat(once, 8), scale="bounded", design=Design(clusters=labels))
    assert repeated.method == METHOD
    single = ends(estimate_mean(once, scale="bounded"))
    assert ends(repeated) == pytest.approx(single, abs=0.03)


def test_near_zero_or_one_in_few_clusters_holds_its_promise_in_short() -> None:
    """10 clusters, mean .98, a tenth of partial credit: moments alone cover 77 %."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(150):
        labels = np.repeat(np.arange(10), rng.integers(2, 15, size=10))
        scores = np.where(rng.random(labels.size) < 0.98, 1.0, 0.0)
        scores = np.where(rng.random(labels.size) < 0.1, 0.98, scores)
        low, high = ends(estimate_mean(scores, scale="bounded", design=Design(clusters=labels.tolist())))
        held += low <= 0.98 <= high
    assert held / 150 >= 0.93
