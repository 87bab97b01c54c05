"""JSON lines: case lines of the contract, or any objects by a column mapping."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import json_line_rows, parse_strict
from steelyard.bench._options import ImportOptions
from steelyard.bench._problems import Problems
from steelyard.bench._table import Table
from steelyard.bench._tabular import import_table


@dataclass(frozen=True, slots=True)
class JsonLinesImporter:
    """One JSON object a line, plain or compressed."""

    title: str = "JSON lines"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure when the first full line is a JSON object, or the name says so."""
        named = any(suffix in (".jsonl", ".ndjson") for suffix in path.suffixes)
        first = next((line for line in head.split(b"\n") if line.strip()), b"")
        try:
            holds_object = isinstance(parse_strict(first.decode("utf-8", "replace")), dict)
        except ValueError:
            holds_object = False
        if path.suffix.lower() == ".json" and head.count(b"\n{") == 0:
            return 0.2 if holds_object else 0.0
        return 0.5 if holds_object else 0.4 if named else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:
        """Every line, validated."""
        problems = Problems(path)
        rows = list(json_line_rows(path, problems))
        table = Table(path=path, format="jsonl", rows=rows, problems=problems, root=path.parent)
        return import_table(table, options)


IMPORTER = JsonLinesImporter()
