"""Coverage of judge-corrected rates and means through the public functions."""

from __future__ import annotations

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

ITEMS = 2_000
JUDGES = ((0.95, 0.6), (0.9, 0.9), (0.5, 0.5))
"""Sensitivity and specificity; the last says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCell:
    """One cell of the grid of rates."""

    coverage: Cell
    """Share of samples whose corrected interval held the truth."""
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
    seed: int,
    replicates: int,
    sizes: Sequence[int] = (20, 50, 200),
    rates: Sequence[float] = (0.5, 0.8, 0.9, 0.97),
    judges: Sequence[tuple[float, float]] = JUDGES,
    designs: Sequence[str] = ("random", "halves"),
) -> list[RateCell]:
    """0/1 verdicts on 2,000 items, labels drawn at random or half of them in each verdict."""
    cells = []
    for number, (n, rate, judge, design) in enumerate(product(sizes, rates, judges, designs)):
        rng = np.random.default_rng([seed, number])
        widths = np.zeros(2)
        held = 0
        positive = rate * judge[0] + (1 - rate) * (1 - judge[1])
        true = (rate * judge[0] / positive, rate * (1 - judge[0]) / (1 - positive))
        called = round(ITEMS * positive)
        for _ in range(replicates):
            first = int(rng.hypergeometric(called, ITEMS - called, n)) if design == "random" else n // 2
            hits = (int(rng.binomial(first, true[0])), int(rng.binomial(n - first, true[1])))
            found = _rate(called, (first, n - first), hits, design == "random")
            low, high = found.corrected.interval or (1.0, 0.0)
            alone = found.human_only.interval or (0.0, 0.0)
            held += low <= rate <= high
            widths += (high - low, alone[1] - alone[0])
        label = f"n={n} p={rate} Se={judge[0]} Sp={judge[1]} {design}"
        width, human = (widths / replicates).tolist()
        cell = Cell(label=label, share=held / replicates)
        cells.append(RateCell(coverage=cell, judge=judge, design=design, width=width, human_width=human))
    return cells


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


def width_ratio(cells: Sequence[RateCell], judge: tuple[float, float]) -> float:
    """Corrected width over human-only width, labels drawn at random, averaged over the cells."""
    ratios = [
        cell.width / cell.human_width for cell in cells if cell.judge == judge and cell.design == "random"
    ]
    return sum(ratios) / len(ratios)


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
