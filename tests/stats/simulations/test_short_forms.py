"""The promises in short: small grids and few draws, for every run of the fast tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.stats.simulations import differences, means, rates
from tests.stats.simulations.table import Cell, Promises

from steelyard.stats import clopper_pearson, compare_pairs, estimate_mean, paired_proportions, wilson


def worst(cells: list[Cell]) -> float:
    return min(cell.share for cell in cells)


def mean(cells: list[Cell]) -> float:
    return sum(cell.share for cell in cells) / len(cells)


def noise(share: float, replicates: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(share * (1 - share) / replicates)


@pytest.mark.parametrize(("n", "promised"), [(20, 0.895), (30, 0.915), (50, 0.915), (100, 0.915)])
def test_wilson(n: int, promised: float) -> None:
    cells = rates.exact_coverage(wilson, n, rates.RATES)
    assert 0.945 <= mean(cells) <= 0.96
    assert worst(cells) >= promised


@pytest.mark.parametrize("n", [1, 2, 5, 20, 57, 150])
def test_clopper_pearson(n: int) -> None:
    cells = rates.exact_coverage(clopper_pearson, n, rates.rates_at_limits(clopper_pearson, n))
    assert worst(cells) >= 0.95 - 1e-7


def test_tango() -> None:
    for n in (20, 30):
        coverage, passes = differences.enumerate_differences(
            n, differences.SPARSE[::2] + differences.COARSE[::3]
        )
        assert worst(coverage) >= 0.93
        assert max(cell.share for cell in passes) <= 0.032


def test_compare_pairs_shows_this_interval() -> None:
    for gains, losses, n in ((0, 0, 20), (3, 9, 30), (1, 4, 100), (0, 25, 50)):
        base = np.repeat([0.0, 1.0, 1.0], [gains, losses, n - gains - losses])
        candidate = np.repeat([1.0, 0.0, 1.0], [gains, losses, n - gains - losses])
        assert compare_pairs(base, candidate, scale="binary").interval == paired_proportions(gains, losses, n)


def test_clustered_rates() -> None:
    cells = rates.clustered_coverage(
        seed=3,
        replicates=100,
        groups=(8, 30),
        rates=(0.5, 0.95),
        correlations=(0.0, 0.3, 1.0),
        sizes=("unequal",),
    )
    assert worst(cells) >= 0.90 - noise(0.9, 100)
    assert mean(cells) >= 0.94


def test_clustered_differences() -> None:
    cells = differences.clustered_coverage(
        seed=3, replicates=60, groups=(8, 30), shares=[(0.0, 0.05), (0.2, 0.3)], correlations=(0.0, 1.0)
    )
    assert worst(cells) >= 0.90 - noise(0.9, 60)
    assert mean(cells) >= 0.94


def test_skewed_means() -> None:
    cells = means.lognormal_coverage(seed=3, replicates=150, sizes=(100, 300))
    assert worst(cells) >= 0.93 - noise(0.93, 150)


def test_skewed_differences_get_the_interval_of_a_mean() -> None:
    for n in (100, 1000):
        scores = np.random.default_rng(n).lognormal(0.0, 1.2, n)
        found = compare_pairs(np.zeros(n), scores, scale="unbounded", seed=5).interval
        assert found == estimate_mean(scores, scale="unbounded", seed=5).interval


def test_clustered_bounded_means() -> None:
    cells = means.bounded_coverage(
        seed=3, replicates=80, groups=(8, 20), means=(0.8, 0.98), correlations=(0.0, 0.8)
    )
    assert worst(cells) >= 0.90 - noise(0.9, 80)
    assert mean(cells) >= 0.94


def test_the_table_names_the_worst_cell() -> None:
    found = Promises()
    cells = [Cell(label="n=20", share=0.96), Cell(label="n=30", share=0.94)]
    found.measured("a", cells, promise="≥ 93 %")
    found.measured("b", cells, promise="≤ 97 %", is_error=True)
    _, _, first, second = found.lines()
    assert first.split()[-3:] == ["95.00%", "94.00%", "n=30"]
    assert second.split()[-2:] == ["96.00%", "n=20"]
