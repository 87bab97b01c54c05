"""Pairing of two score tables, below the comparisons that are built on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from steelyard.gates._pairing import pair_tables
from steelyard.metrics import make_metric
from steelyard.runs import STATE_SCORED, ScoreTable


def table(values: Sequence[float], metric: str = "recorded:reward") -> ScoreTable:
    count = len(values)
    return ScoreTable(
        metric=make_metric(metric).spec,
        case_ids=[f"c{row}" for row in range(count)],
        case_hashes=["same"] * count,
        epochs=np.ones(count, np.int64),
        clusters=[f"c{row}" for row in range(count)],
        weights=np.ones(count),
        slices=[{}] * count,
        splits=["open"] * count,
        states=np.full(count, STATE_SCORED, np.int8),
        values=np.array(values, np.float64),
        extracted=np.ones(count, np.bool_),
        output_hashes=[f"{value}" for value in values],
    )


def test_recorded_scores_of_zero_and_one_are_shares_as_in_the_run() -> None:
    metric = pair_tables(table([0, 1, 1]), table([1, 1, 0])).metric
    assert (metric.scale, metric.measure, metric.range) == ("binary", "share", (0.0, 1.0))


def test_one_run_beyond_zero_and_one_keeps_recorded_scores_undeclared() -> None:
    metric = pair_tables(table([0, 1, 1]), table([1, 1, 7.5])).metric
    assert (metric.scale, metric.measure, metric.range) == ("unbounded", "points", (None, None))


def test_declared_metrics_stay_as_they_are() -> None:
    metric = pair_tables(table([0, 1], "latency"), table([1, 1], "latency")).metric
    assert metric.measure == "s"
