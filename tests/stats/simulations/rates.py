"""Coverage of single rates through the public functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats
from tests.stats.simulations.table import Cell

from steelyard.stats import Design, MeanResult, estimate_mean

Floats = NDArray[np.float64]

RATES = np.linspace(0.02, 0.98, 961)


def exact_coverage(interval: Callable[[int, int], MeanResult], n: int, rates: Floats) -> list[Cell]:
    """All outcomes 0 … n, weighted by their binomial probability: nothing is drawn."""
    limits = np.array([interval(k, n).interval for k in range(n + 1)], dtype=np.float64)
    chance = scipy_stats.binom.pmf(np.arange(n + 1)[:, None], n, rates[None, :])
    held = (limits[:, :1] <= rates) & (rates <= limits[:, 1:])
    coverage = (chance * held).sum(axis=0)
    pairs = zip(rates.tolist(), coverage.tolist(), strict=True)
    return [Cell(label=f"n={n} p={rate:.4f}", share=share) for rate, share in pairs]


def rates_at_limits(interval: Callable[[int, int], MeanResult], n: int) -> Floats:
    """An even grid, and rates close to every limit: coverage only jumps there."""
    limits = np.array([interval(k, n).interval for k in range(n + 1)], dtype=np.float64).ravel()
    ends = np.concatenate([limits - 1e-9, limits + 1e-9])
    return np.concatenate([np.linspace(0.0005, 0.9995, 1999), ends[(ends > 0) & (ends < 1)]])


def clustered_coverage(
    *,
    seed: int,
    replicates: int,
    groups: Sequence[int] = (8, 15, 30, 60),
    rates: Sequence[float] = (0.5, 0.7, 0.9, 0.95, 0.98),
    correlations: Sequence[float] = (0.0, 0.1, 0.3, 0.6, 1.0),
    sizes: Sequence[str] = ("equal", "unequal"),
) -> list[Cell]:
    """0/1 scores in clusters whose rates follow a beta distribution with the given intraclass correlation."""
    cells = []
    for number, (count, rate, icc, size) in enumerate(product(groups, rates, correlations, sizes)):
        rng = np.random.default_rng([seed, number])
        held = 0
        for _ in range(replicates):
            members = np.full(count, 10) if size == "equal" else rng.integers(2, 21, size=count)
            labels = np.repeat(np.arange(count), members)
            own = cluster_rates(count, rate, icc, rng)
            scores = (rng.random(labels.size) < own[labels]).astype(np.float64)
            result = estimate_mean(scores, scale="binary", design=Design(clusters=labels.tolist()))
            low, high = result.interval or (1.0, 0.0)
            held += low <= rate <= high
        cells.append(Cell(label=f"G={count} {size} p={rate} ICC={icc}", share=held / replicates))
    return cells


def cluster_rates(count: int, rate: float, icc: float, rng: np.random.Generator) -> Floats:
    """Each cluster's own rate."""
    if icc == 0.0:
        return np.full(count, rate)
    if icc == 1.0:
        return (rng.random(count) < rate).astype(np.float64)
    strength = (1.0 - icc) / icc
    return rng.beta(rate * strength, (1.0 - rate) * strength, size=count)
