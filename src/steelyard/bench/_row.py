"""From a JSON row to a validated case, with a reason for everything that is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from steelyard.bench._attachments import AttachmentError, AttachmentFolder
from steelyard.bench._problems import shown
from steelyard.core import Attachment, Case, Json, Message, Scenario

ID_LIMIT = 512
_LABEL_LIMIT = 256
_MOST_TURNS = 1000
_SCENARIO_KEYS = ("persona", "goal", "max_turns")
_ATTACHMENT_KEYS = ("path", "sha256", "media_type")

Report = Callable[[str, str], None]
"""Takes the field and what is wrong with it."""


class _FieldError(ValueError):
    """A field has the wrong shape; the message says what was met and what is wanted."""


def read_case(row: Mapping[str, Json], *, folder: AttachmentFolder, report: Report) -> Case | None:
    """The case of a row that holds only contract fields; None once a problem was reported."""
    values: dict[str, Any] = {}
    broken = False
    for name, value in row.items():
        if value is None:
            continue
        try:
            values[name] = _attachments(value, folder) if name == "attachments" else _READERS[name](value)
        except (_FieldError, AttachmentError) as error:
            report(name, str(error))
            broken = True
    if row.get("id") is None:
        report("id", "is missing: every case needs a unique id")
        broken = True
    if all(row.get(name) in (None, [], {}) for name in ("input", "turns", "scenario")):
        report("input", "is missing: a case needs input, turns or scenario")
        broken = True
    return None if broken else Case(**values)


def as_text(value: Json) -> str:
    """A scalar as text: numbers and truth values as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def _id(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _FieldError(f"must be text, not {_kind(value)}")
    text = str(value)
    if not text or text != text.strip():
        raise _FieldError(f"must not be empty or begin or end with a space, got {shown(text)}")
    if len(text) > ID_LIMIT:
        raise _FieldError(f"has {len(text):,} characters; at most {ID_LIMIT} are allowed")
    if not text.isprintable():
        raise _FieldError(f"holds a control or invisible character: {shown(ascii(text))}")
    return text


def _input(value: Json) -> Json:
    if isinstance(value, list):
        return [_message(item, needs_role=True) for item in value]
    if not isinstance(value, str | Mapping):
        raise _FieldError(f"must be text, a list of messages or an object, not {_kind(value)}")
    return value


def _expected(value: Json) -> Json:
    if isinstance(value, Mapping):
        return value or None
    if isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping | list) or item is None:
                raise _FieldError(f"must be text, a list of texts or an object; the list holds {_kind(item)}")
        return [as_text(item) for item in value] or None
    return as_text(value)


def _context(value: Json) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _FieldError(f"must be a list of texts, not {_kind(value)}")
    return tuple(str(item) for item in items)


def _turns(value: Json) -> tuple[Message, ...]:
    if not isinstance(value, list):
        raise _FieldError(f"must be a list of messages, not {_kind(value)}")
    if len(value) > _MOST_TURNS:
        raise _FieldError(f"has {len(value):,} turns; at most {_MOST_TURNS:,} are allowed")
    return tuple(_message(item, needs_role=False) for item in value)


def _message(value: Json, *, needs_role: bool) -> Message:
    if isinstance(value, str) and not needs_role:
        return {"role": "user", "content": value}
    if not isinstance(value, Mapping):
        raise _FieldError(
            f"must hold messages such as {{'role': 'user', 'content': '…'}}, not {_kind(value)}"
        )
    role = value.get("role") if needs_role else value.get("role", "user")
    if not isinstance(role, str) or not role:
        raise _FieldError(f"holds a message without a role: {shown(value)}")
    content = value.get("content")
    if content is None and not value.get("tool_calls"):
        raise _FieldError(f"holds a message without content: {shown(value)}")
    if content is not None and not isinstance(content, str | list):
        raise _FieldError(f"holds a message whose content is {_kind(content)}, not text or a list of parts")
    return {"role": role, **{key: item for key, item in value.items() if key != "role"}}


