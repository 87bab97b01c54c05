"""The sign-flip test against full enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from steelyard.stats import exact_mcnemar, sign_flip_p


def test_small_samples_are_enumerated() -> None:
    totals = np.array([0.3, -0.1, 0.7, 0.2, -0.4, 0.9])
    observed = abs(totals.sum())
    sums = [abs(np.dot(signs, np.abs(totals))) for signs in itertools.product((-1, 1), repeat=6)]
    expected = np.mean([value >= observed - 1e-12 for value in sums])
    assert sign_flip_p(totals, rng=np.random.default_rng(0)) == pytest.approx(expected)


def test_equal_sizes_are_mcnemar() -> None:
    totals = np.concatenate([np.full(30, 0.5), np.full(50, -0.5), np.zeros(20)])
    assert sign_flip_p(totals, rng=np.random.default_rng(0)) == exact_mcnemar(30, 50)


def test_nothing_moved() -> None:
    assert sign_flip_p(np.zeros(9), rng=np.random.default_rng(0)) == 1.0


@pytest.mark.parametrize("units", [200, 5_000])
def test_draws_agree_with_the_normal_limit(units: int) -> None:
    # Σ s|t| has variance Σ t²; with hundreds of terms of like size p is close to 2 Φ(−|Σt| / √Σt²).
    totals = np.random.default_rng(3).normal(size=units)
    totals += (1.8 - totals.sum() / np.sqrt(np.sum(totals**2))) * np.sqrt(np.sum(totals**2)) / units
    drawn = sign_flip_p(totals, rng=np.random.default_rng(0), resamples=40_000)
    assert drawn == pytest.approx(0.0719, abs=0.006)


def test_joined_levels_keep_a_heavy_tail() -> None:
    """One unit outweighs all: its sign alone decides, so p is a half of what the rest leaves open."""
    totals = np.append(np.random.default_rng(4).random(3_000) * 1e-3, 100.0)
    assert sign_flip_p(totals, rng=np.random.default_rng(0)) == pytest.approx(0.01, abs=0.03)
    small = sign_flip_p(np.append(totals[:10], 100.0), rng=np.random.default_rng(0))
    assert small == 2 / 2**11


def test_the_seed_fixes_the_answer() -> None:
    totals = np.random.default_rng(5).normal(size=300)
    first, second = (sign_flip_p(totals, rng=np.random.default_rng(9)) for _ in range(2))
    assert first == second
