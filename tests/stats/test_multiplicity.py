"""Adjusted p-values against statsmodels and enumeration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from steelyard.core import StatisticsError
from steelyard.stats import (
    benjamini_hochberg,
    benjamini_yekutieli,
    exact_mcnemar,
    false_coverage_level,
    holm,
    max_t_p_values,
)

Adjust = Callable[[Sequence[float]], tuple[float, ...]]


@pytest.mark.parametrize(
    ("adjust", "name"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh"), (benjamini_yekutieli, "fdr_by")]
)
@settings(max_examples=40, deadline=None)
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_equals_statsmodels(adjust: Adjust, name: str, p_values: list[float]) -> None:
    oracle = multipletests(p_values, method=name)[1]
    assert adjust(p_values) == pytest.approx(tuple(oracle), abs=1e-12)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg, benjamini_yekutieli])
def test_no_tests_and_bad_tests(adjust: Adjust) -> None:
    assert adjust([]) == ()
    with pytest.raises(StatisticsError, match="between 0 and 1"):
        adjust([0.5, float("nan")])


def test_holm_by_hand() -> None:
    # .01 · 3, max(.03, .02 · 2), max(.04, .4 · 1).
    assert holm([0.4, 0.01, 0.02]) == pytest.approx((0.4, 0.03, 0.04))


def test_false_coverage_level() -> None:
    # Benjamini and Yekutieli 2005: 1 − .05 · 4 / 20 = .99.
    assert false_coverage_level(4, 20) == pytest.approx(0.99)
    assert false_coverage_level(20, 20) == pytest.approx(0.95)
    with pytest.raises(StatisticsError, match="cannot be adjusted"):
        false_coverage_level(0, 3)


def test_max_t_of_one_slice_is_the_sign_flip_test() -> None:
    differences = np.concatenate([np.ones(40), -np.ones(22), np.zeros(38)])
    (adjusted,) = max_t_p_values(differences[:, None], resamples=20_000)
    assert adjusted == pytest.approx(exact_mcnemar(40, 22), abs=0.006)


def test_max_t_knows_that_identical_slices_are_one_test() -> None:
    column = np.random.default_rng(1).normal(0.25, 1, 100)
    table = np.stack([column] * 8, axis=1)
    adjusted = max_t_p_values(table)
    (alone,) = max_t_p_values(column[:, None])
    assert adjusted == pytest.approx((alone,) * 8, abs=1e-9)
    assert holm([alone] * 8)[0] > adjusted[0]


def test_max_t_leaves_unchanged_slices_at_one() -> None:
    table = np.zeros((50, 3))
    table[:, 1] = np.random.default_rng(2).normal(1, 1, 50)
    assert max_t_p_values(table)[0::2] == (1.0, 1.0)
    assert max_t_p_values(np.zeros((10, 2))) == (1.0, 1.0)
    with pytest.raises(StatisticsError, match="finite table"):
        max_t_p_values([1.0, 2.0])


def test_max_t_keeps_the_family_error() -> None:
    """Ten overlapping slices without any difference: some p ≤ .05 in at most 5 % of samples (± noise)."""
    rng = np.random.default_rng(3)
    alarms = 0
    for seed in range(300):
        member = rng.random((60, 10)) < 0.5
        differences = rng.choice([-1.0, 0.0, 1.0], size=60, p=[0.15, 0.7, 0.15])
        alarms += min(max_t_p_values(member * differences[:, None], resamples=399, seed=seed)) <= 0.05
    assert alarms / 300 <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 300)
