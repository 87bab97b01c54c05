from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import Design, Labels, calibration_curve, judge_quality, wilson


def test_rates_are_those_of_the_two_by_two_table() -> None:
    # 40 true positives, 10 false negatives, 5 false positives, 45 true negatives
    judge = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0], [40, 10, 5, 45, 200])
    truth = np.repeat([1.0, 1.0, 0.0, 0.0], [40, 10, 5, 45])
    found = judge_quality(judge, Labels(items=list(range(100)), values=truth))
    assert found.sensitivity.interval == wilson(40, 50).interval
    assert found.specificity.value == pytest.approx(45 / 50)
    assert found.positive_predictive.interval == wilson(40, 45).interval
    assert found.negative_predictive.value == pytest.approx(45 / 55)
    assert found.accuracy.value == pytest.approx(0.85)


def test_unequal_inclusion_is_weighed_back() -> None:
    # Positives called positive drawn with 1/10, called negative with 1: sensitivity 400 / 440
    judge = np.repeat([1.0, 0.0], [400, 40])
    items = [*range(40), *range(400, 440)]
    labels = Labels(items=items, values=np.ones(80), inclusion=[0.1] * 40 + [1.0] * 40)
    found = judge_quality(judge, labels).sensitivity
    assert found.value == pytest.approx(400 / 440)
    assert found.method == "Wilson, effective n"


def test_a_rate_of_nothing_says_so() -> None:
    found = judge_quality([1.0, 1.0], Labels(items=[0, 1], values=[1, 1]))
    assert found.specificity.value is None
    assert found.specificity.note == "no labelled item is truly negative"
    assert found.negative_predictive.note == "no labelled item is called negative"


def test_a_calibrated_judge_has_less_error_than_is_usually_printed() -> None:
    rng = np.random.default_rng(1)
    stated = rng.random(400)
    found = calibration_curve(stated, (rng.random(400) < stated) * 1.0)
    assert len(found.bins) == 10
    assert found.plain_error > 0.02
    assert found.error < 0.75 * found.plain_error
    assert sum(part.observed.n for part in found.bins) == 400


def test_an_overconfident_judge_is_seen() -> None:
    rng = np.random.default_rng(2)
    stated = np.where(rng.random(2000) < 0.5, 0.95, 0.05)
    found = calibration_curve(stated, (rng.random(2000) < 0.5 + 0.5 * (stated - 0.5)) * 1.0)
    # Two distinct chances: two bins, each off by .225
    assert [part.stated for part in found.bins] == pytest.approx([0.05, 0.95])
    assert found.error == pytest.approx(0.225, abs=0.03)
    assert found.bins[1].observed.interval is not None
    assert found.bins[1].observed.interval[1] < 0.95


def test_clusters_and_weights_reach_the_bins() -> None:
    chances, labels = [0.2] * 20 + [0.8] * 20, ([1.0] + [0.0] * 4) * 4 + ([0.0] + [1.0] * 4) * 4
    plain = calibration_curve(chances, labels, bins=2)
    grouped = calibration_curve(chances, labels, bins=2, design=Design(clusters=[i // 5 for i in range(40)]))
    assert grouped.bins[0].observed.n_units == 4
    assert plain.error == pytest.approx(0.0, abs=1e-9)


def test_chances_that_are_none() -> None:
    with pytest.raises(StatisticsError, match="not between 0 and 1"):
        calibration_curve([1.2], [1.0])
    with pytest.raises(StatisticsError, match="make no curve"):
        calibration_curve([], [])
