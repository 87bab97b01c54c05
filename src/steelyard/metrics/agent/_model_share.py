"""The share of time spent in model calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from steelyard.core import Case, Failed, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics.agent._step import Step
from steelyard.metrics.agent._trajectory import trajectory


def busy_seconds(steps: Sequence[Step]) -> float | None:
    """Seconds in which at least one of the steps ran; None when a duration is unknown.

    Where every start is known, steps side by side count once; otherwise durations are added up.
    """
    durations = [step.duration_s for step in steps if step.duration_s is not None]
    if not steps or len(durations) < len(steps):
        return None
    spans = sorted(
        (step.start_s, step.start_s + (step.duration_s or 0.0)) for step in steps if step.start_s is not None
    )
    if len(spans) < len(steps):
        return sum(durations)
    total, end = 0.0, float("-inf")
    for start, stop in spans:
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total


@dataclass(frozen=True, kw_only=True)
class ModelShare(BaseMetric):
    """How much of the time went into model calls.

    What it measures
        Seconds in which a model call ran, over the seconds of the whole answer; calls side by side count
        once. The rest is tools, and the program around them.

    When it misleads
        It says where to look for speed, not whether it is fast. A trace that leaves model calls out gives a
        share that is too low.

    Example
        `model_share`, beside `latency`.

    Reference
        The spans of kind `llm` and their durations.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="model_share", version="1", direction="neither", scale="bounded", failure=None
    )

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """0 to 1; Failed where durations or the whole time are not recorded."""
        found = trajectory(output)
        busy = busy_seconds(found.model_calls)
        if busy is None:
            return Failed(error="no durations of model calls recorded")
        if not found.latency_s or found.latency_s <= 0:
            return Failed(error="no latency recorded")
        return Scored(value=min(1.0, busy / found.latency_s), reason=f"{busy:.3g} of {found.latency_s:.3g} s")
