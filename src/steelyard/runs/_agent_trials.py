"""The trials of agents, gathered from stored samples one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.core import Scored
from steelyard.metrics.agent import (
    MEASURES,
    Amount,
    Trajectory,
    amount_of,
    busy_seconds,
    failed_goals,
    looped_calls,
    trajectory,
)
from steelyard.runs._record import Sample

MOST_STEPS = 30
"""Steps whose latency is told one by one."""
_LONGEST_LOOP = 8
_WRONG_STEP = "first_wrong_step"

AMOUNTS: tuple[Amount, ...] = tuple(MEASURES)  # type: ignore[arg-type]


@dataclass(slots=True, kw_only=True)
class Values:
    """Observations with the clusters that they belong to."""

    values: list[float] = field(default_factory=list)
    """One for each trial that has it."""
    clusters: list[str] = field(default_factory=list)
    """The case, or its group."""

    def add(self, value: float | None, cluster: str) -> None:
        """Keep an observation; None is none."""
        if value is not None:
            self.values.append(value)
            self.clusters.append(cluster)


@dataclass(slots=True, kw_only=True)
class Part:
    """What one agent did."""

    steps: int = 0
    """Its steps."""
    errors: int = 0
    """Those that failed."""
    wrong: int = 0
    """Trials whose first wrong step was its own."""
    seconds: float = 0.0
    """Of its steps."""
    cost: float = 0.0
    """Of its model calls."""
    tokens: float = 0.0
    """Of its model calls."""


@dataclass(slots=True, kw_only=True)
class Trials:
    """Sums and columns over all trials; no trajectory is kept."""

    success: str
    """The metric that says whether a trial succeeded; empty where none does."""
    count: int = 0
    """Trials with steps."""
    calls: Values = field(default_factory=Values)
    """Tool calls of each trial."""
    loops: Values = field(default_factory=Values)
    """Share of calls that only repeat."""
    recovered: Values = field(default_factory=Values)
    """Share of failed goals that were reached after all."""
    model_share: Values = field(default_factory=Values)
    """Share of the time in model calls."""
    took: dict[Amount, Values] = field(default_factory=lambda: {of: Values() for of in AMOUNTS})
    """What each trial of known outcome took."""
    won: dict[Amount, list[float]] = field(default_factory=lambda: {of: [] for of in AMOUNTS})
    """Whether it succeeded, in the same order."""
    lengths: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    """For each case, (cluster, calls) of its successful trials."""
    human: dict[str, float] = field(default_factory=dict)
    """For each case, the steps that it expects."""
    latency: dict[int, Values] = field(default_factory=dict)
    """Seconds of the steps of each number."""
    wrong: Counter[int] = field(default_factory=Counter)
    """Trials by the place of their first wrong call."""
    parts: dict[str, Part] = field(default_factory=dict)
    """What each agent did."""

    def add(self, sample: Sample) -> None:
        """Take a trial in; outputs without steps are none."""
        found = trajectory(sample.output)
        if not found.steps:
            return
        self.count += 1
        cluster = sample.case.cluster
        self._own(found, cluster)
        self._outcome(found, sample)
        for step in found.steps:
            part = self.parts.setdefault(step.agent, Part())
            part.steps += 1
            part.errors += bool(step.error)
            part.seconds += step.duration_s or 0.0
            part.cost += step.cost_usd or 0.0
            part.tokens += (step.input_tokens or 0) + (step.output_tokens or 0)
            if step.duration_s is not None and step.number <= MOST_STEPS:
                self.latency.setdefault(step.number, Values()).add(step.duration_s, cluster)
        self._wrong(found, sample)

    def _own(self, found: Trajectory, cluster: str) -> None:
        calls = found.calls
        self.calls.add(float(len(calls)), cluster)
        if calls:
            looped = looped_calls(calls, longest=_LONGEST_LOOP, times=2, same_result=True)
            self.loops.add(len(looped) / len(calls), cluster)
        goals = failed_goals(calls, goal="tool")
        if goals:
            self.recovered.add(sum(goals.values()) / len(goals), cluster)
        busy = busy_seconds(found.model_calls)
        if busy is not None and found.latency_s:
            self.model_share.add(min(1.0, busy / found.latency_s), cluster)

    def _outcome(self, found: Trajectory, sample: Sample) -> None:
        score = sample.scores.get(self.success)
        if not isinstance(score, Scored):
            return
        cluster = sample.case.cluster
        for of in AMOUNTS:
            amount = amount_of(found, of)
            if amount is not None:
                self.took[of].add(amount, cluster)
                self.won[of].append(float(score.value == 1.0))
        if score.value == 1.0 and found.calls:
            self.lengths.setdefault(sample.case.id, []).append((cluster, float(len(found.calls))))
            expected = sample.case.expected
            wanted = expected.get("steps") if isinstance(expected, Mapping) else None
            if isinstance(wanted, int | float) and not isinstance(wanted, bool) and wanted > 0:
                self.human[sample.case.id] = float(wanted)

    def _wrong(self, found: Trajectory, sample: Sample) -> None:
        for key, score in sample.scores.items():
            if key.partition(":")[0] == _WRONG_STEP and isinstance(score, Scored):
                place = int(score.value)
                self.wrong[place] += 1
                if place <= len(found.calls):
                    self.parts[found.calls[place - 1].agent].wrong += 1
                return
