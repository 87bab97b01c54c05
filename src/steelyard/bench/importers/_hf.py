"""A Hugging Face dataset folder: a card, and data files for each split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row, json_line_rows
from steelyard.bench._options import ImportOptions
from steelyard.bench._problems import Problems
from steelyard.bench._table import Table
from steelyard.bench._tabular import import_table
from steelyard.bench.importers._csv import csv_rows
from steelyard.bench.importers._parquet_file import numbered_parquet_rows
from steelyard.core import InputError, Json
from steelyard.text import read_text

_DATA = re.compile(r"\.(parquet|jsonl|ndjson|csv|tsv)(\.gz|\.zst)?$", re.IGNORECASE)
_SHARD = re.compile(r"[-_.]\d{5}-of-\d{5}.*$")
_OTHER_FOLDERS = frozenset({"data", "default", ""})


@dataclass(frozen=True, slots=True)
class HuggingFaceImporter:
    """A folder as the hub holds it: `README.md` with `configs`, or files named after their split."""

    title: str = "Hugging Face dataset folder"

    def sniff(self, path: Path, head: bytes) -> float:  # noqa: ARG002
        """Sure when the folder holds data files, surer with a card."""
        if not path.is_dir() or not any(True for _ in _data_files(path)):
            return 0.0
        return 0.5 if (path / "README.md").is_file() else 0.3

    def read(self, path: Path, options: ImportOptions) -> Imported:
        """Every file of the default configuration; the split becomes the cases' split."""
        card = _card(path)
        splits, notes = _splits(path, card)
        rows: list[tuple[int, Row]] = []
        for split, files in splits.items():
            for file in files:
                rows += _rows(file, split=split, start=len(rows) + 1)
        table = Table(
            path=path,
            format="hf",
            rows=rows,
            problems=Problems(path),
            root=path,
            notes=tuple(notes),
            detail=_card_detail(card),
        )
        return import_table(table, options)


def _rows(file: Path, *, split: str, start: int) -> Iterator[tuple[int, Row]]:
    """Rows numbered through all files; a broken file is reported under its own name and line."""
    own = Problems(file)
    if file.suffix.lower() == ".parquet":
        found: list[tuple[int, Row]] = numbered_parquet_rows(file, own)
    elif re.search(r"\.(csv|tsv)", file.name, re.IGNORECASE):
        found = list(csv_rows(file, own))
    else:
        found = list(json_line_rows(file, own))
    own.raise_if_any()
    for number, (_, row) in enumerate(found, start=start):
        yield number, row if "split" in row or not split else {**row, "split": split}


def _data_files(path: Path) -> Iterator[Path]:
    root = path.resolve()
    for file in sorted([*path.glob("*"), *path.glob("*/*"), *path.glob("*/*/*")]):
        is_data = _DATA.search(file.name) and not file.name.startswith(".") and file.is_file()
        if is_data and file.resolve().is_relative_to(root):
            yield file


def _splits(path: Path, card: Mapping[str, Json]) -> tuple[dict[str, list[Path]], list[str]]:
    declared, notes = _declared(path, card)
    if declared:
        return declared, notes
    splits: dict[str, list[Path]] = {}
    for file in _data_files(path):
        splits.setdefault(_split_of(file, path), []).append(file)
    if not splits:
        raise InputError(
            "the folder holds no data files",
            where=str(path),
            hint="It needs Parquet, JSON lines or CSV files",
        )
    return splits, notes


def _declared(path: Path, card: Mapping[str, Json]) -> tuple[dict[str, list[Path]], list[str]]:
    """The files that the card's default configuration lists, by split."""
    configs = [item for item in _list(card.get("configs")) if isinstance(item, Mapping)]
    if not configs:
        return {}, []
    chosen = next((item for item in configs if item.get("default") is True), configs[0])
    known = list(_data_files(path))
    splits: dict[str, list[Path]] = {}
    entries = chosen.get("data_files")
    for entry in entries if isinstance(entries, list) else [entries]:
        parts = entry if isinstance(entry, Mapping) else {"split": "train", "path": entry}
        patterns = parts.get("path")
        for pattern in patterns if isinstance(patterns, list) else [patterns]:
            if isinstance(pattern, str):
                matches = [file for file in known if file.relative_to(path).match(pattern)]
                splits.setdefault(str(parts.get("split") or "train"), []).extend(matches)
    splits = {split: files for split, files in splits.items() if files}
    others = [str(item.get("config_name")) for item in configs if item is not chosen]
    notes = [f"only the configuration '{chosen.get('config_name')}' was read, not {', '.join(others)}"]
    return splits, notes if others and splits else []


def _split_of(file: Path, root: Path) -> str:
    """`data/test-00000-of-00001.parquet` and `test/0000.parquet` are `test`; one plain file has none."""
    stem = _DATA.sub("", file.name)
    name = _SHARD.sub("", stem)
    if not name.isdigit() and name not in _OTHER_FOLDERS:
        return name
    parent = file.parent.name if file.parent != root else ""
    return "" if parent in _OTHER_FOLDERS else parent


def _card(path: Path) -> Mapping[str, Json]:
    file = path / "README.md"
    if not file.is_file():
        return {}
    match = re.match(r"---\s*\n(.*?)\n---\s*(\n|$)", read_text(file), re.DOTALL)
    if not match:
        return {}
    try:
        front = yaml.safe_load(match.group(1))
    except yaml.YAMLError as error:
        raise InputError(
            "the front matter is not YAML", where=str(file), hint="Mend it, or remove the card"
        ) from error
    return front if isinstance(front, Mapping) else {}


def _card_detail(card: Mapping[str, Json]) -> dict[str, Json]:
    kept = ("license", "pretty_name", "language", "source_datasets")
    return {name: str(card[name]) for name in kept if card.get(name)}


def _list(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list) else []


IMPORTER = HuggingFaceImporter()
