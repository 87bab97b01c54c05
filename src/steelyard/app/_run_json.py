"""Runs and rankings as JSON, the same at every door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steelyard.core import Json
from steelyard.runs import RunRecord

if TYPE_CHECKING:
    from steelyard.app._comparing import Ranking


def run_json(record: RunRecord) -> dict[str, Json]:
    """A run in a list."""
    return {
        "run": record.id,
        "benchmark": f"{record.benchmark.name}@{record.benchmark.version}",
        "target": str(record.target.get("name") or record.target.get("uri") or ""),
        "status": record.status,
        "started": record.started.isoformat(),
        "label": record.label,
        "metrics": [spec.key for spec in record.metrics],
    }


def ranking_json(ranking: Ranking) -> dict[str, Json]:
    """One metric's ranking."""
    return {"metric": ranking.metric, "runs": [run.as_json() for run in ranking.runs]}
