"""Quantiles by order statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from steelyard.core import StatisticsError
from steelyard.stats import Design, quantile


def test_p95_needs_72_values() -> None:
    # .95^71 = .0262 > .025 > .0249 = .95^72.
    assert quantile(np.arange(72.0), 0.95).interval is not None
    few = quantile(np.arange(71.0), 0.95)
    assert (few.interval, few.gateable) == (None, False)
    assert few.value == pytest.approx(66.5)
    assert few.note == "not enough: an interval of the 95 % quantile needs at least 72 values, here are 71"


@pytest.mark.parametrize(("n", "q", "ranks"), [(10, 0.5, (2, 9)), (20, 0.5, (6, 15)), (16, 0.75, (8, 16))])
def test_ranks(n: int, q: float, ranks: tuple[int, int]) -> None:
    # Median: the sign test's tables (Conover 1999, table A3): ranks 2 and 9 of 10, 6 and 15 of 20. Upper
    # quartile of 16: P(X ≤ 7) = .0075 and P(X ≤ 8) = .0271, P(X > 15) = .0100.
    assert quantile(np.arange(1.0, n + 1), q).interval == ranks


@pytest.mark.parametrize(("n", "q"), [(25, 0.5), (80, 0.95), (300, 0.9), (100, 0.1)])
def test_against_scipy(n: int, q: float) -> None:
    values = np.random.default_rng(n).gamma(2.0, size=n)
    test: Any = stats.quantile_test(values, q=float(np.quantile(values, q)), p=q)
    expected = test.confidence_interval(0.95)
    assert quantile(values, q).interval == pytest.approx((expected.low, expected.high))


def test_exact_coverage_is_at_least_the_level() -> None:
    # P(x_(l) ≤ quantile < x_(u)) = P(l ≤ X < u) for X ~ Binomial(n, q).
    for n in (72, 100, 500):
        low, high = (int(end) for end in quantile(np.arange(1.0, n + 1), 0.95).interval or (0, 0))
        assert stats.binom.cdf(high - 1, n, 0.95) - stats.binom.cdf(low - 1, n, 0.95) >= 0.95


def test_repeated_values_in_clusters_count_once() -> None:
    once = np.random.default_rng(0).gamma(2.0, size=120)
    labels = np.repeat(np.arange(120), 5).tolist()
    plain = quantile(once, 0.9)
    clustered = quantile(np.repeat(once, 5), 0.9, design=Design(clusters=labels))
    assert clustered.n_units == 120
    assert clustered.effective_n == pytest.approx(120, rel=0.1)
    assert clustered.interval is not None
    assert plain.interval is not None
    assert clustered.interval == pytest.approx(plain.interval, rel=0.03)


def test_empty_equal_and_bad() -> None:
    empty = quantile([], 0.5)
    assert (empty.value, empty.interval, empty.note) == (None, None, "nothing was scored")
    equal = quantile([3.0] * 100, 0.95)
    assert equal.interval == (3.0, 3.0)
    assert "equal" in equal.note
    with pytest.raises(StatisticsError, match=r"Write p95 as 0\.95"):
        quantile([1.0], 95)
