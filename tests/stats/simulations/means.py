"""Coverage of single means through the public functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from tests.stats.simulations.rates import cluster_rates
from tests.stats.simulations.table import Cell

from steelyard.stats import Design, compare_pairs, estimate_mean

Floats = NDArray[np.float64]


def lognormal_coverage(
    *, seed: int, replicates: int, sizes: Sequence[int], paired: bool = False, sigma: float = 1.2
) -> list[Cell]:
    """Means of lognormal scores such as costs and latencies, or of differences that are lognormal."""
    truth = float(np.exp(sigma**2 / 2))
    cells = []
    for n in sizes:
        rng = np.random.default_rng([seed, n])
        held = 0
        for replicate in range(replicates):
            scores = rng.lognormal(0.0, sigma, size=n)
            low, high = _interval(scores, paired=paired, seed=replicate)
            held += low <= truth <= high
        cells.append(Cell(label=f"n={n} σ={sigma}", share=held / replicates))
    return cells


def _interval(scores: Floats, *, paired: bool, seed: int) -> tuple[float, float]:
    if paired:
        found = compare_pairs(np.zeros(scores.size), scores, scale="unbounded", seed=seed).interval
    else:
        found = estimate_mean(scores, scale="unbounded", seed=seed).interval
    return found or (np.inf, -np.inf)


def bounded_coverage(
    *,
    seed: int,
    replicates: int,
    groups: Sequence[int] = (8, 12, 20, 60),
    means: Sequence[float] = (0.5, 0.8, 0.95, 0.98),
    correlations: Sequence[float] = (0.0, 0.3, 0.8),
    kinds: Sequence[str] = ("nearly 0/1", "partial"),
) -> list[Cell]:
    """Bounded scores in clusters of 2 to 14; only results that may decide are counted.

    Nearly 0/1: nine in ten are 0 or 1, the others the cluster's mean. Partial: half are the cluster's mean,
    half beta draws around it.
    """
    cells = []
    for number, (count, mean, icc, kind) in enumerate(product(groups, means, correlations, kinds)):
        rng = np.random.default_rng([seed, number])
        held = shown = 0
        while shown < replicates:
            labels = np.repeat(np.arange(count), rng.integers(2, 15, size=count))
            own = cluster_rates(count, mean, icc, rng)[labels]
            design = Design(clusters=labels.tolist())
            result = estimate_mean(_scores(own, kind, rng), scale="bounded", design=design, seed=shown)
            if result.gateable and result.interval is not None:
                shown += 1
                held += result.interval[0] <= mean <= result.interval[1]
        cells.append(Cell(label=f"G={count} {kind} mean={mean} ICC={icc}", share=held / replicates))
    return cells


def _scores(own: Floats, kind: str, rng: np.random.Generator) -> Floats:
    if kind == "partial":
        drawn = rng.beta(2.0 * own + 1e-9, 2.0 * (1.0 - own) + 1e-9)
        return np.clip(np.where(rng.random(own.size) < 0.5, drawn, own), 0.0, 1.0)
    drawn = (rng.random(own.size) < own).astype(np.float64)
    return np.where(rng.random(own.size) < 0.1, own, drawn)
