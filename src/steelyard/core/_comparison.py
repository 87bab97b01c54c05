"""A comparison: what changed between a baseline and a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from steelyard.core._estimate import Estimate, Interval
from steelyard.core._expert_check import ExpertCheck
from steelyard.core._json import Json
from steelyard.core._metric_spec import Direction

ChangeWord = Literal["better", "worse", "equivalent", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Candidate minus baseline on the same cases, as measured (never sign-flipped)."""

    name: str
    """The metric's key."""
    base: Estimate
    """The baseline's value on the paired cases."""
    candidate: Estimate
    """The candidate's value on the paired cases."""
    difference: float | None
    """candidate − base; None when nothing can be paired."""
    interval: Interval | None
    """Two-sided interval of the difference at `level`."""
    level: float = 0.95
    """Two-sided coverage."""
    p_value: float | None = None
    """Two-sided p-value of no difference: exact McNemar, or sign-flip."""
    p_adjusted: float | None = None
    """The same, corrected over the family it was looked at in."""
    method: str = ""
    """The interval's procedure, then the test's: `Tango; exact McNemar`."""
    n_pairs: int = 0
    """Samples compared."""
    n_clusters: int = 0
    """Independent units among them."""
    unit: str = "case"
    """What is resampled."""
    minimum_detectable: float | None = None
    """The smallest true difference that these data would have shown with 80 % chance."""
    direction: Direction = "higher"
    """Which way is better."""
    measure: str = "share"
    """What the value counts."""
    verdict: ChangeWord = "inconclusive"
    """In words, respecting direction and the allowed drop."""
    identical_outputs: bool = False
    """True when every paired output is byte-identical: nothing changed, whatever the interval."""
    missing: int = 0
    """Pairs lost because either side has no score."""
    worst_interval: Interval | None = None
    """The interval if every missing pair had gone against the candidate; None when none is missing
    or the metric is unbounded."""
    gateable: bool = True
    """False when it may be shown but must not decide."""
    slice: str = ""
    """`dimension=value`, or empty for all cases."""
    signature: str = ""
    """One line that names everything the number depends on."""
    note: str = ""
    """A warning or explanation in one sentence."""
    judge: ExpertCheck | None = None
    """For a judge's metric: the experts' and the judge's own difference beside the corrected one."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "name": self.name,
            "base": self.base.as_json(),
            "candidate": self.candidate.as_json(),
            "difference": self.difference,
            "interval": list(self.interval) if self.interval else None,
            "level": self.level,
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
            "method": self.method,
            "n_pairs": self.n_pairs,
            "n_clusters": self.n_clusters,
            "unit": self.unit,
            "minimum_detectable": self.minimum_detectable,
            "direction": self.direction,
            "measure": self.measure,
            "verdict": self.verdict,
            "identical_outputs": self.identical_outputs,
            "missing": self.missing,
            "worst_interval": list(self.worst_interval) if self.worst_interval else None,
            "gateable": self.gateable,
            "slice": self.slice,
            **self._slice_parts(),
            "signature": self.signature,
            "note": self.note,
            **({"judge": self.judge.as_json()} if self.judge else {}),
        }

    def _slice_parts(self) -> dict[str, Json]:
        if not self.slice:
            return {}
        dimension, _, value = self.slice.partition("=")
        return {"dimension": dimension, "value": value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One sample whose binary score changed between the two runs."""

    case_id: str
    """The case."""
    epoch: int
    """The repetition."""
    input: str
    """The question, shortened for reading."""
    expected: str
    """The expectation, shortened."""
    base_output: str
    """What the baseline answered, shortened."""
    candidate_output: str
    """What the candidate answered, shortened."""
    metric: str
    """The metric that flipped."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "id": self.case_id,
            "epoch": self.epoch,
            "input": self.input,
            "expected": self.expected,
            "base_output": self.base_output,
            "candidate_output": self.candidate_output,
            "metric": self.metric,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRun:
    """One run's place among several, on one metric."""

    run: str
    """The run."""
    label: str
    """What people call it."""
    estimate: Estimate
    """Its value on the cases all runs share."""
    rank_low: int
    """Best rank that the data do not exclude (simultaneous over runs)."""
    rank_high: int
    """Worst rank that the data do not exclude."""
    cost_usd: float | None = None
    """Mean cost a sample, in US dollars."""
    latency_s: float | None = None
    """Median latency, in seconds."""
    on_frontier: bool = True
    """No other run is at least as good in quality, cost and latency and better in one."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "run": self.run,
            "label": self.label,
            "estimate": self.estimate.as_json(),
            "rank": [self.rank_low, self.rank_high],
            "cost_usd": self.cost_usd,
            "latency_s": self.latency_s,
            "on_frontier": self.on_frontier,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Baseline against candidate, over all metrics and slices asked for."""

    base_run: str
    """Identifier of the baseline run."""
    candidate_run: str
    """Identifier of the candidate run."""
    base_label: str
    """What people call the baseline."""
    candidate_label: str
    """What people call the candidate."""
    benchmark: str
    """`NAME@VERSION`, or both versions where they differ."""
    metrics: tuple[Difference, ...]
    """One for each metric, over all paired cases."""
    slices: tuple[Difference, ...] = ()
    """One for each metric and slice."""
    fixed: tuple[Flip, ...] = ()
    """Wrong before, right now."""
    broken: tuple[Flip, ...] = ()
    """Right before, wrong now."""
    allowed_drop: float | None = None
    """The margin that the verdict words of metrics that count a share respect."""
    margins: Mapping[str, float] = field(default_factory=dict)
    """Allowed drop by metric key, or by `KEY@SLICE`, where a rule gives one, in the metric's own units."""
    notes: tuple[str, ...] = ()
    """What the reader must know: other versions, unpaired cases, age of the baseline."""

    def allowed_for(self, difference: Difference) -> float | None:
        """The allowed drop of a metric, or of one of its slices; None where nothing was allowed.

        `allowed_drop` itself is a share, and says nothing about seconds or tokens.
        """
        for key in (f"{difference.name}@{difference.slice}", difference.name):
            if key in self.margins:
                return self.margins[key]
        return self.allowed_drop if difference.measure == "share" else None

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "base": {"run": self.base_run, "label": self.base_label},
            "candidate": {"run": self.candidate_run, "label": self.candidate_label},
            "benchmark": self.benchmark,
            "metrics": [difference.as_json() for difference in self.metrics],
            "slices": [difference.as_json() for difference in self.slices],
            "flips": {
                "fixed": [flip.as_json() for flip in self.fixed],
                "broken": [flip.as_json() for flip in self.broken],
            },
            "allowed_drop": self.allowed_drop,
            "margins": dict(self.margins),
            "notes": list(self.notes),
        }
