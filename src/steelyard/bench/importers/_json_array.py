"""One JSON array of objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import json_array_rows
from steelyard.bench._options import ImportOptions
from steelyard.bench._problems import Problems
from steelyard.bench._table import Table
from steelyard.bench._tabular import import_table


@dataclass(frozen=True, slots=True)
class JsonArrayImporter:
    """`[{…}, {…}]`, or an object with one such list in it."""

    title: str = "JSON array"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure when the text opens with `[` and then `{`."""
        text = head.lstrip()
        if text.startswith(b"[") and text[1:].lstrip().startswith(b"{"):
            return 0.5
        return 0.3 if path.suffix.lower() == ".json" and text.startswith((b"{", b"[")) else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:
        """Every element, validated."""
        problems = Problems(path)
        rows = json_array_rows(path, problems)
        table = Table(path=path, format="json", rows=rows, problems=problems, root=path.parent)
        return import_table(table, options)


IMPORTER = JsonArrayImporter()
