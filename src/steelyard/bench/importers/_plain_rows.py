"""The rows of a table of any shape: for readers of other things than cases."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from steelyard.bench._json_rows import Row, json_array_rows, json_line_rows
from steelyard.bench._problems import Problems
from steelyard.bench.importers._csv import csv_rows
from steelyard.bench.importers._excel import sheet_rows
from steelyard.bench.importers._parquet_file import numbered_parquet_rows


def plain_rows(path: Path, problems: Problems) -> Iterable[tuple[int, Row]]:
    """Line or row number and row of a CSV, TSV, JSON, JSON lines, Parquet or Excel file, by its name.

    What cannot be read goes to `problems`. A name that says nothing is read as CSV. Raises InputError when
    the file cannot be opened or its header cannot be used.
    """
    endings = {suffix.lower() for suffix in path.suffixes}
    if endings & {".jsonl", ".ndjson"}:
        return json_line_rows(path, problems)
    if ".json" in endings:
        return json_array_rows(path, problems)
    if ".parquet" in endings:
        return numbered_parquet_rows(path, problems)
    if endings & {".xlsx", ".xlsm"}:
        return sheet_rows(path, problems)[2]
    return csv_rows(path, problems)