def _scenario(value: Json) -> Scenario:
    if not isinstance(value, Mapping):
        raise _FieldError(f"must be an object with persona, goal and max_turns, not {_kind(value)}")
    _no_other_keys(value, _SCENARIO_KEYS)
    for key in ("persona", "goal"):
        text = value.get(key)
        if not isinstance(text, str) or not text.strip():
            raise _FieldError(f"needs a {key} in words")
    turns = value.get("max_turns", 10)
    if isinstance(turns, bool) or not isinstance(turns, int) or not 1 <= turns <= _MOST_TURNS:
        raise _FieldError(f"max_turns must be a whole number from 1 to {_MOST_TURNS:,}, not {shown(turns)}")
    return Scenario(persona=str(value["persona"]), goal=str(value["goal"]), max_turns=turns)


def _attachments(value: Json, folder: AttachmentFolder) -> tuple[Attachment, ...]:
    if not isinstance(value, list):
        raise _FieldError(f"must be a list of objects with a path, not {_kind(value)}")
    found = []
    for item in value:
        entry = {"path": item} if isinstance(item, str) else item
        if not isinstance(entry, Mapping):
            raise _FieldError(f"must be a list of objects with a path; the list holds {_kind(item)}")
        _no_other_keys(entry, _ATTACHMENT_KEYS)
        parts = {key: entry.get(key) for key in _ATTACHMENT_KEYS}
        for key, part in parts.items():
            if part is not None and not isinstance(part, str):
                raise _FieldError(f"{key} must be text, not {_kind(part)}")
        found.append(
            folder.take(
                str(parts["path"] or ""),
                sha256=_optional(parts["sha256"]),
                media_type=_optional(parts["media_type"]),
            )
        )
    return tuple(found)


def _slices(value: Json) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _FieldError(f"must be an object of dimension to value, not {_kind(value)}")
    slices = {}
    for dimension, item in value.items():
        if not dimension.strip() or "=" in dimension or not dimension.isprintable():
            raise _FieldError(f"{shown(dimension)} cannot name a dimension: use printable text without '='")
        if isinstance(item, Mapping | list):
            raise _FieldError(f"{dimension} must be text or a number, not {_kind(item)}")
        if item is not None:
            slices[dimension] = as_text(item)
    return slices


def _label(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _FieldError(f"must be text, not {_kind(value)}")
    text = str(value)
    if not text.strip() or not text.isprintable() or len(text) > _LABEL_LIMIT:
        raise _FieldError(f"must be 1 to {_LABEL_LIMIT} printable characters, got {shown(text)}")
    return text


def _weight(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _FieldError(f"must be a number, not {_kind(value)}")
    try:
        weight = float(value)
    except OverflowError:
        weight = math.inf
    if not math.isfinite(weight) or weight <= 0:
        raise _FieldError(f"must be a finite number above 0, not {shown(value)}")
    return weight


def _metadata(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise _FieldError(f"must be an object, not {_kind(value)}")
    return value


def _no_other_keys(value: Mapping[str, Json], known: Sequence[str]) -> None:
    others = [key for key in value if key not in known]
    if others:
        raise _FieldError(f"has an unknown key {shown(others[0])}; it may hold {', '.join(known)}")


def _optional(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return f"{'a truth value' if isinstance(value, bool) else type(value).__name__} ({shown(value)})"


_READERS: dict[str, Callable[[Json], Any]] = {
    "id": _id,
    "input": _input,
    "expected": _expected,
    "context": _context,
    "turns": _turns,
    "scenario": _scenario,
    "slices": _slices,
    "group": _label,
    "weight": _weight,
    "split": _label,
    "metadata": _metadata,
}

CASE_FIELDS = (*_READERS, "attachments")
"""The top-level keys of a case line."""
