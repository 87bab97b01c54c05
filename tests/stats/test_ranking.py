"""Rank sets and the quality-cost-latency frontier."""

from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import Design, pareto_frontier, rank_runs


def test_clear_order_is_found() -> None:
    rng = np.random.default_rng(1)
    table = np.stack([(rng.random(500) < rate) for rate in (0.2, 0.8, 0.5)]).astype(float)
    ranks = [(run.rank_low, run.rank_high) for run in rank_runs(table)]
    assert ranks == [(3, 3), (1, 1), (2, 2)]
    turned = [(run.rank_low, run.rank_high) for run in rank_runs(table, higher_is_better=False)]
    assert turned == [(1, 1), (3, 3), (2, 2)]


def test_equal_runs_stay_open() -> None:
    table = np.repeat(np.random.default_rng(2).integers(0, 2, (1, 80)), 3, axis=0)
    assert {(run.rank_low, run.rank_high) for run in rank_runs(table)} == {(1, 3)}
    (alone,) = rank_runs([[0.0, 1.0, 1.0]])
    assert (alone.rank_low, alone.rank_high) == (1, 1)


def test_clusters_open_what_repeats_had_closed() -> None:
    rng = np.random.default_rng(3)
    cases = np.stack([rng.random(12) < 0.4, rng.random(12) < 0.7]).astype(float)
    table = np.repeat(cases, 20, axis=1)
    clusters = np.repeat(np.arange(12), 20).tolist()
    assert {(run.rank_low, run.rank_high) for run in rank_runs(table, design=Design(clusters=clusters))} == {
        (1, 2)
    }


def test_too_few_units_rank_nothing() -> None:
    table = [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    assert {(run.rank_low, run.rank_high) for run in rank_runs(table)} == {(1, 2)}


def test_values_follow_weights() -> None:
    first, _ = rank_runs([[1.0, 0.0], [0.0, 0.0]], design=Design(weights=np.array([3.0, 1.0])))
    assert first.value == pytest.approx(0.75)


def test_simultaneous_ranks_hold_their_level() -> None:
    """Six equal runs: any closed rank is an error, allowed in 5 % of samples (± noise)."""
    rng = np.random.default_rng(4)
    wrong = 0
    for seed in range(120):
        ability = rng.random(60)
        table = (rng.random((6, 60)) < ability).astype(float)
        wrong += any(run.rank_low > 1 or run.rank_high < 6 for run in rank_runs(table, seed=seed))
    assert wrong / 120 <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 120)


def test_bad_tables_are_refused() -> None:
    with pytest.raises(StatisticsError, match="finite table"):
        rank_runs([[1.0, float("nan")]])


def test_frontier() -> None:
    # The third run costs more than the second for the same quality; the last has no quality.
    assert pareto_frontier([0.5, 0.6, 0.6, None], [1, 2, 3, 0], [1, 1, 1, 0]) == (True, True, False, False)


def test_frontier_compares_only_what_both_know() -> None:
    assert pareto_frontier([0.5, 0.6], [None, 2.0], [1.0, 1.0]) == (False, True)
    assert pareto_frontier([0.5, 0.6], [1.0, None], [0.5, 1.0]) == (True, True)
    assert pareto_frontier([0.5, 0.5], [1.0, 1.0], [1.0, 1.0]) == (True, True)
    with pytest.raises(StatisticsError, match="each run"):
        pareto_frontier([0.5], [], [])
