"""The columns of a table: nested objects flattened to dotted names, each with a profile of its values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steelyard.bench._column_names import WHOLE_OBJECTS
from steelyard.core import InputError, Json, canonical_json

_DEEPEST = 4
_MOST_COLUMNS = 2000
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUTH = frozenset({"true", "false", "yes", "no", "pass", "fail", "passed", "failed", "correct", "incorrect"})


@dataclass(slots=True, eq=False)
class Column:
    """One column, with what its values look like."""

    keys: tuple[str, ...]
    """The keys that lead to it."""
    rows: int
    """Rows of the table."""
    filled: int = 0
    """Rows with a value other than null, empty text or an empty list."""
    kinds: set[str] = field(default_factory=set)
    """`text`, `number`, `truth`, `list`, `object`: what the values are."""
    numeric: int = 0
    """Values that are numbers or truth values, or are written like them."""
    integral: int = 0
    """Values that are whole numbers, or are written like them."""
    length: int = 0
    """Characters of all texts together."""
    prose: int = 0
    """Texts with white space or letters beyond ASCII: no names, codes or numbers."""
    values: dict[Json, int] = field(default_factory=dict)
    """Scalar values with how often each occurs."""

    @property
    def name(self) -> str:
        """The dotted name."""
        return ".".join(self.keys)

    @property
    def leaf(self) -> str:
        """The last key, normalised: `isCorrect` and `is-correct` are `is_correct`."""
        return normal_name(self.keys[-1])

    @property
    def parent(self) -> str:
        """The dotted name without the last key; empty at the top."""
        return ".".join(self.keys[:-1])

    @property
    def is_top(self) -> bool:
        """Whether it is a key of the row itself."""
        return len(self.keys) == 1

    @property
    def is_scalar(self) -> bool:
        """Whether no value is a list or an object."""
        return bool(self.kinds) and not self.kinds & {"list", "object"}

    @property
    def is_numeric(self) -> bool:
        """Whether every value is a number or a truth value, or is written like one."""
        return self.is_scalar and self.numeric == self.filled > 0

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value, and no value occurs twice."""
        return self.is_scalar and self.filled == self.rows == len(self.values)

    @property
    def mean_length(self) -> float:
        """Mean length of the texts; 0 when there are none."""
        return self.length / self.filled if "text" in self.kinds and self.filled else 0.0

    def add(self, value: Json) -> None:
        """Take one value into the profile."""
        if value is None or value in ("", [], {}):
            return
        self.filled += 1
        if isinstance(value, str):
            self.kinds.add("text")
            self.length += len(value)
            self.prose += not value.isascii() or len(value.split(None, 1)) > 1
            written = value.strip().lower()
            if len(written) < 40 and (_NUMBER.fullmatch(written) or written in _TRUTH):
                self.numeric += 1
                self.integral += written.lstrip("+-").isdigit()
        elif isinstance(value, bool | int | float):
            self.kinds.add("truth" if isinstance(value, bool) else "number")
            self.numeric += 1
            self.integral += not isinstance(value, float)
        else:
            self.kinds.add("object" if isinstance(value, Mapping) else "list")
            return
        self.values[value] = self.values.get(value, 0) + 1


def find_columns(
    rows: Sequence[tuple[int, Mapping[str, Json]]], path: Path, *, skip: Collection[str] = ()
) -> dict[str, Column]:
    """Dotted name to profile, in order of first appearance, without the top-level keys in `skip`.

    Raises InputError beyond 2,000 columns.
    """
    columns: dict[tuple[str, ...], Column] = {}
    for line, row in rows:
        _walk({key: row[key] for key in row if key not in skip} if skip else row, (), columns, len(rows))
        if len(columns) > _MOST_COLUMNS:
            raise InputError(
                f"the rows have more than {_MOST_COLUMNS:,} different columns",
                where=f"{path}:{line}",
                hint="Put varying keys into one object named metadata",
            )
    return {column.name: column for column in columns.values()}


def value_at(row: Mapping[str, Json], keys: Sequence[str]) -> Json:
    """The value at the end of the keys; None where the way ends early."""
    value: Json = row
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def find_keys(row: Mapping[str, Json], name: str) -> tuple[str, ...] | None:
    """The keys that a dotted name stands for in this row; a key may hold dots itself."""
    if name in row:
        return (name,)
    for at, letter in enumerate(name):
        if letter == ".":
            inner = row.get(name[:at])
            if isinstance(inner, Mapping):
                rest = find_keys(inner, name[at + 1 :])
                if rest:
                    return (name[:at], *rest)
    return None


def normal_name(name: str) -> str:
    """A column name in lower snake case, without other punctuation."""
    return re.sub(r"\W+|_+", "_", _CAMEL.sub("_", name.strip())).strip("_").lower()


def scalar_key(value: Json) -> str:
    """A text that is equal for equal values of any kind."""
    return value if isinstance(value, str) else canonical_json(value)


def _walk(
    row: Mapping[str, Json], prefix: tuple[str, ...], columns: dict[tuple[str, ...], Column], rows: int
) -> None:
    for key, value in row.items():
        keys = (*prefix, key)
        if isinstance(value, Mapping) and value and _is_flattened(keys, value):
            _walk(value, keys, columns, rows)
            continue
        column = columns.get(keys)
        if column is None:
            column = columns[keys] = Column(keys=keys, rows=rows)
        column.add(value)


def _is_flattened(keys: tuple[str, ...], value: Mapping[str, Json]) -> bool:
    if len(keys) >= _DEEPEST:
        return False
    if {"text", "answer_start"} <= value.keys():
        return True
    return len(keys) > 1 or normal_name(keys[0]) not in WHOLE_OBJECTS
