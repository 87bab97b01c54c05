"""Every way of drawing gives the plain bootstrap's distribution."""

from __future__ import annotations

import numpy as np
import pytest

from steelyard.stats import bootstrap_mean
from steelyard.stats._resampling import resample_sums


@pytest.mark.parametrize("n", [5, 100, 2048, 2049, 5003])
def test_moments_of_the_bootstrap_mean(n: int) -> None:
    x = np.random.default_rng(n).lognormal(0.0, 1.0, n)
    means = bootstrap_mean(x, resamples=20_000, rng=np.random.default_rng(1))
    # The bootstrap distribution of a mean has mean x̄, variance m2/n and skewness g/√n exactly.
    deviation = x - x.mean()
    spread = np.sqrt((deviation**2).mean() / n)
    skew = (deviation**3).mean() / (deviation**2).mean() ** 1.5 / np.sqrt(n)
    standard = (means - x.mean()) / spread
    assert standard.mean() == pytest.approx(0.0, abs=0.03)
    assert standard.var() == pytest.approx(1.0, abs=0.06)
    assert (standard**3).mean() == pytest.approx(skew, abs=0.12)


def test_few_distinct_values_are_drawn_by_counts() -> None:
    x = np.repeat([-1.0, 0.0, 1.0], [300, 9_000, 700])
    means = bootstrap_mean(x, resamples=20_000, rng=np.random.default_rng(1))
    assert means.mean() == pytest.approx(0.04, abs=1e-4)
    assert means.std() == pytest.approx(x.std() / 100, rel=0.02)
    assert np.allclose(means * 10_000, np.round(means * 10_000))


@pytest.mark.parametrize("n", [50, 3000])
def test_columns_of_one_resample_belong_together(n: int) -> None:
    x = np.random.default_rng(0).normal(size=n)
    sums = resample_sums(
        np.stack([x, 2.0 * x, np.ones(n)], axis=1), resamples=500, rng=np.random.default_rng(3)
    )
    assert np.allclose(sums[:, 1], 2.0 * sums[:, 0])
    assert np.allclose(sums[:, 2], n)


def test_the_seed_settles_everything() -> None:
    x = np.random.default_rng(0).normal(size=4000)
    first, second = (bootstrap_mean(x, resamples=50, rng=np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(first, second)
