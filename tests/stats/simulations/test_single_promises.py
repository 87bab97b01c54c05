"""The promises on single rates and means, with their worst cells printed."""

from __future__ import annotations

import numpy as np
import pytest
from tests.stats.simulations.coverage import (
    clustered_mean_coverage,
    clustered_rate_coverage,
    exact_rate_coverage,
    lognormal_coverage,
    report,
)

from steelyard.stats import clopper_pearson, wilson

RATES = np.linspace(0.02, 0.98, 961)


@pytest.mark.parametrize(
    ("n", "worst_allowed"), [(20, 0.895), (30, 0.915), (50, 0.915), (100, 0.915), (400, 0.915)]
)
def test_wilson_covers_94_5_to_96_percent_on_average(n: int, worst_allowed: float) -> None:
    cells = exact_rate_coverage(wilson, n, RATES)
    worst, mean = report(f"Wilson, n = {n}, rates .02 to .98, exact", cells, worst=3)
    assert 0.945 <= mean <= 0.96
    assert worst >= worst_allowed


@pytest.mark.parametrize("n", [1, 2, 5, 20, 57, 150])
def test_clopper_pearson_covers_95_percent_everywhere(n: int) -> None:
    limits = np.array([clopper_pearson(k, n).interval for k in range(n + 1)])
    # Coverage only jumps at the limits themselves, so their close neighbours hold the smallest values.
    ends = np.concatenate([limits.ravel() - 1e-9, limits.ravel() + 1e-9])
    rates = np.concatenate([np.linspace(0.0005, 0.9995, 1999), ends[(ends > 0) & (ends < 1)]])
    worst, _ = report(
        f"Clopper-Pearson, n = {n}, exact", exact_rate_coverage(clopper_pearson, n, rates), worst=1
    )
    assert worst >= 0.95 - 1e-7


def test_clustered_rates_hold_their_promise_in_short() -> None:
    # 100 replicates: three standard errors of a coverage of .93 are .077.
    cells = clustered_rate_coverage(
        seed=3,
        replicates=100,
        groups=(8, 30),
        rates=(0.5, 0.95),
        correlations=(0.0, 0.3, 1.0),
        sizes=("unequal",),
    )
    worst, mean = report("clustered 0/1, short", cells, worst=2)
    assert worst >= 0.86
    assert mean >= 0.94


def test_lognormal_means_hold_their_promise_in_short() -> None:
    worst, _ = report("bootstrap-t, short", lognormal_coverage(seed=3, replicates=150, sizes=(100,)))
    assert worst >= 0.88


@pytest.mark.slow
def test_wilson_over_every_size() -> None:
    means = []
    worst = {}
    for n in (*range(20, 101), 150, 200, 300, 500, 1000):
        cells = exact_rate_coverage(wilson, n, RATES)
        means.append(float(np.mean([cell.coverage for cell in cells])))
        worst[n] = min(cell.coverage for cell in cells)
    small = {n: coverage for n, coverage in worst.items() if n < 30}
    large = {n: coverage for n, coverage in worst.items() if n >= 30}
    print(f"\nWilson: means {min(means):.4f} to {max(means):.4f}, worst at n < 30 {min(small.values()):.4f}, "
          f"at n ≥ 30 {min(large.values()):.4f}")  # fmt: skip
    assert min(means) >= 0.945
    assert max(means) <= 0.96
    assert worst[20] >= 0.895
    assert min(large.values()) >= 0.915


@pytest.mark.slow
def test_clustered_rates_hold_their_promise() -> None:
    cells = clustered_rate_coverage(seed=1, replicates=1500)
    worst, mean = report("clustered 0/1, 8 to 60 clusters", cells)
    assert worst >= 0.90
    assert mean >= 0.94


@pytest.mark.slow
def test_lognormal_means_hold_their_promise() -> None:
    cells = lognormal_coverage(seed=1, replicates=4000, sizes=(100, 200, 500, 1000))
    worst, _ = report("bootstrap-t, lognormal σ = 1.2", cells)
    assert worst >= 0.93


@pytest.mark.slow
def test_clustered_bounded_means() -> None:
    cells = clustered_mean_coverage(seed=1, replicates=1000, groups=(15, 30, 60), correlations=(0.0, 0.3))
    worst, mean = report("clustered bounded means", cells)
    assert worst >= 0.90
    assert mean >= 0.93
