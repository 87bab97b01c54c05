"""From JSON to feedback: every item is checked by itself, and what is wrong with it is said."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from steelyard.core import Json
from steelyard.traces._feedback import (
    FEEDBACK_KINDS,
    FEEDBACK_SOURCES,
    FEEDBACK_TONES,
    Feedback,
    FeedbackKind,
    Refused,
    tone_of,
)
from steelyard.traces._redact import Redaction
from steelyard.traces._times import moment_ns

FEEDBACK_FIELDS = (
    "id", "kind", "trace", "span", "session", "user", "name", "value", "label", "text", "tone",
    "source", "time",
)  # fmt: skip
"""What an item may hold."""
PAGE_FIELDS = ("id", "kind", "trace", "span", "name", "value", "label", "text", "time")
"""What an item may hold that comes from a page anybody can open: not who they are, nor what it means."""

_TRACE = re.compile(r"(?!0{32})[0-9a-f]{32}", re.ASCII)
_SPAN = re.compile(r"(?!0{16})[0-9a-f]{16}", re.ASCII)
_LARGEST = 1e100
_THUMBS = {"up": 1.0, "down": 0.0}
_YEARS_US = (946_684_800_000_000, 4_102_444_800_000_000)
_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackLimits:
    """Bounds on what is sent."""

    body_bytes: int = 4 * 2**20
    """Bytes of a request."""
    items: int = 1000
    """Feedback in one request."""
    word: int = 200
    """Characters of an id, a name, a label, a session, a user."""
    text: int = 50_000
    """Characters of an edited answer or a written text."""


PAGE_LIMITS = FeedbackLimits(body_bytes=64 * 2**10, items=20, text=20_000)
"""Bounds on what a page sends that anybody can open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackReading:
    """How items are read."""

    author: str = ""
    """Who sends them, as the server knows them."""
    limits: FeedbackLimits = FeedbackLimits()
    """The bounds in force."""
    from_page: bool = False
    """Whether they come from a page that anybody can open: then on a trace alone, with `PAGE_FIELDS`."""
    id_prefix: str = ""
    """What ids of items without one begin with; empty: such items are refused."""
    redaction: Redaction | None = None
    """What is taken out of texts before they are stored."""


class _WrongError(ValueError):
    """What is wrong with an item, in words that hold nothing of it."""


def read_feedback(document: Json, reading: FeedbackReading) -> tuple[list[Feedback], list[Refused]]:
    """The feedback in a list of items, or in one, and what was refused of it."""
    items = document if isinstance(document, list | tuple) else [document]
    taken: list[Feedback] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        try:
            if index >= reading.limits.items:
                raise _WrongError(f"a request has at most {reading.limits.items:,} items")
            taken.append(_read(item, reading, place=index))
        except _WrongError as error:
            refused.append(Refused(index=index, id=_said_id(item), reason=str(error)))
    return taken, refused


def _read(item: Json, reading: FeedbackReading, *, place: int) -> Feedback:
    if not isinstance(item, Mapping):
        raise _WrongError("an item must be an object")
    fields = PAGE_FIELDS if reading.from_page else FEEDBACK_FIELDS
    if any(key not in fields for key in item):
        known = any(key in FEEDBACK_FIELDS for key in item if key not in fields)
        said = "this key may not say that" if known else "there is an unknown field"
        raise _WrongError(f"{said}: only {', '.join(fields)}")
    kind = _choice(item, "kind", FEEDBACK_KINDS)
    if kind is None:
        raise _WrongError(f"'kind' must be one of {', '.join(FEEDBACK_KINDS)}")
    if reading.from_page and kind == "event":
        raise _WrongError("this key may not say that: events come from your own programs")
    word = reading.limits.word
    name, label = (_text(item, key, most=word) for key in ("name", "label"))
    said = _text(item, "text", most=reading.limits.text)
    value = _value(item, kind)
    _complete(kind, name=name, value=value, text=said)
    target = _target(item, word=word, from_page=reading.from_page)
    if (clean := reading.redaction) is not None:
        said, label, name = clean(said), clean(label)[:word], clean(name)[:word]
        target |= {key: clean(target[key])[:word] for key in ("session", "user")}
    return Feedback(
        id=_id(item, reading, place=place),
        kind=kind,
        **target,
        name=name,
        value=value,
        label=label,
        text=said,
        tone=_choice(item, "tone", FEEDBACK_TONES) or tone_of(kind, name, value),
        source=_choice(item, "source", FEEDBACK_SOURCES) or ("system" if kind == "event" else "user"),
        author=reading.author,
        given_us=_time(item),
    )


