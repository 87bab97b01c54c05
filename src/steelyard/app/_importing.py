"""From an imported file to stored runs: recorded outputs need no key and no call."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from steelyard import __version__
from steelyard.app._experts import summary_of
from steelyard.app._files import write_text
from steelyard.app._project import Project
from steelyard.app._wiring import make_metrics
from steelyard.bench import BenchmarkVersion, ColumnMapping, Imported, mapping_from_json
from steelyard.core import ConfigError, RunSummary, SystemClock, parse_json
from steelyard.runs import RunPlan, import_run
from steelyard.store import Store

_ENDINGS = re.compile(r"(\.(jsonl|ndjson|json|csv|tsv|parquet|xlsx|eval|ya?ml|txt|gz|zst))+$", re.IGNORECASE)
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")


def benchmark_name(path: Path) -> str:
    """A benchmark name made from a file's: without endings, with `-` for what a name cannot hold."""
    stem = _ENDINGS.sub("", path.resolve().name)
    return _FOREIGN.sub("-", stem).strip("-._") or "benchmark"


def store_runs(
    imported: Imported,
    version: BenchmarkVersion,
    *,
    project: Project,
    store: Store,
    metrics: Sequence[str] = (),
) -> list[RunSummary]:
    """Store every recorded run, scored with the given metrics or with those that suit the data."""
    chosen = make_metrics(project, metrics or imported.metrics)
    plan = RunPlan(version=version, software=__version__)
    records = [
        import_run(run, plan, store, metrics=chosen, clock=SystemClock(), rng=random.Random())
        for run in imported.runs
    ]
    return [summary_of(record, store) for record in records]


def save_mapping(mapping: ColumnMapping, project: Project, *, name: str) -> Path:
    """Keep how a benchmark's columns were read, beside the store; returns the file."""
    path = project.folder / ".steelyard" / "mappings" / f"{name}.json"
    write_text(path, json.dumps(mapping.as_json(), indent=2, ensure_ascii=True) + "\n")
    return path


def load_mapping(path: Path) -> ColumnMapping:
    """A saved mapping; raises ConfigError that names the file and what is wrong with it."""
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"cannot be read as a mapping: {error}", where=str(path), hint="Import once to make one"
        ) from None
    if not isinstance(document, Mapping):
        raise ConfigError("a mapping is a JSON object", where=str(path), hint="Import once to make one")
    return mapping_from_json(document)
