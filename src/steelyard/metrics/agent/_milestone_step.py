"""The first wrong step by milestones: the first call after which nothing more was reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from steelyard.core import Case, Failed, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics.agent._milestones import milestone_score
from steelyard.metrics.agent._step import Step
from steelyard.metrics.agent._trajectory import Trajectory, trajectory

Milestones = Callable[[Case, Trajectory], object]
"""The milestones reached by the steps given, a list of names; pure."""

_MOST_CALLS = 2_000


@dataclass(frozen=True, kw_only=True)
class MilestoneStep:
    """`first_wrong_step:milestones=python:module:function`."""

    local: MetricSpec
    """The declaration of the metric."""
    passed_over: Callable[[Case, Output], Skipped | None]
    """Why a sample is not looked at; None when it is."""
    function: Milestones
    """Says which milestones the steps given have reached."""
    version: str
    """Digest of its source."""

    @property
    def spec(self) -> MetricSpec:
        """The declaration, with the version of the function."""
        return replace(self.local, settings={**self.local.settings, "milestones_version": self.version})

    def score(self, case: Case, output: Output) -> Score:
        """The place of the first call after the one that reached the last milestone.

        The function is asked about the steps before the first call, up to the second, and so on. Skipped
        when every milestone was reached; Failed as the function's own score would be. Raises TypeError when
        it returns anything but names.
        """
        over = self.passed_over(case, output)
        if over is not None:
            return over
        found = trajectory(output)
        prefixes = _prefixes(found)
        if len(prefixes) > _MOST_CALLS:
            return Failed(error=f"{len(prefixes) - 1:,} calls are too many to look for milestones after each")
        reached: list[str] = []
        last = 0
        for place, steps in enumerate(prefixes):
            new = [name for name in self._reached(case, found, steps) if name not in reached]
            if new:
                reached += new
                last = place
        whole = milestone_score(case, reached)
        if not isinstance(whole, Scored):
            return whole
        if whole.value == 1.0:
            return Skipped(reason=whole.reason)
        calls = found.calls
        agent = calls[last].agent if last < len(calls) else ""
        after = f"after {reached[-1]}" if reached else "from the beginning"
        return Scored(
            value=float(last + 1),
            reason=f"{after}, {whole.reason}"[:400],
            detail={**whole.detail, "agent": agent, "calls": len(calls)},
        )

    def _reached(self, case: Case, found: Trajectory, steps: tuple[Step, ...]) -> list[str]:
        names = self.function(case, Trajectory(steps=steps, source=found.source))
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"the milestones are {type(names).__name__}, not a list of names")
        return names


def _prefixes(found: Trajectory) -> list[tuple[Step, ...]]:
    """The steps before the first call, those before the second, …, all of them."""
    ends = [at for at, step in enumerate(found.steps) if step.kind == "tool"]
    return [found.steps[:end] for end in [*ends, len(found.steps)]]
