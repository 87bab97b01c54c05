"""Recorded scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from steelyard.core import Case, Direction, Failed, Json, MetricSpec, Output, Scale, Score, Scored
from steelyard.metrics._base import BaseMetric


@dataclass(frozen=True, kw_only=True)
class Recorded(BaseMetric):
    """A score that came recorded with the output.

    What it measures
        The number under `scores.NAME` of a recorded output: another tool's metric, a reward, a judge's
        mark. An output without it is a miss of the evaluator and counts as missing.

    When it misleads
        Its meaning, its version and its settings are the recorder's: two files may use one name for two
        things. Say what it is with `scale`, `direction` and its limits; unsaid, no bound is assumed, and
        a sample whose target failed takes the value 0 where higher is better.

    Example
        `recorded:reward:scale=binary`; `recorded:grade:scale=bounded,low=1,high=5`.

    Reference
        The recorded-output line: `{"id", "output", "scores": {name: number}}`.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="recorded", version="1", scale="unbounded", range=(None, None), measure="points"
    )

    score_name: str
    """The name under `scores`; part of the metric's name, not a setting."""
    scale: Literal["auto", "binary", "bounded", "unbounded"] = "auto"
    """`auto` declares no bound and lets a summary treat scores that are all 0 or 1 as binary."""
    direction: Direction = "higher"
    """Which way is better."""
    low: float = 0.0
    """Lowest value of a `bounded` score."""
    high: float = 1.0
    """Highest value of a `bounded` score."""
    failure: float | None = None
    """The value of a sample whose target failed; none: the worse end of the scale, or 0 without bounds
    where higher is better, otherwise such samples are skipped."""

    def _check(self) -> None:
        if not self.score_name:
            raise self._refuse("needs the name of a score", hint="Write recorded:NAME")
        if not self.low < self.high:
            raise self._refuse("low must be less than high", hint="Give the limits of the scale")

    def _declare(self) -> MetricSpec:
        scale: Scale = "unbounded" if self.scale == "auto" else self.scale
        low, high = (self.low, self.high) if scale == "bounded" else (0.0, 1.0)
        unbounded = scale == "unbounded"
        worst = {"higher": low, "lower": None if unbounded else high, "neither": None}[self.direction]
        return replace(
            self.traits,
            name=f"recorded:{self.score_name}",
            direction=self.direction,
            scale=scale,
            range=(None, None) if unbounded else (low, high),
            measure="share" if scale == "binary" else "points",
            failure=worst if self.failure is None else self.failure,
        )

    def _settings(self) -> Mapping[str, Json]:
        return {key: value for key, value in super()._settings().items() if key != "score_name"}

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  the output brings its score along
        """The recorded number; Failed where the output has none of this name."""
        value = output.scores.get(self.score_name)
        if value is None:
            return Failed(error=f"no score {self.score_name!r} recorded with this output")
        if self.scale == "binary" and value not in {0.0, 1.0}:
            return Failed(error=f"the score {self.score_name!r} is {value}, neither 0 nor 1")
        return Scored(value=value)
