"""What agreement coefficients promise, measured through the public functions; in full and in short."""

from __future__ import annotations

import math

import pytest
from tests.stats.simulations.agreements import agreement_coverage, distance_coverage, worlds
from tests.stats.simulations.table import Promises

PROMISED = 0.93


def noise(replicates: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(PROMISED * (1 - PROMISED) / replicates)


@pytest.mark.slow
def test_agreement(promises: Promises) -> None:
    found = agreement_coverage(worlds(sizes=(30, 100)), seed=31, replicates=200, confirm=2000)
    for name, cells in found.items():
        row = promises.measured(f"agreement {name}, 30 and 100 items, 2–5 raters", cells, promise="≥ 93 %")
        assert row.worst.share >= PROMISED


@pytest.mark.slow
def test_agreement_by_distance(promises: Promises) -> None:
    cells = distance_coverage(seed=32, replicates=300, sizes=(30, 100))
    row = promises.measured("agreement α, interval scale, 30 and 100 items", cells, promise="≥ 93 %")
    assert row.worst.share >= PROMISED


def test_agreement_in_short() -> None:
    found = agreement_coverage(
        worlds(sizes=(30,), raters=(2, 5), shares=[(0.95, 0.05), (0.7, 0.2, 0.1)], skills=(0.5, 0.95)),
        seed=33,
        replicates=40,
    )
    for cells in found.values():
        assert min(cell.share for cell in cells) >= PROMISED - noise(40)
