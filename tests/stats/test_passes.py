"""pass@k and pass^k."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import Design, PassKind, estimate_mean, estimate_passes, pass_at_k, pass_hat_k, wilson

TAU = Path(__file__).resolve().parents[3] / "shared/data/tau_bench/gpt-4o-airline.json.gz"


@pytest.mark.parametrize("n", [1, 3, 6])
def test_against_all_draws(n: int) -> None:
    for c, k in itertools.product(range(n + 1), range(1, n + 1)):
        outcomes = [1] * c + [0] * (n - c)
        draws = list(itertools.combinations(outcomes, k))
        assert pass_at_k([c], n, k)[0] == pytest.approx(sum(map(any, draws)) / len(draws))
        assert pass_hat_k([c], n, k)[0] == pytest.approx(sum(map(all, draws)) / len(draws))


def test_against_the_published_program() -> None:
    # Chen et al. 2021, figure 3: 1 - np.prod(1 - k / np.arange(n - c + 1, n + 1)).
    expected = 1.0 - np.prod(1.0 - 10 / np.arange(200 - 17 + 1, 200 + 1))
    assert pass_at_k([17], [200], 10)[0] == pytest.approx(expected, rel=1e-12)


def tau_counts() -> list[int]:
    if not TAU.exists():
        pytest.skip("the τ-bench recordings are not on this machine")
    with gzip.open(TAU, "rt", encoding="utf-8") as stream:
        rows = json.load(stream)
    counts: dict[int, int] = {}
    for row in rows:
        counts[row["task_id"]] = counts.get(row["task_id"], 0) + (row["reward"] >= 1)
    return list(counts.values())


def test_tau_bench() -> None:
    # Published: gpt-4o on airline, github.com/sierra-research/tau-bench, README: .420 .273 .220 .200.
    found = estimate_passes(tau_counts(), 4)
    assert [round(found[k].value or 0.0, 4) for k in (1, 2, 3, 4)] == [0.42, 0.2733, 0.22, 0.2]
    assert {result.n_units for result in found.values()} == {50}
    assert found[4].interval == pytest.approx(wilson(10, 50).interval)
    for result in found.values():
        low, high = result.interval or (1.0, 0.0)
        assert low < (result.value or 0.0) < high
        assert 0.15 < high - low < 0.30


def test_first_pass_is_the_clustered_rate() -> None:
    counts = np.random.default_rng(0).binomial(4, 0.6, 30)
    outcomes = [1.0 if trial < count else 0.0 for count in counts.tolist() for trial in range(4)]
    clusters = np.repeat(np.arange(30), 4).tolist()
    expected = estimate_mean(outcomes, scale="binary", design=Design(clusters=clusters))
    kinds: tuple[PassKind, ...] = ("pass@k", "pass^k")
    for kind in kinds:
        assert estimate_passes(counts, 4, kind=kind)[1] == expected


def test_cases_in_groups_are_no_further_units() -> None:
    once = np.random.default_rng(1).binomial(4, 0.6, 40)
    labels = np.repeat(np.arange(40), 3).tolist()
    single = estimate_passes(once, 4)
    joined = estimate_passes(np.repeat(once, 3), 4, design=Design(clusters=labels))
    for k, result in joined.items():
        assert result.n_units == 40
        assert result.value == pytest.approx(single[k].value)
        assert result.interval == pytest.approx(single[k].interval, abs=0.02)


@pytest.mark.parametrize("kind", ["pass@k", "pass^k"])
def test_under_eight_cases_or_groups_no_k_decides(kind: PassKind) -> None:
    groups = Design(clusters=[f"g{case % 7}" for case in range(40)])
    few = estimate_passes([0, 4, 2, 4, 4, 1, 3], 4, kind=kind)
    grouped = estimate_passes([case % 5 for case in range(40)], 4, kind=kind, design=groups)
    for result in (*few.values(), *grouped.values()):
        assert not result.gateable
        assert result.interval is not None
        assert "too few to decide on" in result.note
    enough = estimate_passes([0, 4, 2, 4, 4, 1, 3, 2], 4, kind=kind)
    assert all(result.gateable for result in enough.values())


def test_weights_of_cases_count_in_every_k() -> None:
    found = estimate_passes([4, 0], 4, design=Design(weights=[3.0, 1.0]))
    assert [result.value for result in found.values()] == pytest.approx([0.75] * 4)
    with pytest.raises(StatisticsError, match="2 scores came with 1 clusters"):
        estimate_passes([4, 0], 4, design=Design(clusters=["a"]))


def test_unequal_trials_stop_at_the_fewest() -> None:
    found = estimate_passes([2, 1, 3] * 5, [4, 2, 3] * 5, kind="pass@k")
    assert list(found) == [1, 2]
    assert found[1].value == pytest.approx((2 / 4 + 1 / 2 + 3 / 3) / 3)


def test_nothing_gives_nothing() -> None:
    assert estimate_passes([], 4) == {}


@pytest.mark.parametrize(
    ("successes", "trials", "k", "message"),
    [([5], 4, 1, "more than trials"), ([-1], 4, 1, "fewer than 0"), ([1], 4, 5, "k must lie between 1 and"),
     ([1], 4, 0, "k must lie between 1 and"), ([0.5], 4, 1, "whole numbers")],
)  # fmt: skip
def test_impossible_counts(successes: list[float], trials: int, k: int, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        pass_at_k(successes, trials, k)
