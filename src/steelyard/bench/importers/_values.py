"""Values of foreign JSON, read without trusting them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from steelyard.core import Json, canonical_json

DEEPEST = 200
"""Levels of nesting that are taken; what is deeper would exhaust later readers."""

_LONGEST_SETTING = 2000
_SECRET_WORDS = ("key", "token", "secret", "password", "passwd", "credential", "authorization", "cookie")
_HARMLESS_WORDS = ("max_tokens", "tokens", "token_limit", "keyword", "max_token", "stop_token", "key_points")
_WORDS = {"true": 1.0, "yes": 1.0, "pass": 1.0, "passed": 1.0, "correct": 1.0} | {
    "false": 0.0,
    "no": 0.0,
    "fail": 0.0,
    "failed": 0.0,
    "incorrect": 0.0,
}


def parse_tool_json(text: str, lost: Counter[str]) -> Json:
    """One JSON value as tools write it: NaN and infinities, which some write, become null.

    `lost` counts them. Raises ValueError with a reason for people.
    """

    def constant(name: str) -> None:
        lost[name] += 1

    try:
        parsed: Json = json.loads(text, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"holds a number that cannot be read: {error}") from error
    return parsed


def check_plain(value: Json) -> None:
    """Raise ValueError for what could not be stored: too deep, not finite, too large a number."""
    level: list[Json] = [value]
    for _ in range(DEEPEST):
        below: list[Json] = []
        for item in level:
            if isinstance(item, str):
                continue
            if isinstance(item, dict | Mapping):
                below.extend(item.values())
            elif isinstance(item, list | tuple):
                below.extend(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise ValueError("holds a number that is too large")
        if not below:
            return
        level = below
    raise ValueError(f"is nested more than {DEEPEST} levels deep")


def as_object(value: Json) -> Mapping[str, Json]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict | Mapping) else {}


def as_items(value: Json) -> Sequence[Json]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list | tuple) else ()


def text_at(row: Mapping[str, Json], *names: str) -> str:
    """The first of these keys that holds text which is not blank; empty when none does."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def number_of(value: Json) -> float | None:
    """A finite number, also from text and truth words; None for everything else."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _WORDS:
            return _WORDS[word]
        try:
            value = float(word)
        except ValueError:
            return None
    if not isinstance(value, bool | int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def amount_at(row: Mapping[str, Json], *names: str) -> float | None:
    """The first of these keys that holds a number of at least 0."""
    for name in names:
        number = number_of(row.get(name))
        if number is not None and number >= 0 and not isinstance(row.get(name), bool):
            return number
    return None


def count_at(row: Mapping[str, Json], *names: str) -> int | None:
    """Like `amount_at`, for whole numbers that any database holds."""
    number = amount_at(row, *names)
    return None if number is None or number > 2**53 else int(number)


def moment(value: Json) -> datetime | None:
    """A point in time from ISO 8601 text or seconds since 1970; without a zone it is UTC."""
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return None


def seconds_between(start: Json, end: Json) -> float | None:
    """Seconds from one moment to another; None when either is unknown or time runs backwards."""
    first, last = moment(start), moment(end)
    if first is None or last is None or last < first:
        return None
    return (last - first).total_seconds()


def parsed_cell(value: Json) -> Json:
    """A cell that holds JSON text of an object or list, parsed; anything else as it is."""
    if not isinstance(value, str):
        return value
    bare = value.strip()
    if not (bare.startswith("{") and bare.endswith("}")) and not (
        bare.startswith("[") and bare.endswith("]")
    ):
        return value
    try:
        parsed = parse_tool_json(bare, Counter())
        check_plain(parsed)
    except ValueError:
        return value
    return parsed


def plain_settings(settings: Mapping[str, Json]) -> dict[str, Json]:
    """What describes a target: without secrets, and with the length in place of endless entries."""
    kept = without_secrets(settings)
    lengths = {name: len(canonical_json(value)) for name, value in kept.items()}
    return {
        name: f"left out: {lengths[name]:,} characters" if lengths[name] > _LONGEST_SETTING else value
        for name, value in kept.items()
    }


def without_secrets(value: Json) -> Any:
    """A value without empty entries and without those whose name says that they are secret."""
    if isinstance(value, Mapping):
        kept = {name: without_secrets(item) for name, item in value.items() if not _is_secret(name)}
        return {name: item for name, item in kept.items() if item not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    if isinstance(value, str) and "://" in value and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"
    return value


def printable(text: str) -> str:
    """Foreign text as it may stand in a message: one line, no control characters, not endless."""
    short = text[:200]
    return short if short.isprintable() else "".join(c if c.isprintable() else "?" for c in short)


def shown_text(value: Json) -> str:
    """A value as text: text as it is, anything else as canonical JSON."""
    return value if isinstance(value, str) else canonical_json(value)


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("-", "_")
    if any(word in plain for word in _HARMLESS_WORDS):
        return False
    return any(word in plain for word in _SECRET_WORDS)
