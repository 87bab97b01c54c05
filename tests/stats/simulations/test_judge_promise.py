"""What judge correction promises: in full in the slow tier, in short in every run."""

from __future__ import annotations

import math

import pytest
from tests.stats.simulations import judged
from tests.stats.simulations.table import Cell, Promises


def noise(share: float, replicates: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(share * (1 - share) / replicates)


@pytest.mark.slow
def test_corrected_rates(promises: Promises) -> None:
    cells = judged.rate_coverage()
    row = promises.measured(
        "judge-corrected rate, n = 20 to 200 labels, p = .5 to .97",
        [cell.coverage for cell in cells],
        promise="mean ≥ 94.5 %, worst ≥ 93.5 %",
    )
    widths = {
        name: [Cell(label=f"n={n}", share=ratio) for n, ratio in judged.width_ratios(cells, judge).items()]
        for name, judge in {"Se .95, Sp .6": (0.95, 0.6), "useless judge": (0.5, 0.5)}.items()
    }
    good, useless = (
        promises.measured(f"its width over human-only, {name}", found, promise=said, is_error=True)
        for (name, found), said in zip(widths.items(), ("≤ 90 %", "≤ 102 %"), strict=True)
    )
    assert row.mean >= 0.945
    assert row.worst.share >= 0.935
    assert good.worst.share <= 0.90
    assert useless.worst.share <= 1.02


@pytest.mark.slow
def test_corrected_differences(promises: Promises) -> None:
    replicates = 600
    row = promises.measured(
        "judge-corrected 0/1 difference, n = 20 to 200 labels",
        judged.difference_coverage(seed=1, replicates=replicates),
        promise="mean ≥ 94.5 %, worst ≥ 93.5 %",
    )
    assert row.mean >= 0.945
    assert row.worst.share >= 0.935 - noise(0.935, replicates)


@pytest.mark.slow
def test_corrected_means(promises: Promises) -> None:
    replicates = 600
    row = promises.measured(
        "judge-corrected skewed mean, n = 120 and 200 labels",
        judged.graded_coverage(seed=1, replicates=replicates, sizes=(120, 200)),
        promise="≥ 93 %",
    )
    assert row.worst.share >= 0.93 - noise(0.93, replicates)


def test_corrected_rates_in_short() -> None:
    cells = judged.rate_coverage(sizes=(20,), rates=(0.5, 0.97), judges=((0.95, 0.6),), designs=("halves",))
    assert min(cell.coverage.share for cell in cells) >= 0.935
    at_random = judged.rate_coverage(
        sizes=(20,), rates=(0.97,), judges=((0.95, 0.6), (0.5, 0.5)), designs=("random",)
    )
    assert judged.width_ratios(at_random, (0.95, 0.6))[20] <= 0.90
    assert judged.width_ratios(at_random, (0.5, 0.5))[20] <= 1.02


def test_corrected_differences_in_short() -> None:
    cells = judged.difference_coverage(seed=3, replicates=25, sizes=(50,), shares=((0.05, 0.3),))
    assert min(cell.share for cell in cells) >= 0.935 - noise(0.935, 25)
