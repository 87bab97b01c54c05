"""Student's t and the studentised bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from steelyard.stats import bootstrap_t, student_t

# Darwin's maize (Fisher 1935, The Design of Experiments, section 17): differences in eighths of an inch.
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def test_student_on_darwins_maize() -> None:
    # R: t.test(MAIZE)$conf.int gives 0.03119332 and 41.83547335.
    assert student_t(MAIZE) == pytest.approx((0.03119332, 41.83547335), abs=1e-7)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_student_against_statsmodels(level: float) -> None:
    scores = np.random.default_rng(5).gamma(2.0, size=31)
    expected = DescrStatsW(scores).tconfint_mean(alpha=1 - level)
    assert student_t(scores, level=level) == pytest.approx(expected, rel=1e-10)


def test_no_spread_has_no_interval() -> None:
    assert student_t([0.3]) is None
    assert student_t([0.1] * 10) is None
    assert bootstrap_t([0.1] * 30, rng=np.random.default_rng(0)) is None


def slow_bootstrap_t(
    scores: np.ndarray[tuple[int], np.dtype[np.float64]], resamples: int
) -> tuple[float, float]:
    """The textbook loop (B. Efron and R. Tibshirani 1993, An Introduction to the Bootstrap, 12.5).

    The low quantile is the one of 60 % of a tail, which lengthens the upper side of right-skewed scores.
    """
    rng = np.random.default_rng(77)
    mean, n = scores.mean(), scores.size
    ratios = []
    for _ in range(resamples):
        drawn = rng.choice(scores, size=n)
        ratios.append((drawn.mean() - mean) / (drawn.std() / np.sqrt(n)))
    low, high = np.quantile(ratios, [0.015, 0.975])
    error = scores.std() / np.sqrt(n)
    return mean - high * error, mean - low * error


def test_bootstrap_t_equals_the_textbook_loop() -> None:
    scores = np.random.default_rng(4).lognormal(0.0, 1.0, 60)
    found = bootstrap_t(scores, rng=np.random.default_rng(1), resamples=19_999)
    assert found == pytest.approx(slow_bootstrap_t(scores, 6_000), rel=0.05)


def test_bootstrap_t_reaches_further_to_the_long_side() -> None:
    scores = np.random.default_rng(4).lognormal(0.0, 1.2, 200)
    low, high = bootstrap_t(scores, rng=np.random.default_rng(1)) or (0.0, 0.0)
    assert high - scores.mean() > 1.2 * (scores.mean() - low)


def test_bootstrap_t_with_weights_agrees_with_repeating_cases_in_value() -> None:
    rng = np.random.default_rng(8)
    scores, weights = rng.lognormal(0.0, 1.0, 300), rng.uniform(0.5, 2.0, 300)
    low, high = bootstrap_t(scores, rng=rng, weights=weights) or (0.0, 0.0)
    assert low < np.average(scores, weights=weights) < high
    student = student_t(scores, weights=weights) or (0.0, 0.0)
    assert high - low == pytest.approx(student[1] - student[0], rel=0.35)


def test_bootstrap_t_of_normal_scores_is_close_to_student() -> None:
    scores = stats.norm.ppf((np.arange(200) + 0.5) / 200)
    found = bootstrap_t(scores, rng=np.random.default_rng(2), resamples=9999)
    assert found == pytest.approx(student_t(scores), abs=0.01)
