"""The first wrong step by a judge, who reads the compacted steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from steelyard.core import Case, Failed, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics.agent._trajectory import trajectory

if TYPE_CHECKING:
    from steelyard.metrics.judge import Judge

Succeeded = Callable[[Case, Output], Skipped | None]
"""Why a sample is not looked at; None when it is."""


@dataclass(frozen=True, kw_only=True)
class JudgedFirstStep:
    """`first_wrong_step:judge=NAME`: a model names the step."""

    local: MetricSpec
    """The declaration of the metric without its judge's models."""
    passed_over: Succeeded
    """Which samples are not looked at."""
    judge: Judge
    """Its models; its task asks for the number of a step."""

    @property
    def spec(self) -> MetricSpec:
        """The declaration, with what can change the judge's verdicts."""
        judged = dict(self.judge.spec.settings)
        models = judged.pop("judges", [])
        return replace(self.local, settings={**self.local.settings, "judges": models, "judged": judged})

    async def open(self) -> None:
        """Reach the judge."""
        await self.judge.open()

    async def ask(self, case: Case, output: Output) -> Score:
        """The place of the call that the judge named, or of the next one after the step that it named.

        Skipped where it finds nothing wrong; Failed where it names a step that there is not.
        """
        over = self.passed_over(case, output)
        if over is not None:
            return over
        steps = trajectory(output).steps
        if not steps:
            return Skipped(reason="the output holds no steps")
        said = await self.judge.ask(case, output)
        if not isinstance(said, Scored):
            return said
        number = int(said.value)
        if number == 0:
            return Skipped(reason="the judge finds no step wrong", detail=said.detail)
        if number > len(steps):
            why = f"the judge named step {number:,} of {len(steps):,}"
            return Failed(error=why, detail={k: v for k, v in said.detail.items() if k != "points"})
        step = steps[number - 1]
        calls = sum(each.kind == "tool" for each in steps[: number - 1])
        return Scored(
            value=float(calls + 1),
            reason=f"step {number}, {step.name or step.kind}: {said.reason}"[:400],
            detail={**said.detail, "step": number, "agent": step.agent},
        )

    def score(self, case: Case, output: Output) -> Score:
        """A judge has to be awaited: a run uses `ask`."""
        del case, output
        return Failed(error="a judge has to be awaited")

    async def close(self) -> None:
        """Let go of the judge."""
        await self.judge.close()
