"""`steelyard import`: the first command of a newcomer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from steelyard.app._importing import benchmark_name, load_mapping, save_mapping, store_runs
from steelyard.app._tables import import_text
from steelyard.app.cli._options import Door, door
from steelyard.bench import AddResult, Imported, add_version, read_cases
from steelyard.core import Json, RunSummary, SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    file: Path
    name: str | None
    file_format: str
    mapping: tuple[str, ...]
    mapping_file: Path | None
    metrics: tuple[str, ...]
    dry_run: bool


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the benchmark; by default the file's.")
@click.option("--format", "file_format", default="auto", show_default=True, help="Where detection errs.")
@click.option(
    "--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column is which field; repeatable."
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read columns as saved by an earlier import.",
)
@click.option(
    "--metric", "metrics", multiple=True, metavar="M", help="Score recorded outputs with this; repeatable."
)
@click.option("--dry-run", is_flag=True, help="Show how the file would be read, and store nothing.")
@door
def import_file(opened: Door, /, **given: Any) -> None:
    """Bring in FILE: its cases become a benchmark, its recorded outputs become runs at once.

    Reads promptfoo, Langfuse, LangSmith, Braintrust, DeepEval, Inspect and OpenAI files, Parquet,
    Excel, and any CSV or JSON lines. Shows how columns were understood and saves it; --map corrects it,
    --mapping uses it again.
    """
    chosen = _Choices(**given)
    if chosen.mapping and chosen.mapping_file:
        raise click.UsageError("give --map or --mapping, not both: the saved file can be edited")
    mapping = load_mapping(chosen.mapping_file) if chosen.mapping_file else chosen.mapping
    imported = read_cases(chosen.file, format=chosen.file_format, mapping=mapping)
    if chosen.dry_run:
        opened.answer(_document(imported), lambda: import_text(imported))
        return
    with opened.store() as store:
        added = add_version(store, chosen.name or benchmark_name(chosen.file), imported, clock=SystemClock())
        summaries = store_runs(
            imported, added.version, project=opened.project, store=store, metrics=chosen.metrics
        )
    if imported.mapping.choices:
        saved = save_mapping(imported.mapping, opened.project, name=added.version.name)
        opened.say(f"saved how columns were read: {saved} (edit it, use it with --mapping)")
    opened.answer(
        _document(imported, added=added, runs=summaries),
        lambda: import_text(imported, added=added, runs=summaries),
    )


def _document(
    imported: Imported, *, added: AddResult | None = None, runs: Sequence[RunSummary] = ()
) -> dict[str, Json]:
    return {
        "format": imported.format,
        "cases": len(imported.cases),
        "benchmark": added.as_json() if added else None,
        "runs": [run.as_json() for run in runs],
        "metrics": list(imported.metrics),
        "mapping": imported.mapping.as_json(),
        "not_carried_over": list(imported.notes),
    }
