"""Times and objects as exports write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from steelyard.core import Json
from steelyard.traces._times import moment_ns
from steelyard.traces._values import parsed

Row: TypeAlias = "Mapping[str, Json]"


def moment(value: Json) -> float | None:
    """Seconds since 1970 of a number of seconds or milliseconds, or of a text; None where it is no time."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 < value < 1e11 else float(value) / 1000 if 0 < value < 1e14 else None
    found = moment_ns(value)
    return None if found is None else found / 1e9


def as_row(value: Json) -> Row:
    """An object, or the object that a text holds; everything else is an empty one."""
    found = parsed(value)
    return found if isinstance(found, Mapping) else {}


def as_rows(value: Json) -> list[Row]:
    """The objects of a list, or of the list that a text holds."""
    found = parsed(value)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list | tuple) else []


def positive(value: Json) -> Json:
    """A number above 0, also one written as text; None for the rest."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None
