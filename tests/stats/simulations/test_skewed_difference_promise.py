"""Promise: with 100 pairs and more, skewed mean differences (lognormal, σ = 1.2) are covered ≥ 93 %."""

from __future__ import annotations

import numpy as np
import pytest

from steelyard.stats import compare_pairs


def coverage(n: int, *, repeats: int) -> float:
    """Share of samples whose interval holds the true mean e^(σ²/2)."""
    rng = np.random.default_rng(30)
    truth = float(np.exp(1.2**2 / 2))
    inside = 0
    for seed in range(repeats):
        grown = np.exp(rng.normal(0, 1.2, n))
        interval = compare_pairs(np.zeros(n), grown, scale="unbounded", seed=seed).interval
        assert interval is not None
        inside += interval[0] <= truth <= interval[1]
    return inside / repeats


def test_short_form() -> None:
    # 60 samples of a true 93.5 %: 2.5 standard errors are .08.
    assert coverage(100, repeats=60) >= 0.93 - 0.08


@pytest.mark.slow
def test_full_form() -> None:
    cells = {n: coverage(n, repeats=2_000) for n in (100, 300)}
    worst = min(cells, key=lambda n: cells[n])
    print(f"\nworst coverage {cells[worst]:.4f} at n = {worst}")
    assert cells[worst] >= 0.93
