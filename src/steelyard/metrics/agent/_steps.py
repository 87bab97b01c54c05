"""Steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from steelyard.core import Case, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import BaseMetric
from steelyard.metrics.agent._trajectory import Trajectory, trajectory

StepCount = Literal["calls", "models", "all"]


def count_steps(found: Trajectory, what: StepCount) -> int:
    """How many tool calls, model calls, or steps of any kind."""
    if what == "calls":
        return len(found.calls)
    return len(found.model_calls) if what == "models" else len(found.steps)


@dataclass(frozen=True, kw_only=True)
class Steps(BaseMetric):
    """How many steps the agent took.

    What it measures
        Tool calls of the trajectory, or model calls, or all work. `over=expected` divides by the steps of
        the best or human solution, `expected: {"steps": n}`: 1 is as short, 2 is twice as long. `runs show`
        also compares with the shortest successful trial of each case.

    When it misleads
        Giving up at once takes the fewest steps: read it beside the success. A step of one framework is not
        a step of another.

    Example
        `steps`; `steps:over=expected` with `expected: {"steps": 6}`.

    Reference
        Mialon et al. 2023, GAIA, for the steps that human annotators needed.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="steps",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="steps",
        failure=None,
    )

    count: StepCount = "calls"
    """Tool calls, model calls, or all work."""
    over: Literal["none", "expected"] = "none"
    """What the count is divided by."""

    def _declare(self) -> MetricSpec:
        return self.traits if self.over == "none" else replace(self.traits, measure="times")

    def score(self, case: Case, output: Output) -> Score:
        """A count, or a ratio; Skipped where the ratio has nothing to be over."""
        count = count_steps(trajectory(output), self.count)
        if self.over == "none":
            return Scored(value=float(count))
        wanted = case.expected.get("steps") if isinstance(case.expected, Mapping) else None
        if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not 0 < wanted < 1e9:
            return Skipped(reason="the case expects no number of steps")
        return Scored(value=count / wanted, reason=f"{count} steps, {wanted:g} expected")
