"""One call that tells a server what somebody said of an answer."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from steelyard.core import Json, SystemClock
from steelyard.traces._feedback import FeedbackKind, FeedbackSource, FeedbackTone
from steelyard.traces._sender import post_feedback, sender


class FeedbackFields(TypedDict, total=False):
    """What `send_feedback` takes."""

    id: str
    """Your name for it, such as a ticket number: the same id again counts once, or replaces."""
    kind: FeedbackKind
    """By default a thumb for `up` and `down`, a score for a number, a text for words."""
    trace: str
    """The trace's id, 32 hexadecimal digits."""
    span: str
    """A span's id, 16 hexadecimal digits."""
    session: str
    """The conversation."""
    user: str
    """Who used the system."""
    name: str
    """What was asked (`helpful`), or what happened (`refunded`)."""
    value: float | Literal["up", "down"]
    """A thumb, a score, or an event's amount."""
    label: str
    """A reason in a word."""
    text: str
    """The edited answer, or what was written."""
    tone: FeedbackTone
    """What it says of the answer, where it is not clear."""
    source: FeedbackSource
    """Who judged."""
    time: datetime | str
    """When it was given; now, unless it is said."""


def send_feedback(*, wait: bool = False, **fields: Unpack[FeedbackFields]) -> str:
    """Tell the server at STEELYARD_ENDPOINT what somebody said of an answer; returns the feedback's id.

    It is sent in the background, with the key in STEELYARD_KEY, again and again while the server is away;
    what goes wrong is said in the log `steelyard.feedback` and never raised. With `wait=True` the call
    returns when it is durable, and raises ConfigError, TargetError, InputError or UsageError otherwise.
    """
    item: dict[str, Json] = {
        "id": fields.get("id") or secrets.token_hex(16),
        "kind": fields.get("kind") or _kind(fields),
        "time": _moment(fields.get("time")),
    }
    for name, value in fields.items():
        if name not in item and value is not None and value != "":
            item[name] = value  # type: ignore[assignment] # the other fields are texts and numbers
    if wait:
        post_feedback([item])
    else:
        sender().put(item)
    return str(item["id"])


def _kind(fields: FeedbackFields) -> FeedbackKind:
    value = fields.get("value")
    if value in ("up", "down"):
        return "thumb"
    return "text" if value is None else "score"


def _moment(given: datetime | str | None) -> str:
    if isinstance(given, str):
        return given
    moment = given or SystemClock().now()
    return (moment if moment.tzinfo else moment.astimezone()).isoformat()