def _said_id(item: Json) -> str:
    found = item.get("id") if isinstance(item, Mapping) else None
    return found[:200] if isinstance(found, str) else ""


def _id(item: Mapping[str, Json], reading: FeedbackReading, *, place: int) -> str:
    given = _text(item, "id", most=reading.limits.word)
    if given:
        return given
    if reading.id_prefix:
        seed = f"{reading.author}\n{reading.id_prefix}\n{place}"
        return hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    raise _WrongError("an item needs an 'id' of your choice, so that sending it again counts once")


def _target(item: Mapping[str, Json], *, word: int, from_page: bool) -> dict[str, str]:
    trace, span = (_text(item, key, most=64).lower() for key in ("trace", "span"))
    session, user = (_text(item, key, most=word) for key in ("session", "user"))
    if trace and not _TRACE.fullmatch(trace):
        raise _WrongError("'trace' must be 32 hexadecimal digits")
    if span and not _SPAN.fullmatch(span):
        raise _WrongError("'span' must be 16 hexadecimal digits")
    if span and not trace:
        raise _WrongError("a 'span' needs its 'trace'")
    if not (trace or ((session or user) and not from_page)):
        wanted = "a 'trace'" if from_page else "a 'trace', a 'session' or a 'user'"
        raise _WrongError(f"an item needs {wanted} that it is about")
    return {"trace_id": trace, "span_id": span, "session": session, "user": user}


def _complete(kind: FeedbackKind, *, name: str, value: float | None, text: str) -> None:
    if kind in ("thumb", "score") and value is None:
        wanted = "'up' or 'down'" if kind == "thumb" else "a number"
        raise _WrongError(f"a {kind} needs a 'value': {wanted}")
    if kind == "event" and not name:
        raise _WrongError("an event needs a 'name': what happened")
    if kind in ("edit", "text") and not text:
        raise _WrongError(f"{'an edit' if kind == 'edit' else 'a text'} needs a 'text'")


def _value(item: Mapping[str, Json], kind: FeedbackKind) -> float | None:
    value = item.get("value")
    if value is None:
        return None
    if kind == "thumb":
        if isinstance(value, str) and value in _THUMBS:
            return _THUMBS[value]
        raise _WrongError("a thumb's 'value' must be 'up' or 'down'")
    if kind in ("edit", "text"):
        raise _WrongError("only a thumb, a score or an event has a 'value'")
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise _WrongError("'value' must be a number, and of at most 1e100")
    return float(value)


def _text(item: Mapping[str, Json], key: str, *, most: int) -> str:
    value = item.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _WrongError(f"'{key}' must be text")
    if len(value) > most:
        raise _WrongError(f"'{key}' has more than {most:,} characters")
    return value


def _choice(item: Mapping[str, Json], key: str, known: Sequence[_Word]) -> _Word | None:
    value = item.get(key)
    if value is None:
        return None
    for word in known:
        if value == word:
            return word
    raise _WrongError(f"'{key}' must be one of {', '.join(known)}")


def _time(item: Mapping[str, Json]) -> int | None:
    value = item.get("time")
    if value is None:
        return None
    found = moment_ns(value)
    if found is None or not _YEARS_US[0] <= found // 1000 <= _YEARS_US[1]:
        raise _WrongError("'time' must be ISO 8601 between 2000 and 2100, such as 2026-01-31T12:00:00Z")
    return found // 1000
