"""The first wrong step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics.agent._call import Call, expected_calls, has_calls
from steelyard.metrics.agent._deviation import Deviation, Order, first_deviation
from steelyard.metrics.agent._fit import Arguments, Fit, TextMatch
from steelyard.metrics.agent._judged_step import JudgedFirstStep
from steelyard.metrics.agent._milestone_step import Milestones, MilestoneStep
from steelyard.metrics.agent._names import names_match
from steelyard.metrics.agent._rules import Rules, read_rules
from steelyard.metrics.agent._success import success_of
from steelyard.metrics.agent._trajectory import Trajectory, trajectory
from steelyard.metrics.agent._violations import all_broken
from steelyard.metrics.judge import FirstWrong, Showing

if TYPE_CHECKING:
    from steelyard.metrics.judge import Judge, Task

_MOST_CHARACTERS = 30_000


@dataclass(frozen=True, kw_only=True)
class FirstWrongStep(BaseMetric):
    """Where the agent first went wrong.

    What it measures
        The place, from 1, of the first tool call that deviates from the expected calls, with what was
        expected there in the reason; one more than the calls there are when it ended too early. Where the
        case expects no calls, the first call that breaks a declared rule (as in `violations`).

        Calls to the tools in `skip`, those that only read, are never wrong and need not be made: looking
        something up changes nothing. A call that the tool refused with an error changed nothing either; it
        is wrong only when the agent never got it right. Calls may come in any order unless
        `order=in-order`. Trials that succeeded (as in `task_success`) are skipped unless `of=all`, as are
        failed ones whose calls are all right: there, what was said must be wrong.

        `milestones` names a function of your own, as for a metric that returns milestones: then it is the
        first call after the one that reached the last milestone. `judge` names a judge who reads the
        compacted steps and says which one is wrong; where that is no tool call, it is the next call, and
        the reason says which step it was.

    When it misleads
        The expected calls are one way to the goal; where there are others, an early deviation may be
        harmless. Its mean says little: `runs show` gives the histogram. The first deviation need not be the
        cause of the failure. By milestones, good steps on the way to one that was never reached count as
        wrong. Judges name the step that experts name in a minority of long trajectories: hold yours against
        some.

    Example
        `first_wrong_step:skip=get_*+search_*+list_*+calculate+think`;
        `first_wrong_step:milestones=python:agent:milestones`; `first_wrong_step:judge=careful`.

    Reference
        Zhang et al. 2025, Which Agent Causes Task Failures and When?, for the decisive error step; Yao et
        al. 2024, τ-bench, where only the calls that change the database decide.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="first_wrong_step",
        version="1",
        direction="neither",
        scale="unbounded",
        range=(1.0, None),
        measure="steps",
        failure=None,
    )

    of: Literal["failed", "all"] = "failed"
    """Which trials are looked at."""
    skip: tuple[str, ...] = ()
    """Tools that only read; `*` stands for any characters."""
    order: Order = "any-order"
    """Whether expected calls must come in their order."""
    arguments: Arguments = "exact"
    """How arguments are compared."""
    tolerance: float = 0.0
    """Numbers within this difference, or this share of the larger, are equal."""
    text: TextMatch = "exact"
    """How texts in arguments are compared."""
    ignore_keys: tuple[str, ...] = ()
    """Keys of arguments that are not compared, at any depth."""
    rules: Mapping[str, Any] | bool | None = None
    """Rules for cases without expected calls, as in `violations`."""
    reward: str = "reward"
    """The recorded score that says whether a trial succeeded."""
    at_least: float = 1.0
    """The least reward of a success."""
    milestones: str = ""
    """A function `python:module:name` of a case and its `trajectory` that returns the milestones reached."""
    judge: str = ""
    """A judge of the project that names the step; empty: none."""

    derived_settings: ClassVar[tuple[str, ...]] = ("milestones_version", "judges", "judged")

    def judge_task(self) -> Task:
        """The number of the first wrong step among the compacted ones."""
        return FirstWrong(showing=Showing(trajectory=True, reference=True, most_characters=_MOST_CHARACTERS))

    def judged_by(self, judge: Judge) -> JudgedFirstStep:
        """The metric that asks this judge."""
        return JudgedFirstStep(local=self.spec, passed_over=self._passed_over, judge=judge)

    def with_milestones(self, function: Milestones, *, version: str) -> MilestoneStep:
        """The metric that asks this function; `version` is the digest of its source."""
        return MilestoneStep(
            local=self.spec, passed_over=self._passed_over, function=function, version=version
        )

    def _check(self) -> None:
        if self.milestones and self.judge:
            raise self._refuse("either milestones or a judge can say it", hint="Score twice")
        if self.milestones and not self.milestones.startswith("python:"):
            raise self._refuse(
                f"milestones cannot be {self.milestones!r:.80}",
                hint="Write milestones=python:module:function",
            )
        try:
            if self._rules is not None:
                self._rules.broken(())
        except ValueError as error:
            raise self._refuse(f"the rules cannot be used: {error}", hint="Mend the rules file") from error

    @cached_property
    def _rules(self) -> Rules | None:
        return None if self.rules is None else read_rules(self.rules)

    @cached_property
    def _fit(self) -> Fit:
        return Fit(self.arguments, self.text, float(self.tolerance), frozenset(self.ignore_keys))

    def score(self, case: Case, output: Output) -> Score:
        """A place from 1; Skipped where nothing is wrong, or nothing says what would be."""
        if case.expected is None and self._rules is None:
            return NOTHING_EXPECTED
        over = self._passed_over(case, output)
        if over is not None:
            return over
        found = trajectory(output)
        try:
            wrong = self._by_calls(case, found) if has_calls(case.expected) else self._by_rules(case, found)
        except ValueError as error:
            return Failed(error=f"what is expected cannot be used: {error}")
        if not isinstance(wrong, Deviation):
            return wrong
        detail: dict[str, Json] = {"agent": wrong.agent, "calls": len(found.calls)}
        return Scored(value=float(wrong.call), reason=wrong.reason, detail=detail)

    def _passed_over(self, case: Case, output: Output) -> Skipped | None:
        success, _ = success_of(case, output, reward=self.reward, at_least=self.at_least)
        return Skipped(reason="the trial succeeded") if success and self.of == "failed" else None

    def _by_calls(self, case: Case, found: Trajectory) -> Deviation | Score:
        expected = expected_calls(case.expected)
        if expected is None:
            return Failed(error="the expectation is not a list of calls with names")
        made = [
            (place, Call(step.name, step.arguments, None, step.error, step.agent))
            for place, step in enumerate(found.calls, start=1)
            if not names_match(step.name, self.skip)
        ]
        wanted = [call for call in expected if not names_match(call.name, self.skip)]
        end = len(found.calls) + 1
        wrong = first_deviation(made, wanted, fit=self._fit, order=self.order, end=end)
        return wrong or Skipped(reason="no call deviates: what was said must be wrong, if anything is")

    def _by_rules(self, case: Case, found: Trajectory) -> Deviation | Score:
        broken = all_broken(case, found, self._rules)
        if broken is None:
            return Skipped(reason="neither calls nor rules are declared")
        if not broken:
            return Skipped(reason="no rule is broken")
        first = broken[0]
        agent = found.calls[first.call - 1].agent if first.call <= len(found.calls) else ""
        return Deviation(call=first.call, reason=first.rule, agent=agent)
