"""Task success."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from steelyard.core import Case, Failed, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics.agent._success import success_of


@dataclass(frozen=True, kw_only=True)
class TaskSuccess(BaseMetric):
    """Whether the agent reached its goal.

    What it measures
        1 or 0. Where the environment recorded a score under the name `reward`, success is a reward of
        `at_least` or more. Otherwise the state that the agent left (`detail.state` of the output) must hold
        every value of `expected: {"state": {…}}`; what the expectation does not name may be anything. With
        several epochs, `runs show` gives pass@k and pass^k over trials beside it.

        A check that needs code is a function of your own, `python:module:function`, which takes the case
        and the output, or the case and its `trajectory`, and returns a truth, a number, or the list of
        milestones reached.

    When it misleads
        A reward says that the end was right, not that the way was: read `violations` and `loops` beside it.
        A state that names too little is met by doing nothing. One trial per task tells nothing about luck:
        use epochs.

    Example
        `task_success`; `task_success:reward=score,at_least=0.5`.

    Reference
        Yao et al. 2024, τ-bench, for pass^k and end-state comparison; Xie et al. 2024, OSWorld, for
        execution-based checks.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="task_success", version="1", scale="binary")

    reward: str = "reward"
    """The recorded score that says it."""
    at_least: float = 1.0
    """The least reward of a success."""

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; Failed where neither a reward nor an expected state is there."""
        success, why = success_of(case, output, reward=self.reward, at_least=self.at_least)
        return Failed(error=why) if success is None else Scored(value=float(success), reason=why)
