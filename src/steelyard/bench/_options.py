"""How a file is to be imported, and what an importer is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from steelyard.bench._imported import Imported
from steelyard.bench._mapping import ColumnMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the user said about a file; every importer takes it, few need it."""

    overrides: tuple[str, ...] = ()
    """`FIELD=COLUMN`, changing a proposed mapping."""
    mapping: ColumnMapping | None = None
    """A saved mapping, used instead of a proposal."""


class Importer(Protocol):
    """Reads one format. Importers hold no state; the registry names them."""

    title: str
    """The format in a few words, for lists and questions."""

    def sniff(self, path: Path, head: bytes) -> float:
        """How sure it is that this is its format, 0 to 1, from the name and the first 64 KiB.

        `head` is decompressed, and empty for a folder. Generic formats (CSV, JSON lines) answer at
        most 0.5, so that a tool's own format, recognised by its fields, answers more and wins.
        """
        ...

    def read(self, path: Path, options: ImportOptions) -> Imported:
        """The whole file, validated; raises InputError listing every broken place."""
        ...
