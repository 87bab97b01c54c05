"""Promise: 0/1 differences in 8 clusters and more cover ≥ 90 % in every cell and ≥ 94 % on average.

Seeded draws: each cluster has its own shares of gains and losses (Dirichlet), so that the cases of a cluster
agree with correlation `rho`, from independent cases (0) to clusters that move as one (1).
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from steelyard.stats import Design, compare_pairs

SHARES = [(0.01, 0.01), (0.005, 0.03), (0.0, 0.05), (0.1, 0.1), (0.05, 0.25), (0.2, 0.3)]
UNEVEN = [1, 1, 2, 3, 8]


def coverage(clusters: int, *, uneven: bool, gains: float, losses: float, rho: float, repeats: int) -> float:
    """Share of samples whose interval holds the true difference."""
    rng = np.random.default_rng(20)
    sizes = np.resize(UNEVEN if uneven else [4], clusters)
    owner = np.repeat(np.arange(clusters), sizes)
    shares = np.array([gains, losses, 1 - gains - losses])
    inside = 0
    for _ in range(repeats):
        own = _cluster_shares(shares, clusters, rho=rho, rng=rng)[owner]
        place = rng.random(len(owner))
        gained = place < own[:, 0]
        lost = (place >= own[:, 0]) & (place < own[:, 0] + own[:, 1])
        result = compare_pairs(
            lost.astype(float), gained.astype(float), scale="binary", design=Design(clusters=owner.tolist())
        )
        assert result.interval is not None
        assert result.interval[0] < result.interval[1]
        inside += result.interval[0] <= gains - losses <= result.interval[1]
    return inside / repeats


def _cluster_shares(
    shares: NDArray[np.float64], clusters: int, *, rho: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    if rho == 0:
        return np.tile(shares, (clusters, 1))
    if rho == 1:
        return np.eye(3)[rng.choice(3, size=clusters, p=shares)]
    return rng.dirichlet(np.maximum(shares * (1 - rho) / rho, 1e-9), size=clusters)


def check(cells: dict[tuple[int, bool, tuple[float, float], float], float], *, repeats: int) -> None:
    worst = min(cells, key=lambda cell: cells[cell])
    mean = float(np.mean(list(cells.values())))
    print(f"\nmean {mean:.4f}, worst {cells[worst]:.4f} at (clusters, uneven, shares, rho) = {worst}")
    noise = 2.5 * np.sqrt(0.9 * 0.1 / repeats)
    assert cells[worst] >= 0.90 - (noise if repeats < 1_000 else 0.0)
    assert mean >= 0.94


def grid(
    counts: list[int], shares: list[tuple[float, float]], rhos: list[float], *, repeats: int
) -> dict[tuple[int, bool, tuple[float, float], float], float]:
    return {
        (clusters, uneven, pair, rho): coverage(
            clusters, uneven=uneven, gains=pair[0], losses=pair[1], rho=rho, repeats=repeats
        )
        for clusters, uneven, pair, rho in product(counts, (False, True), shares, rhos)
    }


def test_short_form() -> None:
    check(grid([8, 30], SHARES[2:6:3], [0.0, 1.0], repeats=60), repeats=60)


@pytest.mark.slow
def test_full_form() -> None:
    check(grid([8, 12, 30, 60], SHARES, [0.0, 0.3, 1.0], repeats=1_000), repeats=1_000)
