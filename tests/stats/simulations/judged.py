"""Coverage of judge-corrected rates and means through the public functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from tests.stats.simulations.table import Cell

from steelyard.stats import (
    CorrectedResult,
    Labels,
    PairedLabels,
    correct_mean,
    correct_rate,
    correct_rate_difference,
)

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ITEMS = 2_000
JUDGES = ((0.95, 0.6), (0.9, 0.9), (0.5, 0.5))
"""Sensitivity and specificity; the last says nothing."""
_STEPS = 1.2207440846057596 ** -np.arange(1, 4)
"""Evenly spread points in a cube (Roberts, 2018): powers of the root of x⁴ = x + 1."""


LEFT_OUT = 0.002
"""Chance of the unlikeliest tables, which are not looked at and count as missed."""
POINTS = 700
"""Tables looked at where there are too many to enumerate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCell:
    """One cell of the grid of rates."""

    coverage: Cell
    """Chance that the corrected interval holds the truth."""
    labels: int
    """Number of labels."""
    judge: tuple[float, float]
    """Sensitivity and specificity."""
    design: str
    """How labels were drawn."""
    width: float
    """Mean width of the corrected interval."""
    human_width: float
    """Mean width of the interval from the labels alone."""


def rate_coverage(
    *,
    sizes: Sequence[int] = (20, 50, 100, 200),
    rates: Sequence[float] = (0.5, 0.8, 0.9, 0.97),
    judges: Sequence[tuple[float, float]] = JUDGES,
    designs: Sequence[str] = ("random", "halves"),
) -> list[RateCell]:
    """0/1 verdicts on 2,000 items, labels drawn at random or half of them in each verdict.

    Nothing is drawn by chance: outcomes are enumerated, or, with 50 labels at random and more, spread evenly.
    """
    cells = []
    for n, rate, judge, design in product(sizes, rates, judges, designs):
        positive = rate * judge[0] + (1 - rate) * (1 - judge[1])
        true = (rate * judge[0] / positive, rate * (1 - judge[0]) / (1 - positive))
        called = round(ITEMS * positive)
        tables, chances = _halves(n, true) if design == "halves" else _at_random(n, called, true)
        widths = np.zeros(2)
        held = 0.0
        for (first, *hits), chance in zip(tables.tolist(), chances.tolist(), strict=True):
            found = _rate(called, (first, n - first), (hits[0], hits[1]), design == "random")
            low, high = found.corrected.interval or (1.0, 0.0)
            alone = found.human_only.interval or (0.0, 0.0)
            held += chance * (low <= rate <= high)
            widths += chance * np.array((high - low, alone[1] - alone[0]))
        width, human = (widths / chances.sum()).tolist()
        label = f"n={n} p={rate} Se={judge[0]} Sp={judge[1]} {design}"
        cell = Cell(label=label, share=held)
        cells.append(
            RateCell(coverage=cell, labels=n, judge=judge, design=design, width=width, human_width=human)
        )
    return cells


