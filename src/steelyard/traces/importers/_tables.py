"""Rows of a table in CSV, as tools export their lists."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from steelyard.core import InputError
from steelyard.text import ReadLimits, open_text_bytes
from steelyard.traces.importers._moments import Row

_FIELD = 64 * 2**20


def table_rows(path: Path, *, limits: ReadLimits) -> list[Row]:
    """Each row by its column names, empty cells left out; raises InputError for what is no table."""
    with open_text_bytes(path, limits=limits) as file:
        text = file.read()
    before = csv.field_size_limit(_FIELD)
    try:
        reader = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True)
        return [{name: cell for name, cell in row.items() if name and cell} for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"is no table: {error}", where=str(path), hint="Export it again") from None
    finally:
        csv.field_size_limit(before)
