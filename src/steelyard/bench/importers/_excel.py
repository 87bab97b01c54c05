"""The first filled sheet of an Excel workbook."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steelyard.bench._cells import read_cells
from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench._parquet import plain_json
from steelyard.bench._problems import Problems, shown
from steelyard.bench._table import Table
from steelyard.bench._tabular import import_table
from steelyard.core import InputError, MissingExtraError

_MOST_BYTES = 2 * 2**30
_MOST_COLUMNS = 2000
_MOST_ROWS = 1_048_576
"""Rows of a sheet, as Excel has them: one that claims a larger number would be counted up to."""
_MOST_TEXT = 2**29
"""Characters of all cells: one text is stored once, however many cells show it."""


@dataclass(frozen=True, slots=True)
class ExcelImporter:
    """`.xlsx`: a header row, then one row a case. Formulas are read as the values last computed."""

    title: str = "Excel workbook"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure when the file is a ZIP archive and named as a workbook."""
        named = path.suffix.lower() in (".xlsx", ".xlsm")
        return 0.5 if named and head.startswith(b"PK\x03\x04") else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:
        """Every row of the first sheet that holds something, validated; row numbers as shown in Excel."""
        problems = Problems(path)
        sheet, others, rows = sheet_rows(path, problems)
        notes = (f"only the sheet '{sheet}' was read; {len(others)} others were not",) if others else ()
        table = Table(
            path=path,
            format="excel",
            rows=rows,
            problems=problems,
            root=path.parent,
            notes=notes,
            detail={"sheet": sheet},
        )
        return import_table(table, options)


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(
            f"is not a whole workbook: {error}", where=str(path), hint="Save it again as .xlsx"
        ) from error
    if size > _MOST_BYTES:
        raise InputError(
            f"the workbook unpacks to {size / 2**30:.1f} GiB", where=str(path), hint="Export the sheet as CSV"
        )


def sheet_rows(path: Path, problems: Problems) -> tuple[str, list[str], list[tuple[int, Row]]]:
    """The first sheet that holds rows: its name, the other sheets' names, and numbered rows."""
    openpyxl = _openpyxl(path)
    _refuse_bomb(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (openpyxl.utils.exceptions.InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InputError(
            f"is not a workbook that can be read: {error}", where=str(path), hint="Save it again as .xlsx"
        ) from error
    try:
        names = list(book.sheetnames)
        for name in names:
            rows = _rows(book[name], problems, path)
            if rows:
                return name, [other for other in names if other != name], rows
        return (names or [""])[0], [], []
    finally:
        book.close()


def _rows(sheet: Any, problems: Problems, path: Path) -> list[tuple[int, Row]]:
    header: list[str] = []
    found = []
    held = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [plain_json(value) for value in values]
        held += sum(len(cell) for cell in cells if isinstance(cell, str))
        if number > _MOST_ROWS or held > _MOST_TEXT:
            raise InputError(
                f"the sheet has more than {_MOST_ROWS:,} rows or {_MOST_TEXT // 2**20} million characters",
                where=str(path),
                hint="It looks like a decompression bomb; export the sheet as CSV if it is none",
            )
        if not any(cell not in (None, "") for cell in cells):
            continue
        if not header:
            header = _header(cells, number, path)
            continue

        def report(name: str, reason: str, at: int = number) -> None:
            problems.add(at, name, reason)

        named = {name: cell for name, cell in zip(header, cells, strict=False) if name}
        found.append((number, read_cells(named, report)))
    return found


def _header(cells: list[Any], number: int, path: Path) -> list[str]:
    names = ["" if cell is None else str(cell).strip() for cell in cells][:_MOST_COLUMNS]
    for name in names:
        if name and names.count(name) > 1:
            raise InputError(
                f"the column {shown(name)} is there twice", where=f"{path}:{number}", hint="Rename one"
            )
    return names


def _openpyxl(path: Path) -> Any:
    try:
        import openpyxl  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            "Excel workbooks need openpyxl",
            where=str(path),
            hint="Install it: pip install 'steelyard[excel]', or save the sheet as CSV",
        ) from error
    return openpyxl


IMPORTER = ExcelImporter()
