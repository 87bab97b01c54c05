"""JSON objects from files of JSON lines or one JSON array, strictly parsed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

from steelyard.bench._problems import Problems, shown
from steelyard.core import InputError, Json
from steelyard.text import read_lines, read_text

Row = dict[str, Json]


class _RefusedError(ValueError):
    """A JSON text that parses but cannot be taken as it is."""


def parse_strict(text: str) -> Json:
    """One JSON value; raises ValueError with a reason for people.

    Refused besides what JSON forbids: NaN, infinities (`1e999` too), a key that appears twice in one
    object, nesting that exhausts the parser.
    """
    try:
        parsed: Json = json.loads(
            text, parse_constant=_constant, parse_float=_real, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at column {error.colno}{_near(error)}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except _RefusedError:
        raise
    except ValueError as error:
        raise ValueError(f"holds a number that cannot be read: {error}") from error
    return parsed


def json_line_rows(path: Path, problems: Problems) -> Iterator[tuple[int, Row]]:
    """Line number and object of each JSON line; what is broken goes to `problems`."""
    for line, text in read_lines(path):
        if not text or text.isspace():
            continue
        try:
            value = parse_strict(text)
        except ValueError as error:
            problems.add(line, "", str(error))
            continue
        if isinstance(value, dict):
            yield line, value
        else:
            problems.add(line, "", f'is {shown(value, 30)}, not a JSON object such as {{"id": …}}')


def json_array_rows(path: Path, problems: Problems) -> list[tuple[int, Row]]:
    """Number from 1 and object of each element of a JSON array of objects.

    An object that holds exactly one list of objects (`{"data": […]}`) is taken for that list.
    """
    try:
        value = parse_strict(read_text(path))
    except ValueError as error:
        raise InputError(
            f"the file {error}", where=str(path), hint="Mend it, or write it as JSON lines, one object a line"
        ) from error
    rows = _element_list(value)
    if rows is None:
        raise InputError(
            "the file holds no list of objects",
            where=str(path),
            hint="Write [{…}, {…}], or JSON lines, one object a line",
        )
    found: list[tuple[int, Row]] = []
    for number, item in enumerate(rows, start=1):
        if isinstance(item, dict):
            found.append((number, item))
        else:
            problems.add(number, "", f"is {shown(item, 30)}, not an object")
    return found


def _element_list(value: Json) -> list[Json] | None:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        lists = [
            item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)
        ]
        if len(lists) == 1:
            return lists[0]
    return None


def _constant(name: str) -> Json:
    raise _RefusedError(f"holds {name}, which is not a JSON number: leave the value out or write null")


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(f"holds {text[:30]}, which is too large for a number")
    return value


def _object(pairs: list[tuple[str, Json]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RefusedError(f"holds the key {shown(twice)} twice")
    return row


def _near(error: json.JSONDecodeError) -> str:
    before = error.doc[max(error.pos - 20, 0) : error.pos + 20]
    return f", near {shown(before)}" if before else ""
