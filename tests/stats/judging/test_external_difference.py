from __future__ import annotations

import numpy as np
import pytest

from steelyard.stats import compare_pairs
from steelyard.stats.judging import Calibration, correct_difference_from_calibration

GOOD = Calibration(true_positives=90, positives=100, true_negatives=80, negatives=100)


def test_the_difference_is_divided_by_what_the_judge_can_tell() -> None:
    base = np.repeat([1.0, 0.0], [70, 30])
    candidate = np.repeat([1.0, 0.0], [56, 44])
    found = correct_difference_from_calibration(compare_pairs(base, candidate, scale="binary"), GOOD)
    assert found is not None
    assert found.difference == pytest.approx(-0.14 / 0.7)  # sensitivity + specificity − 1 = .7
    assert found.interval is not None
    assert found.interval[0] < -0.2 < found.interval[1] < 0.0


def test_no_difference_stays_none_whatever_the_judge() -> None:
    scores = np.repeat([1.0, 0.0], [70, 30])
    shuffled = np.roll(scores, 7)
    found = correct_difference_from_calibration(compare_pairs(scores, shuffled, scale="binary"), GOOD)
    assert found is not None
    assert found.difference == 0.0
    assert found.interval is not None
    assert found.interval[0] < 0.0 < found.interval[1]


def test_a_judge_no_better_than_chance_corrects_nothing() -> None:
    coin = Calibration(true_positives=10, positives=20, true_negatives=11, negatives=20)
    judged = compare_pairs([1.0, 0.0] * 50, [0.0, 0.0] * 50, scale="binary")
    assert correct_difference_from_calibration(judged, coin) is None


def test_its_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(11)
    hits, repetitions = 0, 200
    for _ in range(repetitions):
        truth = rng.random((2, 400)) < np.array([[0.7], [0.6]])
        said = np.where(truth, rng.random(truth.shape) < 0.9, rng.random(truth.shape) >= 0.8).astype(float)
        known = rng.random(150) < 0.65
        heard = np.where(known, rng.random(150) < 0.9, rng.random(150) >= 0.8)
        errors = Calibration(
            true_positives=int((heard & known).sum()),
            positives=int(known.sum()),
            true_negatives=int((~heard & ~known).sum()),
            negatives=int((~known).sum()),
        )
        found = correct_difference_from_calibration(compare_pairs(*said, scale="binary"), errors)
        assert found is not None
        assert found.interval is not None
        hits += found.interval[0] <= -0.1 <= found.interval[1]
    assert hits / repetitions >= 0.91  # 95 % less 2.6 standard errors
