"""Coverage of agreement coefficients through the public functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from tests.stats.simulations.table import Cell

from steelyard.core import Interval
from steelyard.stats import Agreement, Ratings, cohen_kappa, gwet_ac1, krippendorff_alpha, ratings_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Items have a true category; a rater knows it with some probability and otherwise guesses."""

    shares: tuple[float, ...]
    """How frequent each category is, among items and among guesses."""
    skills: tuple[float, ...]
    """Each rater's probability to know."""
    items: int
    missing: float
    """Share of ratings left out at random."""

    def label(self) -> str:
        skills = "/".join(f"{skill:g}" for skill in dict.fromkeys(self.skills))
        shares = "/".join(f"{share:g}" for share in self.shares)
        return f"n={self.items} raters={len(self.skills)} {shares} know={skills} missing={self.missing:g}"

    def draw(self, rng: np.random.Generator) -> Floats:
        shape = (self.items, len(self.skills))
        true = rng.choice(len(self.shares), self.items, p=self.shares)
        guess = rng.choice(len(self.shares), shape, p=self.shares)
        rated = np.where(rng.random(shape) < np.array(self.skills), true[:, None], guess).astype(np.float64)
        rated[rng.random(shape) < self.missing] = np.nan
        return rated

    def truth(self) -> dict[str, float]:
        """α = κ = mean product of two raters' skills: all raters share their marginal distribution."""
        p = np.array(self.shares)
        known = np.array(self.skills)
        raters = known.size
        kappa = float((known.sum() ** 2 - (known**2).sum()) / (raters * (raters - 1)))
        same = float((p**2).sum())
        gwet = (1.0 - same) / (p.size - 1)
        agree = same + (1.0 - same) * kappa
        return {"α": kappa, "κ": kappa, "AC1": (agree - gwet) / (1.0 - gwet)}


COEFFICIENTS: dict[str, Callable[[Ratings], Agreement]] = {
    "α": krippendorff_alpha,
    "κ": cohen_kappa,
    "AC1": gwet_ac1,
}
SHARES = [(0.5, 0.5), (0.8, 0.2), (0.95, 0.05), (0.7, 0.15, 0.1, 0.05)]


def worlds(
    *,
    sizes: Sequence[int],
    raters: Sequence[int] = (2, 3, 5),
    shares: Sequence[tuple[float, ...]] = SHARES,
    skills: Sequence[float] = (0.5, 0.8, 0.95, 0.98),
    missing: Sequence[float] = (0.0, 0.2),
) -> list[World]:
    """Every combination, and for five raters one who only guesses half of the time."""
    found = [
        World(shares=share, skills=(skill,) * count, items=n, missing=gone)
        for n, count, share, skill, gone in product(sizes, raters, shares, skills, missing)
    ]
    five = [world for world in found if len(world.skills) == 5 and world.skills[0] == 0.95]
    return found + [replace(world, skills=(*world.skills[:-1], 0.5)) for world in five]


def agreement_coverage(
    found: Sequence[World], *, seed: int, replicates: int, confirm: int = 0
) -> dict[str, list[Cell]]:
    """Share of samples with an interval that holds the truth; samples without variation have none.

    With `confirm`, cells under 95 % are measured anew with that many samples: the lowest of hundreds of cells
    is mostly the unluckiest.
    """
    cells: dict[str, list[Cell]] = {name: [] for name in COEFFICIENTS}
    for number, world in enumerate(found):
        shares = _held(world, np.random.default_rng([seed, number]), replicates=replicates)
        if confirm and min(shares.values(), default=1.0) < 0.95:
            shares = _held(world, np.random.default_rng([seed, number, 1]), replicates=confirm)
        for name, share in shares.items():
            cells[name].append(Cell(label=world.label(), share=share))
    return cells


def _held(world: World, rng: np.random.Generator, *, replicates: int) -> dict[str, float]:
    """By coefficient; left out where under half of the samples have an interval."""
    truth = world.truth()
    held = dict.fromkeys(COEFFICIENTS, 0)
    shown = dict.fromkeys(COEFFICIENTS, 0)
    categories = [float(index) for index in range(len(world.shares))]
    drawn = [world.draw(rng) for _ in range(replicates)]
    # The order of items changes nothing, so that small samples come often.
    tables = [table[np.lexsort(table.T)] for table in drawn]
    known: dict[bytes, dict[str, Interval | None]] = {}
    for table in tables:
        key = table.tobytes()
        if key not in known:
            rated = ratings_matrix(table, measurement="nominal", categories=categories)
            known[key] = {name: coefficient(rated).interval for name, coefficient in COEFFICIENTS.items()}
        for name, interval in known[key].items():
            if interval is not None:
                shown[name] += 1
                held[name] += interval[0] - 1e-12 <= truth[name] <= interval[1] + 1e-12
    return {name: held[name] / shown[name] for name in COEFFICIENTS if shown[name] >= replicates / 2}


def distance_coverage(*, seed: int, replicates: int, sizes: Sequence[int]) -> list[Cell]:
    """α for scores with distances: item, rater's noise, and five points cut from them or not."""
    cells = []
    grid = product(sizes, (2, 4), (0.3, 0.6, 0.9), (False, True), (0.0, 0.2))
    for number, (n, raters, alpha, cut, gone) in enumerate(grid):
        rng = np.random.default_rng([seed, number])

        def draw(items: int, source: np.random.Generator = rng, shape: tuple[int, float, bool, float] = (
            raters, alpha, cut, gone)) -> Ratings:  # fmt: skip
            count, share, rounded, missing = shape
            score = np.sqrt(share) * source.normal(size=(items, 1))
            score = score + np.sqrt(1 - share) * source.normal(size=(items, count))
            score = np.clip(np.round(score + 1.0), -2, 2) if rounded else score
            score[source.random(score.shape) < missing] = np.nan
            return ratings_matrix(score, measurement="interval")

        truth = krippendorff_alpha(draw(300_000)).value or 0.0
        held = 0
        for _ in range(replicates):
            low, high = krippendorff_alpha(draw(n)).interval or (1.0, -1.0)
            held += low <= truth <= high
        kind = "5 points" if cut else "normal"
        label = f"n={n} raters={raters} {kind} α={truth:.2f} missing={gone:g}"
        cells.append(Cell(label=label, share=held / replicates))
    return cells
