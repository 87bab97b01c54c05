"""From a path to cases, whatever the format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._mapping import ColumnMapping
from steelyard.bench._options import ImportOptions
from steelyard.bench.contamination import CANARY_FIELD, take_from_cases
from steelyard.bench.importers import detect_format, load_importer
from steelyard.core import InputError, Json


def read_cases(
    path: str | Path,
    *,
    format: str = "auto",  # noqa: A002
    mapping: ColumnMapping | Sequence[str] | None = None,
) -> Imported:
    """Read and validate a whole file or folder; nothing is stored.

    `mapping` is a saved column mapping, or `FIELD=COLUMN` overrides of the proposed one.
    Raises InputError with one detail for each broken place, UsageError for an unknown format or field,
    MissingExtraError when the format needs an optional package.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("no such file", where=str(path), hint="Check the path")
    if not path.is_file() and not path.is_dir():
        hint = "Save what it gives to a file first: it is read more than once"
        raise InputError("is a pipe or a device, not a file", where=str(path), hint=hint)
    name = detect_format(path) if format == "auto" else format
    options = (
        ImportOptions(mapping=mapping)
        if isinstance(mapping, ColumnMapping)
        else ImportOptions(overrides=tuple(mapping or ()))
    )
    return _without_canaries(load_importer(name).read(path, options))


def _without_canaries(read: Imported) -> Imported:
    """The cases without the marks of an export, whichever importer kept them; provenance remembers them."""
    cases, canaries = take_from_cases(read.cases)
    if not canaries:
        return read
    known = read.provenance.detail.get(CANARY_FIELD)
    every: list[Json] = [*(known if isinstance(known, list | tuple) else ()), *canaries]
    detail: dict[str, Json] = {**read.provenance.detail, CANARY_FIELD: list(dict.fromkeys(map(str, every)))}
    return replace(read, cases=cases, provenance=replace(read.provenance, detail=detail))
