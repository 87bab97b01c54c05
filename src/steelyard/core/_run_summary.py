"""A run as people see it: what was run, what came out, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from steelyard.core._estimate import Estimate
from steelyard.core._json import Json

if TYPE_CHECKING:
    from steelyard.core._agent_report import AgentReport

RunStatus = Literal["running", "partial", "complete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkRef:
    """Which benchmark version."""

    name: str
    """The benchmark's name."""
    version: str
    """Its tag, `v1`, `v2`, …"""
    hash: str
    """SHA-256 of the version's canonical JSON."""
    cases: int
    """How many cases it holds."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {"name": self.name, "version": self.version, "hash": self.hash, "cases": self.cases}


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceEstimate:
    """One metric on one slice."""

    dimension: str
    """The slice dimension, such as `topic`."""
    slice_value: str
    """Its value, such as `refunds`."""
    estimate: Estimate
    """The metric on the cases of that slice."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract: `value` is the slice's value, not the metric's."""
        return {
            "dimension": self.dimension,
            "value": self.slice_value,
            "name": self.estimate.name,
            "n": self.estimate.n,
            "interval": list(self.estimate.interval) if self.estimate.interval else None,
            "estimate": self.estimate.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run with its headline numbers."""

    run: str
    """The run's identifier."""
    label: str
    """What people call it; the target's name by default."""
    status: RunStatus
    """`complete`, or `partial`: stopped, capped or interrupted, and resumable."""
    benchmark: BenchmarkRef
    """What it ran on."""
    target: str
    """The target's name or URI, free of secrets."""
    started: str
    """Start, ISO 8601 in UTC."""
    scored: int
    """Samples on which every metric is Scored."""
    failed: int
    """Samples on which some metric Failed."""
    skipped: int
    """The other samples."""
    metrics: tuple[Estimate, ...]
    """Headline of each metric."""
    slices: tuple[SliceEstimate, ...] = ()
    """The same by slice."""
    not_extracted: Mapping[str, int] = field(default_factory=dict)
    """For each metric, scored samples whose answer held nothing to measure."""
    epochs: int = 1
    """Repetitions of each case."""
    passes: Mapping[str, tuple[Estimate, ...]] = field(default_factory=dict)
    """For each binary metric of a run with several epochs: pass@1 … pass@k, then pass^1 … pass^k."""
    cost_usd: float | None = None
    """What the target's calls cost; None when no price is known."""
    evaluation_cost_usd: float | None = None
    """What judges cost beside that; None when none was asked or no price is known."""
    judges: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """For each metric that asks a model: its cost, verdicts that could not be had, bias and agreement."""
    agent: AgentReport | None = None
    """What agents did, for runs scored with a metric about agents."""
    seconds: float = 0.0
    """Wall-clock seconds, over all sittings."""
    notes: tuple[str, ...] = ()
    """What the reader must know: stopped at a cap, baseline of another version, heavy tails."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "run": self.run,
            "label": self.label,
            "status": self.status,
            "benchmark": self.benchmark.as_json(),
            "target": self.target,
            "started": self.started,
            "counts": {"scored": self.scored, "failed": self.failed, "skipped": self.skipped},
            "metrics": [estimate.as_json() for estimate in self.metrics],
            "slices": [item.as_json() for item in self.slices],
            "not_extracted": dict(self.not_extracted),
            "epochs": self.epochs,
            "passes": {
                name: [item.as_json() for item in estimates] for name, estimates in self.passes.items()
            },
            "cost_usd": self.cost_usd,
            "evaluation_cost_usd": self.evaluation_cost_usd,
            "judges": {name: dict(item) for name, item in self.judges.items()},
            **({"agent": self.agent.as_json()} if self.agent else {}),
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
        }
