"""Cases as rows of plain cells, for formats without nesting, and back without loss.

Column names carry what a cell cannot: `input` holds text as it is; `input:json` holds JSON, and is
used as soon as one value is no plain text; `slices:topic` is a slice dimension. In a spreadsheet
format, text that a program could take for a formula (beginning with `=`, `+`, `-`, `@`, tab or
carriage return), for nothing, or for two lines makes its column a `:json` one: quoted, such text is
harmless, and reads back exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from steelyard.bench._json_rows import Row, parse_strict
from steelyard.bench._row import CASE_FIELDS
from steelyard.core import Case, Json, canonical_json

JSON_SUFFIX = ":json"
SLICE_PREFIX = "slices:"
_TEXT_FIELDS = ("id", "input", "expected", "group", "split")
_JSON_FIELDS = ("context", "turns", "scenario", "attachments", "metadata")
_ORDER = (
    *("id", "input", "expected", "context", "turns", "scenario", "attachments"),
    *("group", "weight", "split", "metadata"),
)
_SPREADSHEET_UNSAFE = re.compile(r"[=+\-@\t\r]|\Z|'|.*[\x00-\x08\x0b-\x1f\x7f]", re.DOTALL)
_NUMBERS = frozenset({"weight", "epoch", "latency_s", "first_token_s", "cost_usd", "attempts"})

Cells = dict[str, str | float | None]


def case_cells(cases: Sequence[Case], *, spreadsheet: bool) -> tuple[list[str], Iterable[Cells]]:
    """Column names and rows; `spreadsheet` guards text against programs that run cells.

    Only columns that hold something are there.
    """
    rows = [case.as_json() for case in cases]
    columns = [name for field in _ORDER if (name := _column(field, rows, spreadsheet=spreadsheet))]
    flat = _flat_dimensions(rows, spreadsheet=spreadsheet)
    if flat is None:
        columns.append("slices" + JSON_SUFFIX)
    else:
        columns += [SLICE_PREFIX + dimension for dimension in flat]
    return columns, (_cells(row, columns) for row in rows)


def read_cells(cells: Mapping[str, Json], report: Callable[[str, str], None]) -> Row:
    """A row from named cells: `:json` columns parsed, slices gathered, empty fields of a case left out.

    Other empty cells stay empty texts: in a column of answers they are empty answers. Cells that cannot
    be parsed are reported with their column.
    """
    row: Row = {}
    slices: dict[str, Json] = {}
    for name, cell in cells.items():
        if cell is None or (cell == "" and _means_nothing(name)):
            continue
        if name.endswith(JSON_SUFFIX) and isinstance(cell, str):
            try:
                row[name.removesuffix(JSON_SUFFIX)] = parse_strict(cell)
            except ValueError as error:
                report(name, str(error))
        elif name.startswith(SLICE_PREFIX) and len(name) > len(SLICE_PREFIX):
            slices[name.removeprefix(SLICE_PREFIX)] = cell
        elif name in _NUMBERS and isinstance(cell, str):
            row[name] = _number(cell)
        else:
            row[name] = cell
    if slices:
        given = row.get("slices")
        row["slices"] = {**(given if isinstance(given, Mapping) else {}), **slices}
    return row


def _means_nothing(name: str) -> bool:
    """Whether an empty cell of this column says that there is no value."""
    return (
        name in CASE_FIELDS or name in _NUMBERS or name.endswith(JSON_SUFFIX) or name.startswith(SLICE_PREFIX)
    )


def _column(field: str, rows: Sequence[Mapping[str, Json]], *, spreadsheet: bool) -> str:
    values = [row[field] for row in rows if field in row]
    if not values:
        return ""
    if field == "weight":
        return field
    if field in _JSON_FIELDS or not all(_is_plain(value, spreadsheet=spreadsheet) for value in values):
        return field + JSON_SUFFIX
    return field


def _is_plain(value: Json, *, spreadsheet: bool) -> bool:
    """Whether a text reads back as itself from a cell."""
    if not isinstance(value, str) or not value:
        return False
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        return False
    return not (spreadsheet and _SPREADSHEET_UNSAFE.match(value))


def _flat_dimensions(rows: Sequence[Mapping[str, Json]], *, spreadsheet: bool) -> list[str] | None:
    """Slice dimensions when each can be a column; None when they must be one JSON column."""
    dimensions: dict[str, None] = {}
    for row in rows:
        slices = row.get("slices")
        for dimension, value in (slices if isinstance(slices, Mapping) else {}).items():
            named = dimension == dimension.strip() and not dimension.endswith(JSON_SUFFIX)
            if not named or not _is_plain(value, spreadsheet=spreadsheet):
                return None
            dimensions[dimension] = None
    return list(dimensions)


def _cells(row: Mapping[str, Json], columns: Sequence[str]) -> Cells:
    slices = row.get("slices")
    cells: Cells = {}
    for name in columns:
        if name.startswith(SLICE_PREFIX) and not name.endswith(JSON_SUFFIX):
            value = slices.get(name.removeprefix(SLICE_PREFIX)) if isinstance(slices, Mapping) else None
        else:
            value = row.get(name.removesuffix(JSON_SUFFIX))
            if value is not None and name.endswith(JSON_SUFFIX):
                value = canonical_json(value)
        cells[name] = value if value is None or isinstance(value, str | float) else str(value)
    return cells


def _number(text: str) -> Json:
    try:
        value = parse_strict(text.strip())
    except ValueError:
        return text
    return value if isinstance(value, int | float) else text
