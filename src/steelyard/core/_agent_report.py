"""What the agents of a run did: steps, time, money and errors beside the headline numbers."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.core._estimate import Estimate
from steelyard.core._json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongStep:
    """How many trials first went wrong at one step."""

    step: int
    """Place of the call, from 1."""
    trials: int
    """Trials."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {"step": self.step, "trials": self.trials}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLatency:
    """How long the steps of one number took, over all trials that came so far."""

    step: int
    """Place among all steps of a trial, from 1."""
    median: Estimate
    """Half of the trials were faster."""
    p95: Estimate
    """95 of 100 were faster."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {"step": self.step, "median": self.median.as_json(), "p95": self.p95.as_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPart:
    """One agent's part in the work; shares are of what was recorded, None where nothing was."""

    agent: str
    """Its name."""
    steps: int
    """Model calls, tool calls and other work."""
    errors: int
    """Steps that failed."""
    wrong: int
    """Trials whose first wrong step was its own."""
    time_share: float | None
    """Share of the seconds of all steps."""
    cost_share: float | None
    """Share of the cost of all model calls."""
    token_share: float | None
    """Share of the tokens of all model calls."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "agent": self.agent,
            "steps": self.steps,
            "errors": self.errors,
            "wrong": self.wrong,
            "time_share": self.time_share,
            "cost_share": self.cost_share,
            "token_share": self.token_share,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReport:
    """What the agents of a run did."""

    trials: int
    """Trials with a trajectory."""
    success: str
    """The metric that says whether a trial succeeded; empty where none does."""
    figures: tuple[Estimate, ...]
    """Calls, loops, recovery, time in model calls, steps over the best, and what a success takes."""
    wrong_steps: tuple[WrongStep, ...] = ()
    """The histogram of first wrong steps."""
    latency_by_step: tuple[StepLatency, ...] = ()
    """Seconds by the number of the step, for the first steps."""
    agents: tuple[AgentPart, ...] = ()
    """The part of each agent, most steps first."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "trials": self.trials,
            "success": self.success,
            "figures": [each.as_json() for each in self.figures],
            "wrong_steps": [each.as_json() for each in self.wrong_steps],
            "latency_by_step": [each.as_json() for each in self.latency_by_step],
            "agents": [each.as_json() for each in self.agents],
        }
