"""The door to single means: which interval is picked, and the laws every result obeys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from steelyard.core import Scale, StatisticsError
from steelyard.stats import Design, MeanResult, estimate_mean, student_t, wilson


def fours(n: int) -> list[int]:
    """Labels of clusters of four."""
    return [i // 4 for i in range(n)]


def width(result: MeanResult) -> float:
    low, high = result.interval or (math.nan, math.nan)
    return high - low


def test_a_rate_gets_wilson() -> None:
    result = estimate_mean([1] * 19 + [0], scale="binary")
    assert (result.value, result.method, result.n, result.effective_n) == (0.95, "Wilson", 20, 20.0)
    assert result.interval == wilson(19, 20).interval
    assert result.gateable


def test_a_plain_mean_gets_student() -> None:
    scores = np.random.default_rng(0).random(40)
    result = estimate_mean(scores, scale="bounded")
    assert result.method == "Student t"
    assert result.interval == pytest.approx(student_t(scores))
    assert result.effective_n == 40


def test_a_bounded_score_of_zeros_and_ones_is_a_rate() -> None:
    scores = [0.0, 10.0, 10.0, 10.0, 10.0, 0.0]
    result = estimate_mean(scores, scale="bounded", value_range=(0.0, 10.0))
    low, high = wilson(4, 6).interval or (0, 0)
    assert result.method == "Wilson"
    assert result.interval == pytest.approx((10 * low, 10 * high))


@pytest.mark.parametrize("scale", ["binary", "bounded"])
def test_clusters_of_one_change_nothing(scale: Scale) -> None:
    rng = np.random.default_rng(1)
    scores = np.round(rng.random(60)) if scale == "binary" else rng.random(60)
    plain = estimate_mean(scores, scale=scale)
    assert estimate_mean(scores, scale=scale, design=Design(clusters=list(range(60)))) == plain
    assert estimate_mean(scores, scale=scale, design=Design(weights=np.full(60, 3.0))) == plain


def test_repeated_outcomes_are_not_new_cases() -> None:
    once = np.array([1.0] * 14 + [0.0] * 6)
    result = estimate_mean(np.repeat(once, 4), scale="binary", design=Design(clusters=fours(80)))
    assert result.method == "Wilson, effective n"
    assert result.n == 80
    assert result.n_units == 20
    assert result.effective_n == pytest.approx(20, rel=0.15)
    assert width(result) >= width(estimate_mean(once, scale="binary")) * 0.99


def test_independent_outcomes_in_clusters_count_nearly_in_full() -> None:
    scores = (np.random.default_rng(2).random(4000) < 0.7).astype(float)
    result = estimate_mean(scores, scale="binary", design=Design(clusters=fours(4000)))
    assert result.effective_n == pytest.approx(4000, rel=0.1)


def test_all_equal_in_clusters_rests_on_the_clusters() -> None:
    for scale in ("binary", "bounded"):
        result = estimate_mean(np.ones(48), scale=scale, design=Design(clusters=fours(48)))
        assert result.effective_n == 12
        assert result.interval == wilson(12, 12).interval


def test_no_spread_uses_the_range_or_has_no_interval() -> None:
    bounded = estimate_mean([0.4] * 30, scale="bounded")
    assert bounded.method == "Wilson on the rescaled mean"
    assert bounded.interval == pytest.approx(wilson(12, 30).interval)
    assert "all scores are equal" in bounded.note
    unbounded = estimate_mean([0.4] * 30, scale="unbounded", value_range=(0.0, None))
    assert unbounded.value == pytest.approx(0.4)
    assert (unbounded.interval, unbounded.gateable) == (None, False)
    assert "unknown" in unbounded.note


def test_one_case_and_none() -> None:
    assert estimate_mean([1.0], scale="binary").interval == wilson(1, 1).interval
    assert "only one case" in estimate_mean([0.3], scale="bounded").note
    assert estimate_mean([0.3], scale="unbounded", value_range=(None, None)).interval is None
    for scale in ("binary", "bounded", "unbounded"):
        empty = estimate_mean([], scale=scale)
        assert (empty.value, empty.interval, empty.n, empty.note) == (None, None, 0, "nothing was scored")
        assert not empty.gateable
    assert estimate_mean([0.4], scale="bounded", design=Design(weights=[0.0])).value is None


@pytest.mark.parametrize("groups", [1, 2, 7])
def test_under_8_clusters_is_shown_but_not_gated(groups: int) -> None:
    labels = [f"doc {i % groups}" for i in range(10 * groups)]
    scores = np.random.default_rng(groups).random(10 * groups)
    scales: tuple[Scale, ...] = ("bounded", "binary")
    for scale in scales:
        values = np.round(scores) if scale == "binary" else scores
        result = estimate_mean(values, scale=scale, design=Design(clusters=labels))
        assert result.interval is not None
        assert not result.gateable
        assert "too few to decide on" in result.note


def test_one_heavy_cluster_is_not_gated() -> None:
    labels = ["heavy"] * 500 + [f"light {i}" for i in range(20)]
    result = estimate_mean(
        np.random.default_rng(0).random(520), scale="bounded", design=Design(clusters=labels)
    )
    assert not result.gateable
    assert "heavy" in result.note


def test_skewed_scores_get_the_studentised_bootstrap() -> None:
    costs = np.random.default_rng(3).lognormal(0.0, 1.2, 80)
    result = estimate_mean(costs, scale="unbounded", value_range=(0.0, None))
    assert result.method == "bootstrap-t"
    assert "may be too narrow" in result.note
    more = estimate_mean(
        np.tile(costs, 3),
        scale="unbounded",
        value_range=(0.0, None),
        design=Design(clusters=[*range(80)] * 3),
    )
    assert more.method == "cluster bootstrap-t"
    assert more.value == pytest.approx(result.value)
    many = np.random.default_rng(3).gamma(2.0, size=50_000)
    assert estimate_mean(many, scale="unbounded", value_range=(0.0, None)).method == "Student t"


def test_the_seed_settles_the_bootstrap() -> None:
    costs = np.random.default_rng(3).lognormal(0.0, 1.2, 80)
    first, again, other = (
        estimate_mean(costs, scale="unbounded", value_range=(0, None), seed=s) for s in (1, 1, 2)
    )
    assert first == again
    assert first.interval != other.interval


def test_weights() -> None:
    scores, weights = np.array([1.0] * 30 + [0.0] * 10), np.array([1.0] * 30 + [3.0] * 10)
    result = estimate_mean(scores, scale="binary", design=Design(weights=weights))
    assert result.value == 0.5
    # Kish's effective n is 60² / (30 + 90) = 30; the spread of heavy cases lowers or raises it a little.
    assert result.effective_n == pytest.approx(30, rel=0.2)
    assert estimate_mean(
        np.ones(40), scale="binary", design=Design(weights=weights)
    ).effective_n == pytest.approx(30)
    doubled = estimate_mean(scores, scale="binary", design=Design(weights=weights * 2))
    assert doubled.interval == pytest.approx(result.interval)
    dropped = estimate_mean([*scores, 0.0], scale="binary", design=Design(weights=[*weights, 0.0]))
    assert dropped == result


def test_a_felt_skew_is_resampled_whatever_the_size() -> None:
    costs = np.random.default_rng(5).lognormal(0.0, 2.0, 20_000)
    result = estimate_mean(costs, scale="unbounded", value_range=(0.0, None))
    assert (result.method, result.note) == ("bootstrap-t", "")


@settings(max_examples=80, deadline=None)
@given(
    scores=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40),
    groups=st.integers(0, 12),
    weighted=st.booleans(),
    binary=st.booleans(),
    extra=st.one_of(st.none(), st.integers(0, 30)),
)
def test_laws(*, scores: list[float], groups: int, weighted: bool, binary: bool, extra: int | None) -> None:
    values = [float(round(score)) for score in scores] if binary else scores
    clusters = [i % groups for i in range(len(values))] if groups else None
    weights = [1.0 + i % 3 for i in range(len(values))] if weighted else None
    units = min(groups, len(values)) if groups else len(values)
    result = estimate_mean(
        values,
        scale="binary" if binary else "bounded",
        design=Design(clusters=clusters, weights=weights),
        population=None if extra is None else units + extra,
    )
    assert result.value == pytest.approx(np.average(values, weights=weights), abs=1e-12)
    if result.interval is None:
        assert result.note
        assert not result.gateable
        return
    low, high = result.interval
    assert result.value is not None
    assert 0.0 <= low <= result.value <= high <= 1.0
    assert low < high or result.method == "census" or extra is not None
    assert result.n_units == units


BAD: list[tuple[ArrayLike, dict[str, object], str]] = [
    ([0.5], {"scale": "binary"}, "neither 0 nor 1"),
    ([math.nan, 1.0], {"scale": "bounded"}, "not finite"),
    ([1.5], {"scale": "bounded"}, "leave the declared range"),
    (
        [-1.0],
        {"scale": "unbounded", "value_range": (0.0, None)},
        r"leave the declared range \(0 to no limit\)",
    ),
    ([[1.0]], {"scale": "bounded"}, "flat list"),
    ([1.0, 0.0], {"scale": "binary", "design": Design(clusters=["a"])}, "2 scores came with 1 clusters"),
    ([1.0, 0.0], {"scale": "binary", "design": Design(weights=[1.0])}, "2 scores came with 1 weights"),
    ([1.0, 0.0], {"scale": "binary", "design": Design(weights=[1.0, -1.0])}, "is below 0"),
    ([1.0, 0.0], {"scale": "binary", "level": 95}, "between 0 and 1"),
    ([1.0, 0.0], {"scale": "binary", "population": 1}, "2 cases were scored"),
]


@pytest.mark.parametrize(("values", "options", "message"), BAD)
def test_bad_input(values: ArrayLike, options: dict[str, object], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        estimate_mean(values, **options)  # type: ignore[arg-type]
