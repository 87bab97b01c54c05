"""What a store of feedback can do; `steelyard.store` implements it on every database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from steelyard.traces._feedback import (
    Feedback,
    FeedbackKind,
    FeedbackTaken,
    FeedbackTone,
    StoredFeedback,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackQuery:
    """Which feedback, newest first. What is empty is not asked for."""

    project: str
    """Whose."""
    trace_id: str = ""
    """On this trace, or on a span of it."""
    span_id: str = ""
    """On this span of the trace."""
    session: str = ""
    """On this session."""
    user: str = ""
    """On this user."""
    kind: FeedbackKind | None = None
    """Of this kind."""
    tone: FeedbackTone | None = None
    """Saying this of the answer."""
    since: datetime | None = None
    """Received at or after this."""
    until: datetime | None = None
    """Received before this."""
    limit: int = 50
    """At most this many, 1 to 1,000."""
    cursor: str = ""
    """`next` of the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPage:
    """A page of feedback."""

    items: tuple[StoredFeedback, ...]
    """Newest first."""
    next: str = ""
    """The cursor of the page after; empty at the end."""


class FeedbackMarks(NamedTuple):
    """How much feedback a trace has, its spans' among it."""

    total: int
    """All of it."""
    negative: int
    """What says that the answer was bad."""
    positive: int
    """What says that it was good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSeriesQuery:
    """Which series: the share of thumbs down by hour, say, or the mean of a score by model."""

    project: str
    """Whose."""
    since: datetime
    """From this on."""
    until: datetime
    """Up to and without this."""
    clock: Literal["received", "answered"] = "received"
    """Which time counts: when the feedback came, or its trace; the second leaves out what has no trace."""
    kind: FeedbackKind = "thumb"
    """Of this kind."""
    name: str | None = None
    """With this name; None for every name, each in cells of its own."""
    model: str | None = None
    """On traces of this model; None for all, told apart."""
    slice: str | None = None
    """On traces of this slice; None for all, told apart."""
    by: Sequence[Literal["model", "slice"]] = ("model",)
    """What is told apart besides the name."""
    step_s: int = 3600
    """Seconds of a point; a multiple of 60."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackCell:
    """One point: what an interval or a test needs. Who gives feedback is no random sample of who could."""

    start: datetime
    """Beginning of the step, by the server's clock."""
    model: str
    """The model; empty when not told apart, or unknown."""
    slice: str
    """The slice; empty when not told apart, or unknown."""
    name: str
    """What was asked, or what happened."""
    n: int
    """How much feedback."""
    negative: int
    """How much of it says that the answer was bad: a thumb down, a refund."""
    traces: int
    """On how many traces; one whose model came between two of its feedback counts twice."""
    valued: int
    """How much of it has a number."""
    total: float
    """The sum of the numbers."""
    squares: float
    """The sum of their squares."""


class FeedbackStore(Protocol):
    """Takes feedback in, finds it, counts it, lets it go."""

    def add_feedback(
        self, project: str, items: Sequence[Feedback], *, refused: Sequence[str] = (), most: int | None = None
    ) -> FeedbackTaken:
        """Store feedback, and count what was refused before; returns when it is durable.

        An id that came before changes nothing when the content is the same, and replaces what it said
        otherwise, unless that was given later or by somebody else (`may_revise`). With `most` the sender
        may be anybody: what would change another sender's, or give one trace more than `most` of this one, is
        refused. Raises StoreError; then nothing of it was stored.
        """
        ...

    def list_feedback(self, query: FeedbackQuery) -> FeedbackPage:
        """Feedback, newest first."""
        ...

    def feedback_marks(self, project: str, trace_ids: Sequence[str]) -> dict[str, FeedbackMarks]:
        """Trace id to how much feedback it has; traces without any are left out."""
        ...

    def feedback_series(self, query: FeedbackSeriesQuery) -> list[FeedbackCell]:
        """Points by time, model, slice and name."""
        ...

    def delete_feedback(self, project: str, *, author: str = "", ids: Sequence[str] = ()) -> int:
        """Delete what an author sent, or feedback by its ids; returns how much went."""
        ...
