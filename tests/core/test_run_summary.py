"""Runs as people see them: the keys of the command contract."""

from __future__ import annotations

from steelyard.core import BenchmarkRef, Estimate, RunSummary, SliceEstimate, canonical_json

LEVEL = Estimate(name="m", value=0.5, interval=(0.4, 0.6), n=10)
REF = BenchmarkRef(name="quiz", version="v1", hash="0" * 64, cases=10)


def test_a_run_has_the_keys_of_the_contract() -> None:
    summary = RunSummary(
        run="run-1",
        label="v1",
        status="partial",
        benchmark=REF,
        target="replay:x",
        started="2026-03-01T00:00:00+00:00",
        scored=8,
        failed=1,
        skipped=1,
        metrics=(LEVEL,),
        slices=(SliceEstimate(dimension="topic", slice_value="refunds", estimate=LEVEL),),
        passes={"m": (LEVEL,)},
        seconds=1.23456,
    )
    document = summary.as_json()
    assert document.keys() >= {
        "run",
        "status",
        "benchmark",
        "counts",
        "metrics",
        "slices",
        "cost_usd",
        "seconds",
    }
    assert document["benchmark"] == {"name": "quiz", "version": "v1", "hash": "0" * 64, "cases": 10}
    assert document["counts"] == {"scored": 8, "failed": 1, "skipped": 1}
    assert (document["cost_usd"], document["seconds"]) == (None, 1.235)
    assert document["metrics"] == [LEVEL.as_json()]
    assert canonical_json(document)


def test_a_slice_says_its_own_value_and_keeps_the_metric_s_apart() -> None:
    document = SliceEstimate(dimension="topic", slice_value="refunds", estimate=LEVEL).as_json()
    assert (document["dimension"], document["value"]) == ("topic", "refunds")
    assert document["estimate"] == LEVEL.as_json()
