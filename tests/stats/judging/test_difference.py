from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import (
    CorrectedDifference,
    PairedLabels,
    compare_pairs,
    correct_mean_difference,
    correct_rate_difference,
)


def versions(*, accuracy: float, n: int = 100, drop: float = 0.1, seed: int = 2) -> CorrectedDifference:
    rng = np.random.default_rng(seed)
    base = rng.random(3000) < 0.8
    candidate = base & (rng.random(3000) >= drop / 0.8)
    judged = [np.where(rng.random(3000) < accuracy, truth, ~truth) * 1.0 for truth in (base, candidate)]
    items = rng.choice(3000, n, replace=False)
    labels = PairedLabels(items=items, base=base[items] * 1.0, candidate=candidate[items] * 1.0)
    return correct_rate_difference(*judged, labels=labels)


def test_the_corrected_difference_is_narrower_and_sees_the_drop() -> None:
    found = versions(accuracy=0.97, n=200)
    assert found.corrected.interval is not None
    assert found.human_only.interval is not None
    low, high = found.corrected.interval
    assert low <= -0.1 <= high < 0
    assert high - low < 0.85 * (found.human_only.interval[1] - found.human_only.interval[0])
    assert found.corrected.p_value is not None
    assert found.corrected.p_value < 0.01
    assert found.labels_saved is not None
    assert found.labels_saved > 60


def test_the_value_is_post_stratified_by_the_pair_of_verdicts() -> None:
    before, after = np.repeat([1.0, 1.0, 0.0], [70, 20, 10]), np.repeat([1.0, 0.0, 0.0], [70, 20, 10])
    items = [*range(20), *range(70, 80), *range(90, 100)]
    labels = PairedLabels(items=items, base=[1.0] * 30 + [0.0] * 10, candidate=[1.0] * 22 + [0.0] * 18)
    found = correct_rate_difference(before, after, labels=labels)
    # 1→1: no change in 20; 1→0: 8 of 10 lost; 0→0: none
    assert found.corrected.difference == pytest.approx(-0.2 * 0.8)
    assert [(part.verdict, part.labels) for part in found.strata] == [("0→0", 10), ("1→0", 10), ("1→1", 20)]
    assert found.judge_only.difference == pytest.approx(-0.2)
    assert not found.judge_only.gateable


def test_human_only_is_the_plain_comparison() -> None:
    rng = np.random.default_rng(0)
    old, new = rng.random(40) < 0.7, rng.random(40) < 0.8
    labels = PairedLabels(items=list(range(40)), base=old * 1.0, candidate=new * 1.0)
    found = correct_rate_difference(np.ones(80), np.ones(80), labels=labels)
    assert found.human_only == compare_pairs(old * 1.0, new * 1.0, scale="binary")


def test_a_gate_can_plan_from_it() -> None:
    found = versions(accuracy=0.9).corrected
    assert found.gateable
    assert found.spread is not None
    assert found.minimum_detectable is not None
    assert 0.02 < found.minimum_detectable < 0.3
    assert found.n_pairs == 100


def test_graded_differences() -> None:
    rng = np.random.default_rng(5)
    base = rng.random(1000)
    gain = 0.05 + 0.1 * rng.standard_normal(1000)
    judged = base + 0.2, base + 0.2 + gain + 0.03 * rng.standard_normal(1000)
    items = rng.choice(1000, 120, replace=False)
    labels = PairedLabels(items=items, base=base[items], candidate=(base + gain)[items])
    found = correct_mean_difference(*judged, labels=labels)
    assert found.judge_weight == pytest.approx(1.0, abs=0.15)
    assert found.corrected.interval is not None
    assert found.corrected.interval[0] <= gain.mean() <= found.corrected.interval[1]
    assert found.corrected.p_value is not None
    assert found.corrected.p_value < 1e-6
    few = PairedLabels(items=items[:50], base=base[items[:50]], candidate=base[items[:50]] + 0.1)
    assert "not enough labels" in correct_mean_difference(*judged, labels=few).corrected.note.lower()


def test_what_cannot_be_paired() -> None:
    labels = PairedLabels(items=[0], base=[1.0], candidate=[1.0, 0.0])
    with pytest.raises(StatisticsError, match="cannot be paired with 2"):
        correct_rate_difference([1.0], [1.0], labels=labels)
    with pytest.raises(StatisticsError, match="1 baseline verdicts"):
        correct_rate_difference([1.0], [1.0, 0.0], labels=labels)
