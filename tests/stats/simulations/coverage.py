"""Coverage of single-sample intervals, measured through the public functions.

Each driver returns one `Cell` for every combination of its grid; tests print the worst and hold the promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import stats as scipy_stats

from steelyard.stats import Design, MeanResult, estimate_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination of a simulation's grid."""

    label: str
    coverage: float
    width: float


def report(title: str, cells: Sequence[Cell], *, worst: int = 5) -> tuple[float, float]:
    """Print the worst cells; return the smallest and the mean coverage."""
    mean = float(np.mean([cell.coverage for cell in cells]))
    width = float(np.mean([cell.width for cell in cells]))
    print(f"\n{title}: {len(cells)} cells, mean coverage {mean:.4f}, mean width {width:.4f}; worst:")
    ranked = sorted(cells, key=lambda cell: cell.coverage)
    for cell in ranked[:worst]:
        print(f"  {cell.coverage:.4f}  {cell.label}")
    return ranked[0].coverage, mean


def exact_rate_coverage(
    interval: Callable[[int, int], MeanResult], n: int, rates: Iterable[float]
) -> list[Cell]:
    """Exact coverage of a rate's interval: all outcomes 0 … n, weighted by their binomial probability."""
    limits = np.array([interval(k, n).interval for k in range(n + 1)], dtype=np.float64)
    p = np.asarray(list(rates))
    chance = scipy_stats.binom.pmf(np.arange(n + 1)[:, None], n, p[None, :])
    held = (limits[:, :1] <= p) & (p <= limits[:, 1:])
    coverage = (chance * held).sum(axis=0)
    width = (chance * (limits[:, 1:] - limits[:, :1])).sum(axis=0)
    triples = zip(p.tolist(), coverage.tolist(), width.tolist(), strict=True)
    return [Cell(label=f"n={n} p={rate:.4f}", coverage=c, width=w) for rate, c, w in triples]


def clustered_rate_coverage(
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
        held = width = 0.0
        for _ in range(replicates):
            members = np.full(count, 10) if size == "equal" else rng.integers(2, 21, size=count)
            result = _clustered_scores(members, rate, icc, rng)
            low, high = result.interval or (0.0, 1.0)
            held += low <= rate <= high
            width += high - low
        label = f"G={count} sizes {size} p={rate} ICC={icc}"
        cells.append(Cell(label=label, coverage=held / replicates, width=width / replicates))
    return cells


def lognormal_coverage(*, seed: int, replicates: int, sizes: Sequence[int], sigma: float = 1.2) -> list[Cell]:
    """Means of lognormal scores such as costs and latencies."""
    truth = float(np.exp(sigma**2 / 2))
    cells = []
    for n in sizes:
        rng = np.random.default_rng([seed, n])
        held = width = 0.0
        for replicate in range(replicates):
            scores = rng.lognormal(0.0, sigma, size=n)
            result = estimate_mean(scores, scale="unbounded", value_range=(0.0, None), seed=replicate)
            low, high = result.interval or (0.0, np.inf)
            held += low <= truth <= high
            width += high - low
        cells.append(Cell(label=f"n={n} σ={sigma}", coverage=held / replicates, width=width / replicates))
    return cells


def clustered_mean_coverage(
    *,
    seed: int,
    replicates: int,
    groups: Sequence[int] = (8, 15, 30),
    correlations: Sequence[float] = (0.0, 0.3, 0.8),
) -> list[Cell]:
    """Bounded scores (beta around a cluster's own mean) in clusters of unequal size."""
    cells = []
    for number, (count, icc, rate) in enumerate(product(groups, correlations, (0.5, 0.8))):
        rng = np.random.default_rng([seed, number])
        held = width = 0.0
        for _ in range(replicates):
            members = rng.integers(2, 15, size=count)
            own = _cluster_rates(count, rate, icc, rng)
            labels = np.repeat(np.arange(count), members)
            scores = np.clip(rng.beta(2.0 * own + 1e-9, 2.0 * (1.0 - own) + 1e-9)[labels], 0.0, 1.0)
            scores = np.where(rng.random(labels.size) < 0.5, scores, own[labels])
            result = estimate_mean(scores, scale="bounded", design=Design(clusters=labels.tolist()))
            low, high = result.interval or (0.0, 1.0)
            held += low <= rate <= high
            width += high - low
        cells.append(
            Cell(
                label=f"G={count} ICC={icc} mean={rate}", coverage=held / replicates, width=width / replicates
            )
        )
    return cells


def _cluster_rates(
    count: int, rate: float, icc: float, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if icc == 0.0:
        return np.full(count, rate)
    if icc == 1.0:
        return (rng.random(count) < rate).astype(np.float64)
    strength = (1.0 - icc) / icc
    return rng.beta(rate * strength, (1.0 - rate) * strength, size=count)


def _clustered_scores(
    members: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    rate: float,
    icc: float,
    rng: np.random.Generator,
) -> MeanResult:
    own = _cluster_rates(members.size, rate, icc, rng)
    labels = np.repeat(np.arange(members.size), members)
    scores = (rng.random(labels.size) < own[labels]).astype(np.float64)
    return estimate_mean(scores, scale="binary", design=Design(clusters=labels.tolist()))
