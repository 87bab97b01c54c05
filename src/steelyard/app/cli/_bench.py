"""`steelyard bench`: benchmarks and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from steelyard.app._power import benchmark_power, pilot_from_run, pilot_from_runs
from steelyard.app._tables import added_text, bench_list_text, check_text, diff_text, version_text
from steelyard.app.cli._options import Door, door, limit_option
from steelyard.bench import (
    add_version,
    check_cases,
    describe_version,
    diff_versions,
    export_cases,
    read_cases,
    resolve_version,
)
from steelyard.core import SystemClock
from steelyard.store import Store

FORMATS = (
    "auto", "jsonl", "csv", "parquet", "excel", "json", "hf",
    "promptfoo", "openai-evals", "inspect", "deepeval", "langfuse", "langsmith", "braintrust",
)  # fmt: skip
EXPORTS = ("jsonl", "csv", "parquet", "hf")


@click.group()
def bench() -> None:
    """Benchmarks: versioned, content-addressed sets of cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addition:
    name: str
    file: Path
    file_format: str
    tag: str | None
    message: str
    mapping: tuple[str, ...]


@bench.command("add")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "file_format", type=click.Choice(FORMATS), default="auto", show_default=True)
@click.option("--tag", help="A tag that will point to this version.")
@click.option("--message", default="", help="Why this version was made.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column is which field.")
@door
def add(opened: Door, /, **given: Any) -> None:
    """Add FILE as the next version of benchmark NAME; bad rows are all named and nothing is stored."""
    chosen = _Addition(**given)
    imported = read_cases(chosen.file, format=chosen.file_format, mapping=chosen.mapping)
    with opened.store() as store:
        result = add_version(
            store,
            chosen.name,
            imported,
            tag=chosen.tag,
            message=chosen.message,
            clock=SystemClock(),
        )
    for note in imported.notes:
        opened.say(f"note: {note}")
    opened.answer(result.as_json(), lambda: added_text(result))


@bench.command("list")
@limit_option
@door
def list_benchmarks(opened: Door, limit: int) -> None:
    """List benchmarks with their latest versions."""
    with opened.store() as store:
        latest = {version.name: version for version in store.versions()}
    refs = [version.ref for _, version in sorted(latest.items())][:limit]
    opened.answer(
        {"benchmarks": [ref.as_json() for ref in refs]},
        lambda: bench_list_text(refs),
    )


@bench.command("show")
@click.argument("reference", metavar="NAME[@VERSION]")
@door
def show(opened: Door, reference: str) -> None:
    """Show a version: cases, splits, slices, groups, lineage."""
    with opened.store() as store:
        version = resolve_version(store, reference)
        description = describe_version(version, store.cases(version), history=store.versions(version.name))
    opened.answer(description.as_json(), lambda: version_text(description))


@bench.command("diff")
@click.argument("before", metavar="NAME@A")
@click.argument("after", metavar="NAME@B")
@door
def diff(opened: Door, before: str, after: str) -> None:
    """Show which cases were added, removed or changed, with the fields."""
    with opened.store() as store:
        versions = [resolve_version(store, reference) for reference in (before, after)]
        found = diff_versions(*(store.cases(version) for version in versions))
    opened.answer(found.as_json(), lambda: diff_text(found))


@bench.command("check")
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option(
    "--corpus",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Texts that a system has seen: also look for the questions in this file or folder; repeatable.",
)
@door
def check(opened: Door, reference: str, *, corpus: tuple[Path, ...]) -> None:
    """Look for duplicates, conflicts, leaks, empty expectations and slices too small to decide on."""
    with opened.store() as store:
        version = resolve_version(store, reference)
        report = check_cases(list(store.cases(version)), corpus=corpus)
    opened.answer(report.as_json(), lambda: check_text(report))


@bench.command("power")
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option(
    "--run", "pilot", metavar="RUN|BASE..CANDIDATE", help="Earlier runs that show how much versions differ."
)
@click.option("--allowed-drop", type=click.FloatRange(min=0, min_open=True), help="By default the project's.")
@door
def power(opened: Door, reference: str, *, pilot: str | None, allowed_drop: float | None) -> None:
    """Say what this benchmark can settle: chances of PASS and FAIL, and cases needed."""
    with opened.store() as store:
        version = resolve_version(store, reference)
        answer = benchmark_power(
            version,
            list(store.cases(version)),
            margin=allowed_drop or opened.project.gate.allowed_drop,
            pilot=_pilot(pilot, store) if pilot else None,
        )
    opened.answer(answer.as_json(), answer.describe)


def _pilot(reference: str, store: Store) -> tuple[float, str] | None:
    base, dots, candidate = reference.partition("..")
    if dots:
        return pilot_from_runs(store.get_run(base), store.get_run(candidate), store=store)
    return pilot_from_run(store.get_run(base), store=store)


@bench.command("export")
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--format", "file_format", type=click.Choice(EXPORTS), default="jsonl", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to write.")
@door
def export(opened: Door, reference: str, file_format: str, output: Path) -> None:
    """Write a version's cases to a file, or to a folder for `hf`."""
    with opened.store() as store:
        version = resolve_version(store, reference)
        export_cases(store.cases(version), format=file_format, path=output, attachment=store.get_attachment)
    document = {"path": str(output), "format": file_format, **version.ref.as_json()}
    opened.answer(
        document, lambda: f"Wrote {version.cases:,} cases of {version.name}@{version.version} to {output}"
    )
