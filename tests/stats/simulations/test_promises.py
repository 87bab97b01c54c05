"""What statistics promise, measured in full through the public functions; the table is printed at the end."""

from __future__ import annotations

import numpy as np
import pytest
from tests.stats.simulations import differences, means, rates
from tests.stats.simulations.table import Promises

from steelyard.stats import clopper_pearson, wilson

pytestmark = pytest.mark.slow


def test_wilson(promises: Promises) -> None:
    sizes = (*range(20, 101), 150, 200, 300, 500, 1000)
    by_size = {n: rates.exact_coverage(wilson, n, rates.RATES) for n in sizes}
    small = promises.measured(
        "Wilson, n = 20, p = .02 to .98", by_size[20], promise="mean 94.5–96 %, worst ≥ 89.5 %"
    )
    large = promises.measured(
        "Wilson, n = 30 to 1,000, p = .02 to .98",
        [cell for n, cells in by_size.items() if n >= 30 for cell in cells],
        promise="mean 94.5–96 %, worst ≥ 91.5 %",
    )
    averages = [float(np.mean([cell.share for cell in cells])) for cells in by_size.values()]
    assert 0.945 <= min(averages) <= max(averages) <= 0.96
    assert small.worst.share >= 0.895
    assert large.worst.share >= 0.915


def test_clopper_pearson(promises: Promises) -> None:
    cells = [
        cell
        for n in (*range(1, 61), 100, 150, 300, 1000)
        for cell in rates.exact_coverage(clopper_pearson, n, rates.rates_at_limits(clopper_pearson, n))
    ]
    row = promises.measured("Clopper-Pearson, n = 1 to 1,000, every p", cells, promise="≥ 95 % everywhere")
    assert row.worst.share >= 0.95 - 1e-7


def test_tango(promises: Promises) -> None:
    found = [
        differences.enumerate_differences(n, differences.SPARSE + differences.COARSE)
        for n in (20, 30, 40, 50, 100, 300)
    ]
    coverage = promises.measured(
        "Tango difference, n = 20 to 300",
        [cell for cells, _ in found for cell in cells],
        promise="≥ 93 % everywhere",
    )
    passes = promises.measured(
        "passes of a drop at the allowed drop",
        [cell for _, cells in found for cell in cells],
        promise="≤ 3.2 % everywhere",
        is_error=True,
    )
    assert coverage.worst.share >= 0.93
    assert passes.worst.share <= 0.032


def test_clustered_rates(promises: Promises) -> None:
    cells = rates.clustered_coverage(seed=1, replicates=1_500)
    row = promises.measured(
        "clustered 0/1 rate, 8 to 60 clusters", cells, promise="mean ≥ 94 %, worst ≥ 90 %"
    )
    assert row.worst.share >= 0.90
    assert row.mean >= 0.94


def test_clustered_differences(promises: Promises) -> None:
    cells = differences.clustered_coverage(seed=1, replicates=1_000)
    row = promises.measured(
        "clustered 0/1 difference, 8 to 60 clusters", cells, promise="mean ≥ 94 %, worst ≥ 90 %"
    )
    assert row.worst.share >= 0.90
    assert row.mean >= 0.94


def test_skewed_means(promises: Promises) -> None:
    cells = means.lognormal_coverage(seed=1, replicates=4_000, sizes=(100, 200, 500, 1000))
    row = promises.measured("skewed mean, lognormal, n = 100 to 1,000", cells, promise="≥ 93 %")
    assert row.worst.share >= 0.93


def test_skewed_differences(promises: Promises) -> None:
    """One size only: the interval is the same as that of a mean, which the short forms check."""
    cells = means.lognormal_coverage(seed=2, replicates=4_000, sizes=(100,), paired=True)
    row = promises.measured("skewed mean difference, lognormal, n = 100", cells, promise="≥ 93 %")
    assert row.worst.share >= 0.93


def test_clustered_bounded_means(promises: Promises) -> None:
    cells = means.bounded_coverage(seed=1, replicates=1_000)
    row = promises.measured(
        "clustered bounded mean, 8 to 60 clusters", cells, promise="mean ≥ 94 %, worst ≥ 90 %"
    )
    assert row.worst.share >= 0.90
    assert row.mean >= 0.94
