"""CSV, TSV and their relatives: a header line, then one row a case."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from steelyard.bench._cells import read_cells
from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench._problems import Problems, shown
from steelyard.bench._table import Table
from steelyard.bench._tabular import import_table
from steelyard.core import InputError
from steelyard.text import read_lines

_DELIMITERS = ",\t;|"
_FIELD_LIMIT = 16 * 2**20
_MOST_COLUMNS = 2000


@dataclass(frozen=True, slots=True)
class CsvImporter:
    """Delimited text; the delimiter is found, a byte order mark dropped, `""` is a quote in quotes."""

    title: str = "CSV or TSV"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by name; otherwise when the first lines agree on a number of cells above one."""
        if path.is_dir() or not head or b"\x00" in head:
            return 0.0
        named = any(suffix.lower() in (".csv", ".tsv", ".tab") for suffix in path.suffixes)
        if head.lstrip().startswith((b"{", b"[{")) and not named:
            return 0.0
        if named:
            return 0.45
        lines = head.decode("utf-8", "replace").splitlines()[:-1][:20]
        return 0.15 if len(lines) > 1 and _agree(lines) else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:
        """Every row, validated; line numbers are where a row ends."""
        problems = Problems(path)
        rows = list(csv_rows(path, problems))
        table = Table(path=path, format="csv", rows=rows, problems=problems, root=path.parent)
        return import_table(table, options)


def csv_rows(path: Path, problems: Problems) -> Iterator[tuple[int, Row]]:
    """Line and row of each record; rows that do not fit the header go to `problems`."""
    records = iter(_records(path))
    line, header = next(records, (1, []))
    names = _names(header, f"{path}:{line}")
    for line, cells in records:
        if not any(cells):
            continue
        if len(cells) > len(names) and any(cells[len(names) :]):
            extra = len(cells) - len(names)
            problems.add(line, "", f"has {extra} more cells than the header: {shown(cells[len(names)])}")
            continue

        def report(name: str, reason: str, at: int = line) -> None:
            problems.add(at, name, reason)

        yield line, read_cells(dict(zip(names, cells, strict=False)), report)


def _records(path: Path) -> list[tuple[int, list[str]]]:
    """Line number and cells of each record.

    Tab-separated files are often written without any quoting. Where quotes do not fit, or would join
    lines of a file whose lines are all complete, they are text.
    """
    delimiter = _delimiter(path)
    if delimiter != "\t":
        return _parsed(path, delimiter)
    plain = _parsed(path, delimiter, quoting=csv.QUOTE_NONE)
    try:
        quoted = _parsed(path, delimiter)
    except InputError:
        quoted = []
    complete = len({len(cells) for _, cells in plain if cells}) == 1
    return plain if complete and len(quoted) != len(plain) else quoted or plain


def _parsed(
    path: Path, delimiter: str, *, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
) -> list[tuple[int, list[str]]]:
    lines = (text for _, text in read_lines(path, keep_ends=True))
    reader = csv.reader(lines, delimiter=delimiter, strict=True, quoting=quoting)
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise InputError(
            f"is not CSV: {error}",
            where=f"{path}:{reader.line_num}",
            hint="Check the quotes: a quote within quotes is written twice",
        ) from error
    finally:
        csv.field_size_limit(before)


def _names(header: list[str], where: str) -> list[str]:
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    if not names or len(names) > _MOST_COLUMNS:
        raise InputError(
            f"the header has {len(names):,} columns",
            where=where,
            hint="The first line must name the columns",
        )
    for number, name in enumerate(names, start=1):
        if not name:
            raise InputError(f"column {number} has no name", where=where, hint="Name every column")
        if names.index(name) < number - 1:
            raise InputError(f"the column {shown(name)} is there twice", where=where, hint="Rename one")
    return names


def _delimiter(path: Path) -> str:
    """The delimiter that cuts the first lines into the most, and equally many, cells."""
    lines: list[str] = []
    size = 0
    for _, text in read_lines(path, keep_ends=True):
        lines.append(text)
        size += len(text)
        if len(lines) >= 50 or size > 65_536:
            break
    best, best_score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        agreeing = sum(len(row) == len(rows[0]) for row in rows)
        score = (agreeing * 100 // len(rows), len(rows[0]))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _agree(lines: list[str]) -> bool:
    for delimiter in ",\t;":
        widths = {len(row) for row in csv.reader(lines, delimiter=delimiter) if row}
        if len(widths) == 1 and widths.pop() > 1:
            return True
    return False


IMPORTER = CsvImporter()
