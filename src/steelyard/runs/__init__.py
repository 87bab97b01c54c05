"""Runs: a benchmark version, a target and metrics, executed resumably and recorded for good."""

from steelyard.runs._record import (
    STATE_FAILED,
    STATE_SCORED,
    STATE_SKIPPED,
    RunRecord,
    RunTotals,
    Sample,
    SampleRow,
    ScoreTable,
)
from steelyard.runs._store import RunStore, SampleStore

__all__ = [
    "STATE_FAILED",
    "STATE_SCORED",
    "STATE_SKIPPED",
    "RunRecord",
    "RunStore",
    "RunTotals",
    "Sample",
    "SampleRow",
    "SampleStore",
    "ScoreTable",
]
