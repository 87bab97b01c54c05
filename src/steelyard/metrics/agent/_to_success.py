"""What a success takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._protocol import Aggregate
from steelyard.metrics.agent._success import success_of
from steelyard.metrics.agent._trajectory import Trajectory, trajectory

Amount = Literal["cost", "tokens", "seconds", "steps"]
MEASURES: Mapping[str, str] = {"cost": "USD", "tokens": "tokens", "seconds": "s", "steps": "steps"}


def amount_of(found: Trajectory, of: Amount) -> float | None:
    """What a trial took; None where it was not recorded."""
    if of == "steps":
        return float(len(found.calls))
    return {"cost": found.cost_usd, "tokens": found.tokens, "seconds": found.latency_s}[of]


def per_success(amounts: NDArray[np.float64], successes: NDArray[np.float64]) -> Aggregate:
    """Weights to the whole amount over the number of successes; None without a success."""

    def aggregate(weights: NDArray[np.float64]) -> float | None:
        won = float(weights @ successes)
        return float(weights @ amounts) / won if won > 0 else None

    return aggregate


@dataclass(frozen=True, kw_only=True)
class ToSuccess(BaseMetric):
    """What one success takes: money, tokens, time or steps.

    What it measures
        The sum over all trials, failed ones included, divided by the number of successes: a ratio of sums.
        Its interval resamples cases with all their trials. Success is as in `task_success`.

    When it misleads
        It takes failed trials as tried again until one succeeds, and as harmless. With few successes it is
        unstable, and without any there is none. Trials whose target broke are skipped with what they took.

    Example
        `to_success:of=tokens`.

    Reference
        A ratio estimate with a bootstrap interval: Efron and Tibshirani 1993, chapters 10 and 14.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="to_success",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="USD",
        corpus=True,
        failure=None,
    )

    of: Amount = "cost"
    """What is added up; `steps` are tool calls."""
    reward: str = "reward"
    """The recorded score that says whether a trial succeeded."""
    at_least: float = 1.0
    """The least reward of a success."""

    def _declare(self) -> MetricSpec:
        return replace(self.traits, measure=MEASURES[self.of])

    def score(self, case: Case, output: Output) -> Score:
        """What the trial took; Failed where that, or whether it succeeded, is not known."""
        success, why = success_of(case, output, reward=self.reward, at_least=self.at_least)
        if success is None:
            return Failed(error=why)
        amount = amount_of(trajectory(output), self.of)
        if amount is None or amount < 0:
            return Failed(error=f"no {self.of} recorded")
        return Scored(value=amount, reason=why, detail={"amount": amount, "success": success})

    def prepare(self, details: Sequence[Mapping[str, Json]]) -> Aggregate:
        """The ratio as a function of weights."""
        return per_success(_column(details, "amount"), _column(details, "success"))


def _column(details: Sequence[Mapping[str, Json]], key: str) -> NDArray[np.float64]:
    return np.array(
        [float(value) if isinstance(value := row.get(key), int | float) else 0.0 for row in details]
    )
