"""Importers: one file of another tool, or a plain table, to cases and recorded runs."""

from steelyard.bench.importers._plain_rows import plain_rows
from steelyard.bench.importers._registry import (
    IMPORTERS,
    detect_format,
    importer_names,
    load_importer,
)

__all__ = ["IMPORTERS", "detect_format", "importer_names", "load_importer", "plain_rows"]
