from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from steelyard.core import StatisticsError
from steelyard.stats import length_bias, longer_preferred, position_bias


def test_the_slope_is_per_doubling() -> None:
    rng = np.random.default_rng(1)
    lengths = 2.0 ** rng.uniform(4, 10, 300)
    expert = rng.normal(3, 1, 300)
    judge = expert + 0.2 * np.log2(lengths) + rng.normal(0, 0.5, 300)
    found = length_bias(judge, expert, lengths)
    # statsmodels, HC3: the delete-one jackknife up to (n − 1) / n
    fit = sm.OLS(judge - expert, sm.add_constant(np.log2(lengths))).fit(cov_type="HC3")
    assert found.value == pytest.approx(float(fit.params[1]))
    assert found.interval is not None
    assert (found.interval[1] - found.interval[0]) / 2 == pytest.approx(1.968 * float(fit.bse[1]), rel=0.01)
    assert found.interval[0] <= 0.2 <= found.interval[1]


def test_dependent_answers_count_less() -> None:
    rng = np.random.default_rng(1)
    lengths = np.repeat(2.0 ** rng.uniform(4, 10, 20), 10)
    shared = np.repeat(rng.normal(0, 1, 20), 10)
    alone = length_bias(shared, np.zeros(200), lengths).interval
    grouped = length_bias(shared, np.zeros(200), lengths, clusters=(np.arange(200) // 10).tolist()).interval
    assert alone is not None
    assert grouped is not None
    assert grouped[1] - grouped[0] > 2 * (alone[1] - alone[0])


def test_one_length_says_nothing() -> None:
    found = length_bias([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], [5, 5, 5])
    assert found.value is None
    assert "same length" in found.note
    with pytest.raises(StatisticsError, match="above 0"):
        length_bias([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], [5, 5, 0])
    with pytest.raises(StatisticsError, match="2 independent answers"):
        length_bias([1.0, 2.0], [1.0, 1.0], [5, 6])


def test_the_longer_answer_is_preferred() -> None:
    # The longer one won 3 times, lost once, tied once; equal lengths are left out.
    found = longer_preferred([1, 0, 1, 0, 0.5, 1], [10, -5, 3, 4, 2, 0])
    assert found.value == pytest.approx(3.5 / 5)
    assert found.n == 5
    assert longer_preferred([1.0], [0.0]).value is None


def test_position_bias_counts_flips_and_first_places() -> None:
    # A, A flips none; 1 then 0: the first shown won twice; .5 then 1: the second order chose A, shown second
    found = position_bias([1, 1, 0, 0.5], [1, 0, 0, 1])
    assert found.flipped.value == pytest.approx(2 / 4)
    # first shown won: (1 + 0)/2, (1 + 1)/2, (0 + 1)/2, (.5 + 0)/2
    assert found.first_preferred.value == pytest.approx((0.5 + 1 + 0.5 + 0.25) / 4)
    with pytest.raises(StatisticsError, match="none of 1"):
        position_bias([0.3], [1])
