"""A table to cases and runs: read as case lines, or through a column mapping."""

from __future__ import annotations

from steelyard.bench._imported import Imported
from steelyard.bench._options import ImportOptions
from steelyard.bench._table import Table, read_case_table


def import_table(table: Table, options: ImportOptions) -> Imported:
    """Cases and runs of a table; raises InputError with every problem."""
    return read_case_table(table)
