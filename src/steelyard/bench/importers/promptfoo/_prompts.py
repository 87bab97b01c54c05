"""The prompts of a configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._json_rows import json_line_rows
from steelyard.bench._problems import Problems
from steelyard.bench.importers._csv import csv_rows
from steelyard.bench.importers._values import as_items, as_object
from steelyard.bench.importers.promptfoo._folder import (
    ConfigFolder,
    FileReferenceError,
    bare,
    is_code,
    is_remote,
)
from steelyard.core import InputError, Json

_SEPARATOR = "---"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt."""

    template: str | None
    """The template; None when a program or a service makes it, or its file cannot be read."""
    name: str
    """What it is called in notes."""


def read_prompts(value: Json, folder: ConfigFolder) -> tuple[list[Prompt], list[str]]:
    """Every prompt, and notes on those that are not here as text."""
    prompts: list[Prompt] = []
    notes: list[str] = []
    for entry, name in _entries(value):
        if is_remote(entry) or is_code(entry):
            notes.append(f"the prompt '{_short(entry)}' is made by a program or a service and was not run")
            prompts.append(Prompt(template=None, name=name or _short(entry)))
        elif entry.startswith("file://") or ("\n" not in entry and _is_path(entry, folder)):
            try:
                prompts += [prompt for path in folder.find(entry) for prompt in _from_file(path, folder)]
            except (FileReferenceError, InputError) as error:
                reason = error.message if isinstance(error, InputError) else str(error)
                notes.append(f"a prompt was not read: {reason}")
                prompts.append(Prompt(template=None, name=name or _short(entry)))
        else:
            prompts.append(Prompt(template=entry, name=name or _short(entry)))
    return prompts, notes


def _entries(value: Json) -> Iterator[tuple[str, str]]:
    """Text or reference of each prompt, and its label."""
    if isinstance(value, Mapping):
        for reference, label in value.items():
            yield reference, label if isinstance(label, str) else ""
        return
    for item in [value] if isinstance(value, str) else as_items(value):
        if isinstance(item, str):
            yield item, ""
            continue
        entry = as_object(item)
        label = entry.get("label") or entry.get("id")
        text = entry.get("raw") if isinstance(entry.get("raw"), str) else entry.get("id")
        if isinstance(text, str):
            yield text, label if isinstance(label, str) else ""
        elif isinstance(item, list):
            yield json.dumps(item, ensure_ascii=False), ""


def _is_path(entry: str, folder: ConfigFolder) -> bool:
    return len(entry) < 500 and ("." in entry or "/" in entry) and folder.exists(entry)


def _from_file(path: Path, folder: ConfigFolder) -> list[Prompt]:
    ending = path.suffix.lower()
    if is_code(path.name):
        return [Prompt(template=None, name=path.name)]
    if ending == ".jsonl":
        return [Prompt(template=json.dumps(row, ensure_ascii=False), name=path.name) for row in _lines(path)]
    if ending in (".yaml", ".yml"):
        value = folder.data(path)
        return [
            Prompt(
                template=value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
                name=path.name,
            )
        ]
    if ending == ".csv":
        return [
            Prompt(template=str(row["prompt"]), name=str(row.get("label") or path.name))
            for row in _table(path)
        ]
    text = folder.text(path)
    if ending != ".txt":
        return [Prompt(template=text, name=path.name)]
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip() == _SEPARATOR:
            parts.append([])
        else:
            parts[-1].append(line)
    texts = [found for part in parts if (found := "\n".join(part).strip())]
    return [Prompt(template=found, name=path.name) for found in texts]


def _lines(path: Path) -> list[Json]:
    problems = Problems(path)
    rows: list[Json] = [row for _, row in json_line_rows(path, problems)]
    problems.raise_if_any()
    return rows


def _table(path: Path) -> list[Mapping[str, Json]]:
    problems = Problems(path)
    rows: list[Mapping[str, Json]] = [row for _, row in csv_rows(path, problems) if row.get("prompt")]
    problems.raise_if_any()
    return rows


def _short(text: str) -> str:
    line = " ".join(bare(text).split())
    return line if len(line) <= 60 else f"{line[:59]}…"
