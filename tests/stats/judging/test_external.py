from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize
from scipy import stats as scipy_stats

from steelyard.core import StatisticsError
from steelyard.stats import Calibration, correct_from_calibration

KNOWN = Calibration(true_positives=95, positives=100, true_negatives=60, negatives=100)


def test_the_value_is_rogan_and_gladens() -> None:
    found = correct_from_calibration(850, 1000, calibration=KNOWN)
    # (.85 + .60 − 1) / (.95 + .60 − 1)
    assert found.corrected.value == pytest.approx(0.45 / 0.55)
    assert found.informedness == pytest.approx(0.55)


def test_the_limits_are_where_the_fitted_score_test_rejects() -> None:
    found = correct_from_calibration(850, 1000, calibration=KNOWN).corrected
    assert found.interval is not None
    for limit in found.interval:
        # scipy fits the nuisance rates under the limit by constrained maximum likelihood.
        def against(rates: np.ndarray, theta: float = limit) -> float:
            se, sp = rates
            q = theta * se + (1 - theta) * (1 - sp)
            return -float(
                scipy_stats.binom.logpmf(850, 1000, q)
                + scipy_stats.binom.logpmf(95, 100, se)
                + scipy_stats.binom.logpmf(60, 100, sp)
            )

        fit = optimize.minimize(
            against, [0.94, 0.6], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11}
        )
        se, sp = fit.x
        q = limit * se + (1 - limit) * (1 - sp)
        error = np.sqrt(
            q * (1 - q) / 1000 + limit**2 * se * (1 - se) / 100 + (1 - limit) ** 2 * sp * (1 - sp) / 100
        )
        score = (0.85 - limit * 0.95 - (1 - limit) * 0.4) / error
        assert abs(score) == pytest.approx(1.96, abs=0.02)


def test_a_judge_no_better_than_chance_is_refused_in_words() -> None:
    weak = Calibration(true_positives=15, positives=20, true_negatives=8, negatives=20)
    found = correct_from_calibration(850, 1000, calibration=weak)
    assert found.corrected.value is None
    assert "cannot tell this judge from chance" in found.corrected.note
    assert found.informedness_interval[0] < 0 < found.informedness_interval[1]


def test_a_flawless_calibration_still_has_an_interval() -> None:
    flawless = Calibration(true_positives=50, positives=50, true_negatives=50, negatives=50)
    found = correct_from_calibration(100, 100, calibration=flawless).corrected
    assert found.value == 1.0
    assert found.interval is not None
    assert 0.9 < found.interval[0] < 0.999
    assert found.interval[1] == 1.0


def test_coverage_in_short() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(100):
        calibration = Calibration(
            true_positives=int(rng.binomial(60, 0.95)),
            positives=60,
            true_negatives=int(rng.binomial(60, 0.7)),
            negatives=60,
        )
        seen = int(rng.binomial(500, 0.9 * 0.95 + 0.1 * 0.3))
        low, high = correct_from_calibration(seen, 500, calibration=calibration).corrected.interval or (
            1.0,
            0.0,
        )
        held += low <= 0.9 <= high
    # 95 % less three standard errors
    assert held / 100 >= 0.88


def test_impossible_counts() -> None:
    with pytest.raises(StatisticsError, match="truly positive and truly negative"):
        correct_from_calibration(
            1, 2, calibration=Calibration(true_positives=3, positives=2, true_negatives=1, negatives=1)
        )
