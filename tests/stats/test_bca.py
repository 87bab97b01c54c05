"""BCa against SciPy on SciPy's own replicates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from steelyard.stats import bca_interval


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("seed", [0, 1])
def test_against_scipy(level: float, seed: int) -> None:
    values = np.random.default_rng(seed).lognormal(0.0, 0.8, 40)
    found = stats.bootstrap(
        (values,),
        np.var,
        confidence_level=level,
        n_resamples=1999,
        method="BCa",
        rng=np.random.default_rng(seed),
    )
    jackknife = [np.var(np.delete(values, i)) for i in range(values.size)]
    interval = bca_interval(found.bootstrap_distribution, float(np.var(values)), jackknife, level=level)
    expected = (found.confidence_interval.low, found.confidence_interval.high)
    assert interval == pytest.approx(expected, rel=1e-9)


def test_replicates_on_one_side_stay_finite() -> None:
    low, high = bca_interval(np.linspace(1.0, 2.0, 99), 0.5, [0.5, 0.5, 0.5])
    assert 1.0 <= low <= high <= 2.0