def _halves(n: int, true: tuple[float, float]) -> tuple[Counts, Floats]:
    """Labels and hits under either verdict, half of the labels each, and the chance of every such table."""
    own, other = (_binomial(n // 2, rate) for rate in true)
    return _likeliest([(n // 2, own, other)])


def _at_random(n: int, called: int, true: tuple[float, float]) -> tuple[Counts, Floats]:
    """The same for labels drawn from all items."""
    split = _hypergeometric(called, n)
    if n < 50:
        return _likeliest(
            [
                (first, chance * _binomial(first, true[0]), _binomial(n - first, true[1]))
                for first, chance in enumerate(split.tolist())
            ]
        )
    place = (np.arange(POINTS)[:, None] * _STEPS + 0.5) % 1.0
    firsts = np.searchsorted(np.cumsum(split), place[:, 0]).tolist()
    tables = [
        (
            first,
            int(np.searchsorted(np.cumsum(_binomial(first, true[0])), own)),
            int(np.searchsorted(np.cumsum(_binomial(n - first, true[1])), other)),
        )
        for first, (own, other) in zip(firsts, place[:, 1:].tolist(), strict=True)
    ]
    unique, times = np.unique(np.array(tables), axis=0, return_counts=True)
    return unique, times / POINTS


def _likeliest(parts: Sequence[tuple[int, Floats, Floats]]) -> tuple[Counts, Floats]:
    """All tables but the unlikeliest."""
    found, chances = [], []
    for first, own, other in parts:
        grid = np.indices((own.size, other.size)).reshape(2, -1).T
        found.append(np.column_stack([np.full(len(grid), first), grid]))
        chances.append(np.outer(own, other).ravel())
    tables, weights = np.concatenate(found), np.concatenate(chances)
    order = np.argsort(-weights, kind="stable")
    kept = order[: int(np.searchsorted(np.cumsum(weights[order]), 1.0 - LEFT_OUT)) + 1]
    return tables[kept], weights[kept]


def _binomial(n: int, rate: float) -> Floats:
    return np.array([math.comb(n, hits) * rate**hits * (1 - rate) ** (n - hits) for hits in range(n + 1)])


def _hypergeometric(called: int, n: int) -> Floats:
    total = math.comb(ITEMS, n)
    return np.array(
        [math.comb(called, first) * math.comb(ITEMS - called, n - first) / total for first in range(n + 1)]
    )


@cache
def _rate(called: int, labels: tuple[int, int], hits: tuple[int, int], random: bool) -> CorrectedResult:
    """The result of these counts; the same counts come often."""
    verdicts = np.repeat([1.0, 0.0], [called, ITEMS - called])
    items = [*range(labels[0]), *range(called, called + labels[1])]
    values = np.repeat([1.0, 0.0, 1.0, 0.0], [hits[0], labels[0] - hits[0], hits[1], labels[1] - hits[1]])
    chances = np.repeat([labels[0] / called, labels[1] / (ITEMS - called)], labels)
    return correct_rate(
        verdicts, Labels(items=items, values=values, inclusion=None if random else chances), seed=len(items)
    )


def width_ratios(cells: Sequence[RateCell], judge: tuple[float, float]) -> dict[int, float]:
    """By number of labels: corrected width over human-only width, labels at random, mean over the rates."""
    chosen = [cell for cell in cells if cell.judge == judge and cell.design == "random"]
    return {
        n: float(np.mean([cell.width / cell.human_width for cell in chosen if cell.labels == n]))
        for n in dict.fromkeys(cell.labels for cell in chosen)
    }


def difference_coverage(
    *,
    seed: int,
    replicates: int,
    sizes: Sequence[int] = (20, 50, 200),
    shares: Sequence[tuple[float, float]] = ((0.01, 0.01), (0.02, 0.1), (0.1, 0.1), (0.05, 0.3)),
    accuracies: Sequence[float] = (0.9, 0.5),
) -> list[Cell]:
    """0/1 differences of two versions with base rate .8, both judged with the same accuracy."""
    cells = []
    for number, (n, (gains, losses), accuracy) in enumerate(product(sizes, shares, accuracies)):
        rng = np.random.default_rng([seed, number])
        held = 0
        for replicate in range(replicates):
            base = rng.random(ITEMS) < 0.8
            place = rng.random(ITEMS)
            candidate = np.where(base, place >= losses / 0.8, place < gains / 0.2)
            judged = [np.where(rng.random(ITEMS) < accuracy, truth, ~truth) for truth in (base, candidate)]
            items = rng.choice(ITEMS, n, replace=False)
            labels = PairedLabels(items=items, base=base[items] * 1.0, candidate=candidate[items] * 1.0)
            found = correct_rate_difference(
                judged[0] * 1.0, judged[1] * 1.0, labels=labels, seed=replicate
            ).corrected
            low, high = found.interval or (1.0, -1.0)
            held += low <= gains - losses <= high
        label = f"n={n} gains={gains} losses={losses} accuracy={accuracy}"
        cells.append(Cell(label=label, share=held / replicates))
    return cells


def graded_coverage(
    *,
    seed: int,
    replicates: int,
    sizes: Sequence[int] = (100, 200),
    correlations: Sequence[float] = (0.8, 0.0, -0.6),
    weighted: Sequence[bool] = (False, True),
) -> list[Cell]:
    """Grades from .2 to 1, skewed; labels at random, or likelier where the judge gave little."""
    cells = []
    for number, (n, shared, is_weighted) in enumerate(product(sizes, correlations, weighted)):
        rng = np.random.default_rng([seed, number])
        held = 0
        for replicate in range(replicates):
            quality = rng.standard_normal(ITEMS)
            seen = shared * quality + np.sqrt(1 - shared**2) * rng.standard_normal(ITEMS)
            truth, judge = (1.0 - 0.2 * np.abs(x - 0.5) ** 0.8 for x in (quality, seen + 0.4))
            chance = np.full(ITEMS, n / ITEMS)
            if is_weighted:
                chance = np.clip(1.4 - judge, 0.1, None)
                chance *= n / chance.sum()
            items = np.flatnonzero(rng.random(ITEMS) < chance)
            if items.size < 100:
                items = np.flatnonzero(rng.random(ITEMS) < chance * 1.3)
                chance = chance * 1.3
            labels = Labels(items=items, values=truth[items], inclusion=chance[items])
            found = correct_mean(judge, labels, seed=replicate).corrected
            low, high = found.interval or (1.0, -1.0)
            held += low <= _GRADE <= high
        kind = "unequal" if is_weighted else "equal"
        cells.append(Cell(label=f"n={n} ρ={shared} {kind}", share=held / replicates))
    return cells


_NODES = np.linspace(-9.0, 9.0, 200_001)
_GRADE = float(
    np.sum((1.0 - 0.2 * np.abs(_NODES - 0.5) ** 0.8) * np.exp(-(_NODES**2) / 2))
    / np.sum(np.exp(-(_NODES**2) / 2))
)
