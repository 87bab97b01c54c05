from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from steelyard.stats import Labels, correct_mean

Floats = NDArray[np.float64]


def sample(shared: float, *, n: int = 150, items: int = 1500, seed: int = 4) -> tuple[Floats, Labels, Floats]:
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal(items)
    judge = shared * truth + np.sqrt(1 - shared**2) * rng.standard_normal(items) + 0.5
    drawn = rng.choice(items, n, replace=False)
    return judge, Labels(items=drawn, values=truth[drawn]), truth


def test_value_and_weight_are_those_of_the_regression_estimator() -> None:
    judge, labels, _ = sample(0.8)
    found = correct_mean(judge, labels)
    y, f = np.asarray(labels.values), judge[np.asarray(labels.items)]
    # The power-tuned weight of a subset of the judged items is the regression coefficient.
    slope = np.cov(y, f, bias=True)[0, 1] / np.var(f)
    assert found.judge_weight == pytest.approx(slope)
    assert found.corrected.value == pytest.approx(y.mean() + slope * (judge.mean() - f.mean()))
    assert found.labels_saved is not None
    assert found.labels_saved > 100


def test_the_error_is_the_textbook_one() -> None:
    judge, labels, _ = sample(0.8)
    found = correct_mean(judge, labels)
    y, f = np.asarray(labels.values), judge[np.asarray(labels.items)]
    weight = found.judge_weight or 0.0
    # Var(residual) (1/n − 1/N) + Var(Y) / N
    variance = np.var(y - weight * f, ddof=1) * (1 / 150 - 1 / 1500) + np.var(y, ddof=1) / 1500
    interval = found.corrected.interval
    assert interval is not None
    assert interval[1] - interval[0] == pytest.approx(2 * 1.97 * np.sqrt(variance), rel=0.1)


@pytest.mark.parametrize("shared", [0.0, -0.8])
def test_a_useless_or_opposed_judge_changes_nothing(shared: float) -> None:
    judge, labels, _ = sample(shared, seed=7)
    found = correct_mean(judge, labels)
    assert found.judge_weight == pytest.approx(0.0, abs=0.1)
    assert found.corrected.value == pytest.approx(found.human_only.value, abs=0.02)


def test_unequal_inclusion_is_weighed_back() -> None:
    rng = np.random.default_rng(3)
    truth = rng.standard_normal(5000)
    judge = 0.7 * truth + 0.5 * rng.standard_normal(5000)
    chance = np.clip(0.1 + 0.1 * judge, 0.05, 0.5)
    drawn = np.flatnonzero(rng.random(5000) < chance)
    naive = correct_mean(judge, Labels(items=drawn, values=truth[drawn])).human_only.interval
    found = correct_mean(judge, Labels(items=drawn, values=truth[drawn], inclusion=chance[drawn])).corrected
    assert naive is not None
    assert naive[0] > 0.2
    assert found.interval is not None
    assert found.interval[0] <= truth.mean() <= found.interval[1]


def test_clusters_widen_the_interval() -> None:
    judge, labels, _ = sample(0.5)
    order = np.argsort(judge)
    groups = np.empty(1500, np.int64)
    groups[order] = np.arange(1500) // 10
    alone = correct_mean(judge, labels).corrected
    grouped = correct_mean(judge, labels, clusters=groups.tolist()).corrected
    assert "not enough labels" in grouped.note or grouped.n_units < alone.n_units


def test_under_a_hundred_labels_the_judge_is_left_out() -> None:
    judge, labels, _ = sample(0.9, n=99)
    found = correct_mean(judge, labels)
    assert found.judge_weight == 0.0
    assert found.corrected.interval == found.human_only.interval
    assert "99 of the 100 needed" in found.corrected.note


def test_labels_without_variation_have_no_interval() -> None:
    found = correct_mean(np.linspace(0, 1, 400), Labels(items=list(range(100)), values=np.ones(100)))
    assert found.corrected.interval is None
    assert "do not vary" in found.corrected.note
    assert not found.corrected.gateable
    assert found.correlation is None
