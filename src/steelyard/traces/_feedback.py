"""Feedback: what users, experts and business systems said of an answer, whenever they said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from steelyard.core import Json

FeedbackKind = Literal["thumb", "score", "edit", "text", "event"]
FEEDBACK_KINDS: tuple[FeedbackKind, ...] = get_args(FeedbackKind)
"""Every kind; the place of a kind here is its number in the store and never changes."""

FeedbackTone = Literal["neutral", "positive", "negative"]
FEEDBACK_TONES: tuple[FeedbackTone, ...] = get_args(FeedbackTone)
"""Every tone; its place is its number in the store."""

FeedbackSource = Literal["user", "expert", "system"]
FEEDBACK_SOURCES: tuple[FeedbackSource, ...] = get_args(FeedbackSource)
"""Who judged: somebody who used the system, who rates for us, or a program that saw what came of it."""

EVENT_TONES: dict[str, FeedbackTone] = {
    "reopened": "negative",
    "escalated": "negative",
    "refunded": "negative",
    "returned": "negative",
    "regenerated": "negative",
    "abandoned": "negative",
    "complained": "negative",
    "converted": "positive",
    "resolved": "positive",
    "accepted": "positive",
    "copied": "positive",
}
"""What a business event says of the answer where its sender does not say; other events say neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One thing that was said of a trace, a span, a session or a user."""

    id: str
    """Its sender's name for it, 1 to 200 characters: the same id is the same feedback, sent or revised."""
    kind: FeedbackKind
    """A thumb, a number, an edited answer, words, or something that happened."""
    trace_id: str = ""
    """32 hexadecimal digits; the trace may come later, or never."""
    span_id: str = ""
    """16 hexadecimal digits; empty for the whole trace."""
    session: str = ""
    """The conversation."""
    user: str = ""
    """Who used the system."""
    name: str = ""
    """What was asked (`helpful`), or what happened (`refunded`); empty for the answer as a whole."""
    value: float | None = None
    """A thumb's 1 (up) or 0 (down), a score's number, an event's amount; None without one."""
    label: str = ""
    """A reason out of a list, in a word: `wrong`, `unsafe`."""
    text: str = ""
    """The edited answer, or what was written."""
    tone: FeedbackTone = "neutral"
    """What it says of the answer."""
    source: FeedbackSource = "user"
    """Who judged."""
    author: str = ""
    """Who sent it, as the server knows them: a user's name, `key:PREFIX`, or empty on this machine."""
    given_us: int | None = None
    """When it was given by its sender's clock, microseconds since 1970."""

    @property
    def given(self) -> datetime | None:
        """When it was given by its sender's clock."""
        return None if self.given_us is None else datetime.fromtimestamp(self.given_us / 1e6, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFeedback:
    """Feedback as the store has it."""

    no: int
    """Its place in server order."""
    received: datetime
    """When it came first, by the server's clock."""
    revised: datetime | None
    """When it was last changed, by the server's clock; None when it never was."""
    feedback: Feedback
    """What was said."""

    def as_json(self) -> dict[str, Json]:
        """The form in which every door shows it."""
        said = self.feedback
        return {
            "id": said.id,
            "kind": said.kind,
            "trace": said.trace_id,
            "span": said.span_id,
            "session": said.session,
            "user": said.user,
            "name": said.name,
            "value": thumb_word(said.value) if said.kind == "thumb" else said.value,
            "label": said.label,
            "text": said.text,
            "tone": said.tone,
            "source": said.source,
            "author": said.author,
            "time": None if said.given is None else said.given.isoformat(),
            "received": self.received.isoformat(),
            "revised": None if self.revised is None else self.revised.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Feedback that was not taken."""

    index: int
    """Its place in the list that was sent, from 0."""
    id: str
    """Its id, where it has one that can be read."""
    reason: str
    """Why; the same words for the same mistake, so that they can be counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackTaken:
    """What became of a list of feedback; it is durable."""

    accepted: int = 0
    """Those that are new."""
    revised: int = 0
    """Those that replaced what had come under the same id."""
    duplicates: int = 0
    """Those that were there already: a retry, which changes nothing."""
    refused: Sequence[Refused] = ()
    """Those that were not taken."""

    def plus(self, other: FeedbackTaken) -> FeedbackTaken:
        """Both together."""
        return FeedbackTaken(
            accepted=self.accepted + other.accepted,
            revised=self.revised + other.revised,
            duplicates=self.duplicates + other.duplicates,
            refused=(*self.refused, *other.refused),
        )

    def as_json(self) -> dict[str, Json]:
        """The answer of every door."""
        return {
            "accepted": self.accepted,
            "revised": self.revised,
            "duplicates": self.duplicates,
            "rejected": [
                {"index": item.index, "id": item.id, "reason": item.reason} for item in self.refused
            ],
        }


def may_revise(author: str, owner: str) -> bool:
    """Whether a trusted sender may change what another gave: what programs sent, never what a person did.

    An author without a name is this machine itself, which may do all.
    """
    return author in ("", owner) or not owner or owner.startswith("key:")


def thumb_word(value: float | None) -> str:
    """`up` or `down`."""
    return "up" if value else "down"


def tone_of(kind: FeedbackKind, name: str, value: float | None) -> FeedbackTone:
    """What feedback says of the answer where its sender does not say.

    A thumb says it, some events do (`EVENT_TONES`); scores have no known middle, and texts are not read.
    """
    if kind == "thumb":
        return "positive" if value else "negative"
    return EVENT_TONES.get(name, "neutral") if kind == "event" else "neutral"
