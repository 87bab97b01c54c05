"""Coverage of paired differences, and false passes, through the public functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from tests.stats.simulations.table import Cell

from steelyard.stats import Design, compare_pairs, paired_proportions

Floats = NDArray[np.float64]

SPARSE = [0.0, 0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075]
COARSE = [round(0.1 + 0.03 * step, 2) for step in range(29)]
SHARES = [(0.01, 0.01), (0.005, 0.03), (0.0, 0.05), (0.1, 0.1), (0.05, 0.25), (0.2, 0.3)]
UNEVEN = [1, 1, 2, 3, 8]


def enumerate_differences(n: int, shares: Sequence[float]) -> tuple[list[Cell], list[Cell]]:
    """Coverage, and P(lower limit > −margin) with the margin at the true drop, for every pair of shares.

    Nothing is drawn: every table of gains and losses has its trinomial probability. At most 95 % of pairs
    are discordant.
    """
    tables = [(gains, losses) for gains in range(n + 1) for losses in range(gains, n + 1 - gains)]
    limits = {table: paired_proportions(*table, n) for table in tables}
    for (gains, losses), (low, high) in list(limits.items()):
        limits[losses, gains] = (-high, -low)
    counts = np.array(list(limits), np.float64)
    ends = np.array(list(limits.values())).T
    found = [
        _cell(counts, ends, n=n, gains=gains, losses=losses)
        for gains in shares
        for losses in shares
        if gains <= losses and 0 < gains + losses <= 0.95
    ]
    return [coverage for coverage, _ in found], [passes for _, passes in found]


def _cell(counts: Floats, ends: Floats, *, n: int, gains: float, losses: float) -> tuple[Cell, Cell]:
    up, down = counts.T
    same = n - up - down
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [
            np.where(count > 0, count * np.log(share), 0.0)
            for count, share in zip((up, down, same), (gains, losses, 1 - gains - losses), strict=True)
        ]
    chance = np.exp(gammaln(n + 1) - gammaln(up + 1) - gammaln(down + 1) - gammaln(same + 1) + sum(logs))
    assert abs(chance.sum() - 1.0) < 1e-9
    truth = gains - losses
    low, high = ends
    inside = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
    label = f"n={n} gains={gains} losses={losses}"
    passed = low > truth + 1e-9
    return (
        Cell(label=label, share=float(chance[inside].sum())),
        Cell(label=label, share=float(chance[passed].sum())),
    )


def clustered_coverage(
    *,
    seed: int,
    replicates: int,
    groups: Sequence[int] = (8, 15, 60),
    shares: Sequence[tuple[float, float]] = SHARES,
    correlations: Sequence[float] = (0.0, 0.3, 1.0),
) -> list[Cell]:
    """0/1 differences in clusters; each has its own shares of gains and losses (Dirichlet).

    The cases of a cluster agree from not at all (0) to in everything (1).
    """
    cells = []
    grid = product(groups, (False, True), shares, correlations)
    for number, (count, uneven, (gains, losses), icc) in enumerate(grid):
        rng = np.random.default_rng([seed, number])
        owner = np.repeat(np.arange(count), np.resize(UNEVEN if uneven else [4], count))
        design = Design(clusters=owner.tolist())
        held = 0
        for _ in range(replicates):
            own = _cluster_shares((gains, losses), count, icc=icc, rng=rng)[owner]
            place = rng.random(owner.size)
            gained = (place < own[:, 0]).astype(np.float64)
            lost = ((place >= own[:, 0]) & (place < own[:, 0] + own[:, 1])).astype(np.float64)
            low, high = compare_pairs(lost, gained, scale="binary", design=design).interval or (1.0, -1.0)
            assert low < high
            held += low <= gains - losses <= high
        sizes = "uneven" if uneven else "equal"
        label = f"G={count} {sizes} gains={gains} losses={losses} ICC={icc}"
        cells.append(Cell(label=label, share=held / replicates))
    return cells


def _cluster_shares(
    shares: tuple[float, float], count: int, *, icc: float, rng: np.random.Generator
) -> Floats:
    whole = np.array([*shares, 1 - sum(shares)])
    if icc == 0:
        return np.tile(whole, (count, 1))
    if icc == 1:
        return np.eye(3)[rng.choice(3, size=count, p=whole)]
    return rng.dirichlet(np.maximum(whole * (1 - icc) / icc, 1e-9), size=count)
