"""Promise: Tango's difference covers ≥ 93 % everywhere, and −margin passes in at most 3.2 % of samples.

Nothing is drawn: every possible table of gains and losses is enumerated with its trinomial probability. The
grid holds shares of gains and losses from 0 up, sparse ones included, with at most 95 % of pairs discordant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import gammaln

from steelyard.stats import compare_pairs, paired_proportions

SPARSE = [0.0, 0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075]
COARSE = [round(0.1 + 0.03 * step, 2) for step in range(29)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What enumeration found for one pair of shares."""

    n: int
    gains: float
    losses: float
    coverage: float
    passes: float


def enumerate_cells(n: int, shares: list[float]) -> list[Cell]:
    """Coverage, and P(lower limit > −margin) with the margin at the true drop, for every cell of the grid."""
    tables = [(gains, losses) for gains in range(n + 1) for losses in range(gains, n + 1 - gains)]
    limits = {table: paired_proportions(*table, n) for table in tables}
    for (gains, losses), (low, high) in list(limits.items()):
        limits[losses, gains] = (-high, -low)
    counts = np.array(list(limits), np.float64)
    low, high = np.array(list(limits.values())).T
    return [
        _cell(counts, low, high, n=n, shares=(gains, losses))
        for gains in shares
        for losses in shares
        if gains <= losses and 0 < gains + losses <= 0.95
    ]


def _cell(
    counts: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    *,
    n: int,
    shares: tuple[float, float],
) -> Cell:
    up, down = counts.T
    same = n - up - down
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [
            np.where(count > 0, count * np.log(share), 0.0)
            for count, share in zip((up, down, same), (*shares, 1 - sum(shares)), strict=True)
        ]
    chance = np.exp(gammaln(n + 1) - gammaln(up + 1) - gammaln(down + 1) - gammaln(same + 1) + sum(logs))
    assert chance.sum() == pytest.approx(1.0, abs=1e-9)
    truth = shares[0] - shares[1]
    inside = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
    passes = float(chance[low > truth + 1e-9].sum())
    return Cell(n=n, gains=shares[0], losses=shares[1], coverage=float(chance[inside].sum()), passes=passes)


def check(cells: list[Cell]) -> None:
    worst = min(cells, key=lambda cell: cell.coverage)
    easiest = max(cells, key=lambda cell: cell.passes)
    print(f"\nworst coverage {worst.coverage:.4f} at {worst}")
    print(f"most false passes {easiest.passes:.4f} at {easiest}")
    assert worst.coverage >= 0.93
    assert easiest.passes <= 0.032


def test_short_form() -> None:
    check([cell for n in (20, 30) for cell in enumerate_cells(n, SPARSE[::2] + COARSE[::3])])


@pytest.mark.slow
def test_full_form() -> None:
    check([cell for n in (20, 30, 50, 100, 300) for cell in enumerate_cells(n, SPARSE + COARSE)])


def test_compare_pairs_shows_this_interval() -> None:
    for gains, losses, n in ((0, 0, 20), (3, 9, 30), (1, 4, 100), (0, 25, 50)):
        base = np.repeat([0.0, 1.0, 1.0], [gains, losses, n - gains - losses])
        candidate = np.repeat([1.0, 0.0, 1.0], [gains, losses, n - gains - losses])
        assert compare_pairs(base, candidate, scale="binary").interval == paired_proportions(gains, losses, n)
