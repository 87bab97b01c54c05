"""The records of expert review: studies, ratings bound to outputs, calibrations of judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from steelyard.core import Json, Rating, Rubric


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A collection of ratings under one name."""

    name: str
    """What people call it."""
    created: datetime
    """When its first ratings came, UTC."""
    rubric: Rubric | None = None
    """What raters were asked; None where ratings came without one."""
    runs: tuple[str, ...] = ()
    """Runs whose outputs were judged; empty: unbound, and no judge can be held against it."""

    @property
    def is_bound(self) -> bool:
        """Whether its ratings are bound to outputs of runs."""
        return bool(self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRating:
    """A rating in its study."""

    rating: Rating
    """What one expert said."""
    run: str = ""
    """The run whose output was judged; empty in an unbound study."""
    inclusion: float | None = None
    """The probability with which the output was drawn for experts; None: all alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnItem:
    """An output that was drawn for experts."""

    run: str
    """Whose output it is."""
    item: str
    """The case id."""
    epoch: int
    """The repetition."""
    inclusion: float
    """The probability with which it was drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCalibration:
    """A judge, held against the experts of a study: what was compared, and what must stay as it is.

    A record without a study is a check on shipped answers (`keep_check`).
    """

    run: str
    """The run whose scores were held against experts."""
    study: str
    """The study's name."""
    metric: str
    """The metric's key."""
    criterion: str
    """What experts were asked."""
    judge: Mapping[str, Json]
    """`judge_signature` of the metric: models, prompt, rubric and settings."""
    benchmark_hash: str
    """The benchmark version of the run."""
    fingerprint: Mapping[str, Json]
    """`Fingerprint.as_json()` of inputs and answers."""
    raters: tuple[str, ...]
    """Who judged."""
    labels: int
    """Outputs with an experts' consensus."""
    date: datetime
    """When, UTC."""
    threshold: float | None = None
    """The score from which a graded judge says yes; None: no threshold."""
    fitted_on: tuple[tuple[str, int], ...] = ()
    """Outputs (case id, epoch) that the threshold was fitted on: they never correct a headline."""
    seed: int = 0
    """What their draw can be repeated from."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """The report that was shown: quality, agreement, ceiling and biases on that day."""
