"""CR2 against a slow matrix twin."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from steelyard.stats._units import as_units, cr2_variance, precision

Floats = NDArray[np.float64]
SIZES = [1, 3, 5, 2, 9, 4, 6]


def slow_cr2(scores: Floats, weights: Floats, codes: NDArray[np.int64]) -> tuple[float, float]:
    """Bell and McCaffrey by the book: symmetric square roots of every cluster's block of (I − H)(I − H)'.

    J. Pustejovsky and E. Tipton 2018, J. Business & Economic Statistics 36, 672-683, equations 4 to 6,
    with the identity as working model, for a regression on the constant alone.
    """
    n = scores.size
    bread = 1.0 / weights.sum()
    hat = np.outer(np.ones(n), weights) * bread
    residual_maker = np.eye(n) - hat
    residuals = scores - scores @ weights * bread
    variance, forms = 0.0, []
    for code in np.unique(codes):
        inside = codes == code
        block = residual_maker[inside] @ residual_maker[inside].T
        values, vectors = np.linalg.eigh(block)
        adjustment = vectors @ np.diag(values**-0.5) @ vectors.T
        variance += float(weights[inside] @ adjustment @ residuals[inside]) ** 2
        forms.append(residual_maker[inside].T @ adjustment @ weights[inside])
    gram = np.array(forms) @ np.array(forms).T
    return variance * bread**2, float(np.trace(gram) ** 2 / (gram**2).sum())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weighted", [False, True])
def test_cr2_equals_its_matrix_twin(seed: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(SIZES)), SIZES)
    scores = rng.normal(size=codes.size) + rng.normal(size=len(SIZES))[codes]
    weights = rng.uniform(0.5, 3.0, size=len(SIZES))[codes] if weighted else np.ones(codes.size)
    variance, df = cr2_variance(as_units(scores, weights, codes))
    assert (variance, df) == pytest.approx(slow_cr2(scores, weights, codes), rel=1e-10)


def test_cr2_with_weights_inside_clusters_stays_close_to_the_twin() -> None:
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(len(SIZES)), SIZES)
    scores, weights = rng.normal(size=codes.size), rng.uniform(0.5, 2.0, size=codes.size)
    variance, df = cr2_variance(as_units(scores, weights, codes))
    assert (variance, df) == pytest.approx(slow_cr2(scores, weights, codes), rel=0.01)


def test_cr2_of_single_observations_is_the_textbook_variance() -> None:
    scores = np.random.default_rng(2).normal(size=23)
    variance, df = cr2_variance(as_units(scores, None, None))
    assert variance == pytest.approx(scores.var(ddof=1) / 23, rel=1e-12)
    assert df == pytest.approx(22, rel=1e-12)


def test_cr2_of_one_cluster_has_no_freedom() -> None:
    units = as_units(np.array([0.1, 0.5]), None, np.array([0, 0]))
    assert cr2_variance(units) == (0.0, 0.0)


def test_precision_doubts_one_large_unit() -> None:
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(11), [50, *[2] * 10])
    units = as_units(rng.random(codes.size), None, codes)
    found = precision(units)
    variance, independent = cr2_variance(units)
    assert found.standard_error == pytest.approx(np.sqrt(variance))
    assert found.independent_df == independent
    # Shares 50/70 and ten of 2/70: (Σs²)² / Σs⁴ − 1 = (2540/4900)² / (6250160/24010000) − 1.
    assert found.df == pytest.approx(0.03221, abs=1e-4)
    assert found.df < independent


def test_precision_of_equal_numbers_is_no_error() -> None:
    assert precision(as_units(np.full(9, 0.1), None, None)).standard_error == 0.0
