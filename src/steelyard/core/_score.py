"""A score is one of three states: a failure is never a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from steelyard.core._json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The evaluator measured the sample."""

    value: float
    """The measurement; finite."""
    reason: str = ""
    """Why, for people: what was extracted, what differed."""
    extracted: bool = True
    """False when the answer held nothing to measure, so that the value is the failure value."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """Sufficient statistics or labels that a corpus-level metric aggregates."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"a score must be finite, got {self.value}: use Failed or Skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The evaluator or the infrastructure failed: the sample is missing, and counted as such."""

    error: str
    """One line for people, free of secrets."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """What the evaluator had in hand: a judge's unreadable answer, what it cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The metric does not apply to this sample, for instance because nothing was expected."""

    reason: str
    """Why it does not apply."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """What the evaluator had in hand: the votes of a judge that found nothing to judge, what they cost."""


Score: TypeAlias = Scored | Failed | Skipped
