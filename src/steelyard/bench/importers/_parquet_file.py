"""One Parquet file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._cells import read_cells
from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench._parquet import parquet_rows
from steelyard.bench._problems import Problems
from steelyard.bench._table import Table
from steelyard.bench._tabular import import_table


@dataclass(frozen=True, slots=True)
class ParquetImporter:
    """A Parquet file of case lines or foreign columns."""

    title: str = "Parquet"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure when the file begins as Parquet files do."""
        return 0.5 if head.startswith(b"PAR1") else 0.3 if path.suffix.lower() == ".parquet" else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:
        """Every row, validated; rows are numbered from 1."""
        problems = Problems(path)
        table = Table(
            path=path,
            format="parquet",
            rows=numbered_parquet_rows(path, problems),
            problems=problems,
            root=path.parent,
        )
        return import_table(table, options)


def numbered_parquet_rows(path: Path, problems: Problems, *, start: int = 1) -> list[tuple[int, Row]]:
    """Rows with their numbers; cells of `:json` columns that do not parse go to `problems`."""
    rows = []
    for number, cells in enumerate(parquet_rows(path), start=start):

        def report(name: str, reason: str, at: int = number) -> None:
            problems.add(at, name, reason)

        rows.append((number, read_cells(cells, report)))
    return rows


IMPORTER = ParquetImporter()
