"""Recovery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from steelyard.core import Case, MetricSpec, Output, Score, Scored, Skipped, content_hash
from steelyard.metrics._base import BaseMetric
from steelyard.metrics.agent._step import Step
from steelyard.metrics.agent._trajectory import trajectory

Goal = Literal["tool", "call"]


def failed_goals(calls: Sequence[Step], *, goal: Goal) -> dict[str, bool]:
    """Goals at which a call failed, with whether a later call succeeded."""
    found: dict[str, bool] = {}
    for call in calls:
        key = call.name if goal == "tool" else f"{call.name} {content_hash(call.arguments)}"
        if call.error:
            found[key] = False
        elif key in found:
            found[key] = True
    return found


@dataclass(frozen=True, kw_only=True)
class Recovery(BaseMetric):
    """How often the agent gets over an error.

    What it measures
        Of the goals at which a tool call failed, the share that a later call reached. A goal is a tool
        (`goal=tool`: the same tool succeeds later, with other arguments too) or one call (`goal=call`). A
        call fails when its span says so, or when its result begins with `Error:` or holds an `error`.
        Trajectories without a failed call are skipped. An error after the success counts as a new failure.

    When it misleads
        Reaching the end by another tool is no recovery here. An agent that never fails is skipped, so the
        mean is about those that do.

    Example
        `recovery`, beside `task_success`.

    Reference
        The spans of kind `tool`, in order.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="recovery", version="1", failure=None)

    goal: Goal = "tool"
    """What counts as the same goal."""

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """0 to 1; Skipped where nothing failed."""
        goals = failed_goals(trajectory(output).calls, goal=self.goal)
        if not goals:
            return Skipped(reason="no call failed")
        left = [key.partition(" ")[0] for key, reached in goals.items() if not reached]
        reason = f"not recovered: {', '.join(left[:10])[:160]}" if left else "every failed goal was reached"
        return Scored(
            value=1 - len(left) / len(goals), reason=reason, detail={"failed": len(goals), "left": len(left)}
        )
