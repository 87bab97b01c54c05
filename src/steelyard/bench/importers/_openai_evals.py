"""Data of OpenAI evals: rows with an ideal answer, logs of runs, and registry files that name both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers._openai_log import is_log_line, read_log
from steelyard.bench.importers._tool_rows import head_fields, load_export, numbered, top_fields
from steelyard.bench.importers._values import as_object, shown_text, text_at
from steelyard.core import InputError, Json
from steelyard.text import parse_yaml, read_text

_REGISTRY = re.compile(rb"^\s+class:\s*['\"]?evals\.", re.MULTILINE)
_METRICS = {"Match": "contains", "Includes": "contains", "FuzzyMatch": "token_f1", "JsonMatch": "json_fields"}
_LARGEST_REGISTRY = 4 * 2**20


@dataclass(frozen=True, slots=True)
class OpenAIEvalsImporter:
    """`{"input": …, "ideal": …}` rows, the JSON lines that `oaieval` records, and registry YAML."""

    title: str = "OpenAI evals"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by `input` beside `ideal`, by the `spec` line of a log, by a registry's `class: evals.…`."""
        if path.is_dir() or not head:
            return 0.0
        if path.suffix.lower() in (".yaml", ".yml"):
            return 0.9 if _REGISTRY.search(head) and b"samples_jsonl" in head else 0.0
        if not head.lstrip().startswith((b"{", b"[")):
            return 0.0
        fields = head_fields(head)
        if {"spec", "spec.run_id"} <= fields and ({"spec.completion_fns", "spec.eval_name"} & fields):
            return 0.95
        return 0.8 if {"input", "ideal"} <= top_fields(head) else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """Rows as cases, or a log as cases and one run."""
        gathered = Gathering(path, "openai-evals")
        if path.suffix.lower() in (".yaml", ".yml"):
            return _read_registry(path, gathered)
        rows = list(numbered(load_export(path, gathered), gathered))
        if any(is_log_line(row) for _, row in rows[:1]):
            return read_log(rows, gathered)
        _take_rows(rows, gathered)
        return gathered.imported()


def _take_rows(rows: list[tuple[int, Row]], gathered: Gathering, *, slices: Row | None = None) -> None:
    for line, row in rows:
        extra = {name: value for name, value in row.items() if name not in ("input", "ideal", "id")}
        asked, ideal = row.get("input"), row.get("ideal")
        wanted = row.get("id")
        named = isinstance(wanted, str | int) and not isinstance(wanted, bool)
        gathered.take_case(
            line,
            {
                "id": wanted if named else gathered.fresh_id(gathered.derived_id(asked)),
                "input": asked,
                "expected": _ideal(ideal),
                "slices": slices or {},
                "metadata": extra,
            },
        )


def _ideal(value: Json) -> Json:
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        return [shown_text(item) for item in value]
    return value


def _read_registry(path: Path, gathered: Gathering) -> Imported:
    """The samples of every split that a registry file names and that lie beside it."""
    if path.stat().st_size > _LARGEST_REGISTRY:
        raise InputError("the registry file is larger than 4 MiB", where=str(path))
    try:
        registry = as_object(parse_yaml(read_text(path)))
    except ValueError as error:
        raise InputError(f"the file {error}", where=str(path), hint="Mend it and try again") from error
    metrics: list[str] = []
    taken: set[Path] = set()
    for name, item in registry.items():
        entry = as_object(item)
        args, kind = as_object(entry.get("args")), text_at(entry, "class").rpartition(":")[2]
        samples = text_at(args, "samples_jsonl")
        if not samples:
            continue
        file = _beside(path, samples)
        if file is None:
            gathered.report(
                0, name, f"names the samples '{samples[:200]}', which are not beside the registry"
            )
            continue
        if args.get("num_few_shot"):
            gathered.count("evals whose few-shot examples did not carry over")
        metric = _METRICS.get(kind)
        if metric is None:
            gathered.notes.append(f"'{name}' is scored by {kind or 'a class'} there, which has no like here")
        elif metric not in metrics:
            metrics.append(metric)
        if file not in taken:
            taken.add(file)
            own = Gathering(file, "openai-evals")
            rows = list(numbered(load_export(file, own), own))
            own.problems.raise_if_any()
            _take_rows(rows, gathered, slices={"eval": name})
    return gathered.imported(metrics=metrics)


def _beside(path: Path, samples: str) -> Path | None:
    """The samples file in `data/` beside the registry's `evals/`, or next to the file; never elsewhere."""
    root = path.resolve().parent.parent
    for folder in (root / "data", path.resolve().parent, path.resolve().parent / "data"):
        try:
            file = (folder / samples).resolve()
            if file.is_relative_to(root) and file.is_file():
                return file
        except (OSError, ValueError):
            return None
    return None


IMPORTER = OpenAIEvalsImporter()
