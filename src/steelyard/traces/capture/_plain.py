"""Any value as text that may be recorded: bounded, masked, redacted, and never at the caller's cost."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from steelyard.core import Json
from steelyard.traces._answers import is_answer
from steelyard.traces._chunks import is_chunk, joined_chunks
from steelyard.traces._clean import clean_text
from steelyard.traces.capture._masking import MASK, is_secret_name
from steelyard.traces.capture._settings import Redact

_DEEPEST = 12


class Plain:
    """Turns values into JSON within a budget of characters, which all its values share."""

    __slots__ = ("_left", "_redact")

    def __init__(self, characters: int, redact: Redact | None = None) -> None:
        self._left = characters
        self._redact = redact

    def json(self, value: Any, depth: int = 0) -> Json:
        """The value as JSON; what does not fit is named by what it was."""
        if isinstance(value, str):
            return self.text(value if type(value) is str else str.__str__(value))
        if value is None or isinstance(value, bool | int | float):
            return self.scalar(value)
        if self._left <= 0:
            return "…"
        return self._compound(value, depth + 1) if depth < _DEEPEST else _named(value)

    def scalar(self, value: float | None) -> Json:
        """A number, a truth value or nothing; what JSON has no number for as text."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if abs(value) < 2**63 else self.text(f"{value:e}")
        return float(value) if math.isfinite(value) else str(float(value))

    def pairs(self, pairs: Sequence[tuple[Any, Any]], depth: int) -> Json:
        """An object; what stands under the name of a secret is masked."""
        row: dict[str, Json] = {}
        for place, (name, item) in enumerate(pairs):
            if self._left <= 0:
                row["…"] = f"{len(pairs) - place:,} more"
                break
            key = self.text(name if isinstance(name, str) else str(self.json(name, depth)))
            masked = is_secret_name(key) and item is not None
            row[key] = MASK if masked else self.json(item, depth)
            self._left -= 4
        return row

    def items(self, items: Sequence[Any] | AbstractSet[Any], depth: int) -> Json:
        """A list."""
        found: list[Json] = []
        for place, item in enumerate(items):
            if self._left <= 0:
                found.append(f"… {len(items) - place:,} more")
                break
            found.append(self.json(item, depth))
            self._left -= 4
        return found

    def text(self, text: str) -> str:
        """What fits of a text; redacted before it is cut, so that no half of a secret stays."""
        if self._redact is not None:
            text = self._redact(text)
        size = len(text)
        if size > self._left:
            text = f"{text[: max(0, self._left)]}… ({size:,} characters)"
        self._left -= size
        return text if text.isascii() else clean_text(text)

    def _compound(self, value: Any, depth: int) -> Json:
        kind = type(value)
        if kind is dict:
            return self.pairs(list(value.items()), depth)
        if kind is list or kind is tuple:
            return self.items(value, depth)
        for kinds, read in _READERS:
            if isinstance(value, kinds):
                return read(self, value, depth)
        pairs = _fields(value)
        return _named(value) if pairs is None else self.pairs(pairs, depth)


_READERS: tuple[tuple[Any, Callable[[Plain, Any, int], Json]], ...] = (
    (Mapping, lambda plain, value, depth: plain.pairs(list(value.items()), depth)),
    (enum.Enum, lambda plain, value, depth: plain.json(value.value, depth)),
    ((bytes, bytearray, memoryview), lambda _plain, value, _: f"<{len(value):,} bytes>"),
    (
        (range, date, time, timedelta, Decimal, UUID, PurePath),
        lambda plain, value, _: plain.text(str(value)),
    ),
    ((Sequence, AbstractSet), lambda plain, value, depth: plain.items(value, depth)),
    (numbers.Integral, lambda plain, value, _: plain.scalar(int(value))),
    (numbers.Real, lambda plain, value, _: plain.scalar(float(value))),
)
"""Sorts of values and how they are read; the first that fits."""


def plain_json(value: Any, *, characters: int, redact: Redact | None = None) -> Json:
    """A value as JSON of about so many characters.

    Whatever the value's own methods or the redaction raise is recorded in its place: what is observed must
    not fail by being observed, and what could not be redacted is not recorded.
    """
    try:
        return Plain(characters, redact).json(value)
    except Exception as error:  # noqa: BLE001 - the value's methods and the redaction are the caller's
        return f"<not recorded: {type(error).__name__}>"


def answer_row(value: Any) -> Mapping[str, Any] | None:
    """A model provider's answer, or the list of its chunks, as an object; None for every other value."""
    try:
        if isinstance(value, list):
            rows = [_dumped(item) for item in value] if value and is_chunk(_dumped(value[0])) else []
            return joined_chunks(rows) if rows else None
        row = _dumped(value)
        return row if is_answer(row) else None
    except Exception:  # noqa: BLE001 - the value's methods are the caller's
        return None


def as_text(value: Json) -> str:
    """JSON text; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _fields(value: Any) -> Sequence[tuple[Any, Any]] | None:
    """The fields of a dataclass or of a model of pydantic; None for everything else."""
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return [(item.name, getattr(value, item.name)) for item in dataclasses.fields(value)]
    return list(_dumped(value).items()) if callable(getattr(type(value), "model_dump", None)) else None


def _dumped(value: Any) -> Mapping[str, Any]:
    """A mapping, or a model of pydantic as one; everything else is an empty one."""
    dump = getattr(type(value), "model_dump", None)
    found = dump(value) if callable(dump) else value
    return found if isinstance(found, Mapping) else {}


def _named(value: Any) -> str:
    kind = type(value)
    return f"<{kind.__module__}.{kind.__qualname__}>"
