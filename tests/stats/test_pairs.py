"""Comparing two versions through `compare_pairs` and `win_tie_loss`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from steelyard.core import StatisticsError
from steelyard.stats import (
    Design,
    compare_pairs,
    exact_mcnemar,
    needed_units,
    paired_proportions,
    win_tie_loss,
)

GSM8K = Path(__file__).resolve().parents[2] / "../shared/data/gsm8k/example_model_solutions.jsonl.gz"


@pytest.fixture(scope="module")
def solutions() -> list[dict[str, Any]]:
    if not GSM8K.exists():
        pytest.skip("the recorded GSM8K solutions are not on this machine")
    with gzip.open(GSM8K, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def right(solutions: list[dict[str, Any]], model: str) -> list[float]:
    return [float(row[model]["is_correct"]) for row in solutions]


def test_gsm8k_verification_against_finetuning(solutions: list[dict[str, Any]]) -> None:
    # 1,319 questions, 152 gained and 209 lost: −57 / 1319 = −.0432.
    result = compare_pairs(
        right(solutions, "6b_verification"), right(solutions, "175b_finetuning"), scale="binary"
    )
    assert result.difference == pytest.approx(-57 / 1319)
    assert result.base_value == pytest.approx(0.3904, abs=5e-5)
    assert result.candidate_value == pytest.approx(0.3472, abs=5e-5)
    assert result.interval == pytest.approx((-0.0715, -0.0150), abs=5e-5)
    assert result.p_value == pytest.approx(exact_mcnemar(152, 209))
    assert result.method == "Tango; exact McNemar"
    assert result.gateable
    assert result.interval is not None
    assert result.difference is not None
    assert result.spread is not None
    needed = needed_units(
        result.difference, result.spread, n_units=result.n_clusters, margin=0.02, interval=result.interval
    )
    assert needed.expected == pytest.approx(2640, abs=10)
    assert needed.towards == "FAIL"
    assert needed.expected is not None
    assert needed.high is not None
    assert needed.low < needed.expected < needed.high


@pytest.mark.parametrize("n", [1, 5, 20, 400])
def test_no_discordance_keeps_its_width(n: int) -> None:
    result = compare_pairs(np.ones(n), np.ones(n), scale="binary")
    assert result.difference == 0.0
    assert result.p_value == 1.0
    assert result.interval is not None
    assert result.interval[0] < 0.0 < result.interval[1]
    assert result.minimum_detectable is None or result.minimum_detectable > result.interval[1]


def test_means_get_student_and_sign_flip() -> None:
    rng = np.random.default_rng(1)
    base = rng.random(60)
    candidate = np.clip(base + rng.normal(0.03, 0.1, 60), 0, 1)
    result = compare_pairs(base, candidate, scale="bounded")
    oracle = stats.ttest_rel(candidate, base)
    assert result.interval == pytest.approx(tuple(oracle.confidence_interval(0.95)), abs=1e-9)
    assert result.p_value == pytest.approx(oracle.pvalue, abs=0.02)
    assert result.method == "Student t on differences; sign-flip"
    assert result.spread == pytest.approx(np.std(candidate - base, ddof=1))


def test_minimum_detectable_is_the_formula() -> None:
    base = np.zeros(50)
    candidate = np.random.default_rng(2).normal(size=50)
    result = compare_pairs(base, candidate, scale="unbounded")
    assert result.spread is not None
    factor = stats.t.ppf(0.975, 49) + stats.t.ppf(0.8, 49)
    assert result.minimum_detectable == pytest.approx(factor * result.spread / np.sqrt(50), rel=1e-6)


def test_skewed_differences_get_bootstrap_t() -> None:
    candidate = np.exp(np.random.default_rng(0).normal(0, 1.2, 200))
    result = compare_pairs(np.zeros(200), candidate, scale="unbounded")
    assert result.method == "bootstrap-t on differences; sign-flip"
    assert result.interval is not None
    assert result.difference is not None
    # A right-skewed sample mean errs low more often: the upper arm is the longer one.
    assert result.interval[1] - result.difference > result.difference - result.interval[0]
    again = compare_pairs(np.zeros(200), candidate, scale="unbounded")
    assert again.interval == result.interval


def test_whole_clusters_are_the_units() -> None:
    """Four epochs of the same answer say no more than one."""
    rng = np.random.default_rng(3)
    base, candidate = rng.integers(0, 2, 40).astype(float), rng.integers(0, 2, 40).astype(float)
    single = compare_pairs(base, candidate, scale="binary")
    repeated = compare_pairs(
        np.repeat(base, 4),
        np.repeat(candidate, 4),
        scale="binary",
        design=Design(clusters=[f"case {i}" for i in range(40) for _ in range(4)]),
    )
    assert (repeated.n_pairs, repeated.n_clusters) == (160, 40)
    assert repeated.difference == pytest.approx(single.difference)
    assert repeated.p_value == pytest.approx(single.p_value)
    assert single.interval is not None
    assert repeated.interval == pytest.approx(single.interval, abs=0.01)
    assert "sign-flip by cluster" in repeated.method


def test_clusters_of_one_are_cases() -> None:
    rng = np.random.default_rng(4)
    base, candidate = rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    alone = compare_pairs(base, candidate, scale="binary")
    named = compare_pairs(base, candidate, scale="binary", design=Design(clusters=list(range(60))))
    assert alone.interval is not None
    assert named.interval == pytest.approx(alone.interval, abs=0.01)
    assert named.p_value == pytest.approx(alone.p_value)


def test_clustered_means_use_cluster_totals() -> None:
    # Equal clusters: CR2 with G − 1 degrees of freedom is the t interval of the cluster means.
    rng = np.random.default_rng(5)
    differences = np.repeat(rng.normal(size=12), 5) + rng.normal(0, 0.2, 60)
    result = compare_pairs(
        np.zeros(60),
        differences,
        scale="unbounded",
        design=Design(clusters=np.repeat(np.arange(12), 5).tolist()),
    )
    means = differences.reshape(12, 5).mean(axis=1)
    oracle = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert result.interval == pytest.approx(tuple(oracle), abs=1e-9)
    assert result.method == "CR2 t on differences; sign-flip by cluster"


@pytest.mark.parametrize("scale", ["binary", "bounded"])
def test_under_eight_clusters_is_never_gated(scale: Any) -> None:
    clusters = np.repeat(np.arange(7), 10).tolist()
    scores = np.random.default_rng(6).integers(0, 2, 70)
    result = compare_pairs(scores, 1 - scores, scale=scale, design=Design(clusters=clusters))
    assert not result.gateable
    assert (
        result.note == "Only 7 independent groups: shown, but too few to decide on (at least 8 are needed)."
    )


def test_one_huge_cluster_is_never_gated() -> None:
    clusters = ["big"] * 90 + [f"small {i}" for i in range(10)]
    scores = np.random.default_rng(7).integers(0, 2, 100)
    result = compare_pairs(scores, np.roll(scores, 1), scale="binary", design=Design(clusters=clusters))
    assert not result.gateable
    assert "too uneven" in result.note


def test_equal_weights_change_nothing_and_zero_weights_drop() -> None:
    rng = np.random.default_rng(8)
    base, candidate = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    plain = compare_pairs(base, candidate, scale="binary")
    doubled = compare_pairs(base, candidate, scale="binary", design=Design(weights=np.full(50, 2.0)))
    assert doubled == plain
    weights = np.append(np.ones(50), np.zeros(5))
    padded = compare_pairs(
        np.append(base, np.zeros(5)),
        np.append(candidate, np.ones(5)),
        scale="binary",
        design=Design(weights=weights),
    )
    assert padded == plain


def test_weights_move_the_value_and_widen_the_interval() -> None:
    rng = np.random.default_rng(9)
    base, candidate = rng.integers(0, 2, 200), rng.integers(0, 2, 200)
    weights = rng.choice([1.0, 9.0], 200)
    plain = compare_pairs(base, candidate, scale="binary")
    weighted = compare_pairs(base, candidate, scale="binary", design=Design(weights=weights))
    assert weighted.difference == pytest.approx(np.average(candidate - base, weights=weights))
    assert weighted.interval is not None
    assert plain.interval is not None
    assert weighted.interval[1] - weighted.interval[0] > plain.interval[1] - plain.interval[0]


def test_clustered_without_discordance_counts_each_cluster_once() -> None:
    result = compare_pairs(
        np.ones(80), np.ones(80), scale="binary", design=Design(clusters=np.repeat(np.arange(20), 4).tolist())
    )
    assert result.interval == pytest.approx(paired_proportions(0, 0, 20, df=19), abs=1e-9)


def test_few_changes_of_a_bounded_score_are_not_a_normal_interval() -> None:
    base = np.full(100, 0.5)
    candidate = base.copy()
    candidate[:2] = 0.0
    result = compare_pairs(base, candidate, scale="bounded")
    low, high = stats.ttest_rel(candidate, base).confidence_interval(0.95)
    assert result.interval is not None
    assert result.interval[0] < low
    assert result.interval[1] >= high
    assert result.method.startswith("Tango on differences of one size")


def test_every_difference_equal_is_never_a_point() -> None:
    result = compare_pairs(np.full(30, 0.5), np.full(30, 0.6), scale="bounded")
    assert result.interval is not None
    assert result.interval[0] < 0.1 < result.interval[1]
    unbounded = compare_pairs(np.zeros(30), np.full(30, 0.1), scale="unbounded")
    assert unbounded.interval is None
    assert not unbounded.gateable
    assert "the same" in unbounded.note


def test_an_open_range_counts_as_unbounded() -> None:
    result = compare_pairs(np.zeros(9), np.arange(9.0), scale="bounded", value_range=(0.0, None))
    assert result.interval is not None
    assert result.interval[1] > 4.0


def test_nothing_to_pair() -> None:
    result = compare_pairs([], [], scale="binary")
    assert (result.difference, result.interval, result.p_value, result.gateable) == (None, None, None, False)


def test_one_case_of_an_unbounded_score_has_no_interval() -> None:
    result = compare_pairs([1.0], [3.0], scale="unbounded")
    assert result.difference == 2.0
    assert result.interval is None
    assert not result.gateable


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"base": [0, 1], "candidate": [1], "scale": "binary"}, "cannot be paired"),
        ({"base": [0, 2], "candidate": [1, 1], "scale": "binary"}, "neither 0 nor 1"),
        ({"base": [0, 2], "candidate": [1, 1], "scale": "bounded"}, "leave the declared range"),
        ({"base": [0, np.nan], "candidate": [1, 1], "scale": "bounded"}, "not a finite number"),
        ({"base": [0], "candidate": [1], "scale": "binary", "level": 1.0}, "level"),
        ({"base": [0], "candidate": [1], "scale": "binary", "design": Design(weights=[-1.0])}, "weights"),
        (
            {"base": [0], "candidate": [1], "scale": "binary", "design": Design(clusters=["a", "b"])},
            "clusters",
        ),
    ],
)
def test_unusable_input_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(StatisticsError, match=words):
        compare_pairs(**arguments)


def test_hundred_thousand_pairs_draw_few_numbers() -> None:
    """Not timed: the draws are by level, so the result is there at once and near the normal one."""
    rng = np.random.default_rng(10)
    base, candidate = rng.random(100_000), rng.random(100_000)
    result = compare_pairs(base, candidate, scale="bounded")
    assert result.p_value == pytest.approx(stats.ttest_rel(candidate, base).pvalue, abs=0.02)


def test_win_tie_loss() -> None:
    summary = win_tie_loss([1, 2, 3, 4, 5], [2, 3, 3, 1, 9])
    assert (summary.wins, summary.ties, summary.losses) == (3, 1, 1)
    assert summary.net == pytest.approx(0.4)
    assert summary.interval == paired_proportions(3, 1, 5)
    assert summary.p_value == exact_mcnemar(3, 1)
    with pytest.raises(StatisticsError, match="no case"):
        win_tie_loss([], [])
