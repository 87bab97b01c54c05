"""Writing cases for other programs: JSON lines, CSV, Parquet, a Hugging Face folder."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from steelyard.bench._attachments import path_problem
from steelyard.bench._cells import case_cells
from steelyard.bench._dataset_card import dataset_card
from steelyard.bench._parquet import has_pyarrow, write_parquet
from steelyard.bench.contamination import CANARY_FIELD, canary_text
from steelyard.core import Case, InputError, StoreError, UsageError, canonical_json

Attachments = Callable[[str], bytes]
"""Reads an attachment's bytes by its SHA-256."""

EXPORT_FORMATS = ("jsonl", "csv", "parquet", "hf")


def export_cases(
    cases: Iterable[Case],
    *,
    format: str,  # noqa: A002
    path: str | Path,
    attachment: Attachments | None = None,
    canary: str = "",
) -> Path:
    """Write cases to a file, or a folder for `hf`, with their attachments beside them; returns the path.

    With a `canary` (a GUID) every row carries it in a field of that name. Reading the result back, which
    takes it out again, gives the same version hash. Files are written whole or not at all. Raises
    UsageError for an unknown format or a folder that holds something else, InputError when an
    attachment cannot be written, MissingExtraError for Parquet without pyarrow, StoreError when the
    disk refuses.
    """
    path = Path(path)
    if format not in EXPORT_FORMATS:
        raise UsageError(f"'{format}' is not an export format", hint=f"Formats: {', '.join(EXPORT_FORMATS)}")
    chosen = list(cases)
    try:
        if format == "hf":
            _write_folder(chosen, path, canary)
            root = path
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_file(chosen, format, path, canary=canary)
            root = path.parent
        _write_attachments(chosen, root, attachment)
    except OSError as error:
        raise StoreError(
            f"cannot be written: {error.strerror or error}", where=str(path), hint="Choose another place"
        ) from error
    return path


def _write_file(cases: Sequence[Case], kind: str, path: Path, *, canary: str) -> None:
    if path.is_dir():
        raise UsageError("is a folder", where=str(path), hint="Name a file to write")
    partial = path.with_name(f".{path.name}.part")
    try:
        _WRITERS[kind](cases, partial, _marks(canary))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _marks(canary: str) -> dict[str, str]:
    """The fields that every row gets besides the case's own."""
    return {CANARY_FIELD: canary_text(canary)} if canary else {}


def _write_jsonl(cases: Sequence[Case], path: Path, marks: Mapping[str, str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(canonical_json({**case.as_json(), **marks}) + "\n" for case in cases)


def _write_csv(cases: Sequence[Case], path: Path, marks: Mapping[str, str]) -> None:
    columns, rows = case_cells(cases, spreadsheet=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*columns, *marks], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **marks} for row in rows)


def _write_folder(cases: Sequence[Case], path: Path, canary: str) -> None:
    """`README.md` and `data/SPLIT-00000-of-00001.parquet` (`data/SPLIT.jsonl` without pyarrow)."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError("exists already and is not empty", where=str(path), hint="Name a new folder")
    (path / "data").mkdir(parents=True, exist_ok=True)
    splits: dict[str, list[Case]] = {}
    for case in cases:
        splits.setdefault(case.split, []).append(case)
    files: dict[str, str] = {}
    for split, members in splits.items():
        name = _split_name(split, files)
        kind = "parquet" if has_pyarrow() else "jsonl"
        file = f"data/{name}-00000-of-00001.parquet" if kind == "parquet" else f"data/{name}.jsonl"
        _write_file(members, kind, path / file, canary=canary)
        files[name] = file
    card = dataset_card(cases, files, canary=canary_text(canary) if canary else "")
    (path / "README.md").write_text(card, encoding="utf-8", newline="\n")


def _split_name(split: str, taken: Mapping[str, str]) -> str:
    """A name that file systems and the Hugging Face reader take; the true one stands in the rows."""
    plain = re.sub(r"\W+", "_", split, flags=re.ASCII).strip("_")[:60] or "split"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    return name


def _write_attachments(cases: Sequence[Case], root: Path, attachment: Attachments | None) -> None:
    written: dict[str, str] = {}
    for case in cases:
        for item in case.attachments:
            before = written.get(item.path)
            if before == item.sha256:
                continue
            if before is not None or path_problem(item.path):
                problem = path_problem(item.path) or "names two different files"
                raise InputError(f"the attachment '{item.path}' {problem}", where=f"case {case.id}")
            if attachment is None:
                raise InputError(
                    "the cases have attachments, and no way to read them was given", where=f"case {case.id}"
                )
            target = root / item.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.resolve().is_relative_to(root.resolve()):
                raise InputError(
                    f"the attachment '{item.path}' leads outside {root}", where=f"case {case.id}"
                )
            target.write_bytes(attachment(item.sha256))
            written[item.path] = item.sha256


_WRITERS: Mapping[str, Callable[[Sequence[Case], Path, Mapping[str, str]], Any]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "parquet": write_parquet,
}
