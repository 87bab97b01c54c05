"""Loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, content_hash
from steelyard.metrics._base import BaseMetric
from steelyard.metrics.agent._step import Step
from steelyard.metrics.agent._trajectory import trajectory

_LONGEST = 100


def looped_calls(calls: Sequence[Step], *, longest: int, times: int, same_result: bool) -> list[int]:
    """Places, from 0, of calls that only repeat: every round of a cycle after its first.

    A cycle is a pattern of at most `longest` calls that comes at least `times` in a row, with the same
    arguments and, with `same_result`, the same results.
    """
    keys = [_key(call, same_result=same_result) for call in calls]
    marked: set[int] = set()
    for period in range(1, min(longest, len(keys) // 2) + 1):
        run = 0
        for at in range(period, len(keys)):
            run = run + 1 if keys[at] == keys[at - period] else 0
            if run == period * (times - 1):
                marked.update(range(at - run + 1, at + 1))
            elif run > period * (times - 1):
                marked.add(at)
    return sorted(marked)


def _key(call: Step, *, same_result: bool) -> str:
    result: Json = [call.result, call.error] if same_result else None
    return content_hash([call.name, call.arguments, result])


@dataclass(frozen=True, kw_only=True)
class Loops(BaseMetric):
    """How much of the work goes round in circles.

    What it measures
        The share of tool calls that only repeat: the same call with the same arguments and the same result
        again at once, or a cycle of up to `longest` calls; the first round is no repetition. 0 is good, and
        what an agent without calls gets.

    When it misleads
        Asking again whether something is done is a loop only while the result stays the same: a tool that
        always answers "pending" makes patience look like a loop; raise `times`. Two loops that differ in one
        argument are not seen. Where results were not recorded, calls alone are compared.

    Example
        `loops`; `loops:times=3`.

    Reference
        Repeated patterns of a sequence by comparing it with itself, shifted; Main and Lorentz 1984.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="loops", version="1", direction="lower", failure=None)

    longest: int = 8
    """The most calls in one round of a cycle."""
    times: int = 2
    """How often in a row a pattern makes a loop."""
    same_result: bool = True
    """Whether results must be the same as well."""

    def _check(self) -> None:
        if not 1 <= self.longest <= _LONGEST:
            raise self._refuse(f"longest must be between 1 and {_LONGEST}")
        if self.times < 2:
            raise self._refuse("times must be at least 2")

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """0 to 1, with the first repetition in the reason."""
        calls = trajectory(output).calls
        looped = looped_calls(calls, longest=self.longest, times=self.times, same_result=self.same_result)
        if not looped:
            return Scored(value=0.0, detail={"looped": 0, "calls": len(calls)})
        first = looped[0]
        reason = (
            f"{len(looped)} of {len(calls)} calls repeat; the first is call {first + 1}, {calls[first].name}"
        )
        return Scored(
            value=len(looped) / len(calls),
            reason=reason[:300],
            detail={"looped": len(looped), "calls": len(calls), "first": first + 1},
        )
