"""`steelyard bench`: benchmarks and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from steelyard.app._contamination import contamination_of
from steelyard.app._files import write_text
from steelyard.app._power import benchmark_power, pilot_from_run, pilot_from_runs
from steelyard.app._progress import corpus_line
from steelyard.app._tables import added_text, bench_list_text, check_text, diff_text, version_text
from steelyard.app._wiring import find_run
from steelyard.app.cli._options import Door, door, limit_option, terminal_width, wants_color
from steelyard.app.cli._perturb import perturb
from steelyard.bench import (
    CheckReport,
    Imported,
    add_version,
    canary_guid,
    check_cases,
    completion_cases,
    describe_version,
    diff_versions,
    export_cases,
    read_cases,
    resolve_version,
)
from steelyard.core import ContaminationReport, Provenance, SystemClock
from steelyard.reports import contamination_markdown, counted, render_contamination
from steelyard.reports.html import contamination_html
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
@click.option(
    "--run",
    "runs",
    multiple=True,
    metavar="RUN",
    help="Look for the canary in its answers, and show its results without the cases found. A run on the "
    "completion version or on perturbed twins adds that test; repeatable.",
)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write what was found of contamination.")
@click.option("--html", type=click.Path(path_type=Path), help="The same as a page.")
@door
def check(opened: Door, /, reference: str, **given: Any) -> None:
    """Look for duplicates, conflicts, leaks, and for signs that a system has seen the cases."""
    corpus, runs = given["corpus"], given["runs"]
    files = [(given["markdown"], contamination_markdown), (given["html"], contamination_html)]
    with opened.store() as store:
        version = resolve_version(store, reference)
        cases = list(store.cases(version))
        seen = None
        if corpus or runs or any(path for path, _ in files):
            with corpus_line(SystemClock(), quiet=not corpus) as show:
                seen = contamination_of(
                    version,
                    cases,
                    store=store,
                    corpus=corpus,
                    runs=[store.get_run(run) for run in runs],
                    on_progress=show,
                )
    report = check_cases(cases, contamination=seen)
    for path, draw in files:
        if path is not None and seen is not None:
            write_text(path, draw(seen))
    document = report.as_json()
    if seen is not None:
        document["contamination"] = seen.as_json()
    opened.answer(document, lambda: _check_answer(report, seen))


def _check_answer(report: CheckReport, seen: ContaminationReport | None) -> str:
    if seen is None:
        return check_text(report)
    drawn = render_contamination(seen, width=terminal_width(), color=wants_color())
    return f"{check_text(report)}\n\n{drawn}"


@bench.command("completion")
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--as", "name", metavar="NAME", help="Its name; by default the benchmark's with -completion.")
@door
def completion(opened: Door, reference: str, *, name: str | None) -> None:
    """Make a benchmark that asks for the second half of each case: has a system learnt them by heart?"""
    with opened.store() as store:
        version = resolve_version(store, reference)
        imported = Imported(
            cases=tuple(completion_cases(list(store.cases(version)))),
            provenance=Provenance(
                source="benchmark",
                reference=f"{version.name}@{version.version}",
                detail={"hash": version.hash, "derived": "completion"},
            ),
        )
        chosen = name or f"{version.name}-completion"
        result = add_version(store, chosen, imported, clock=SystemClock())
    opened.answer(
        result.as_json(), lambda: f"{added_text(result)}\n{_completion_steps(chosen, version.name)}"
    )


def _completion_steps(derived: str, name: str) -> str:
    return (
        f"Next: steelyard run {derived} --target TARGET --metric edit_similarity\n"
        f"Then: steelyard bench check {name} --run latest"
    )


bench.add_command(perturb)


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
        return pilot_from_runs(find_run(store, base), find_run(store, candidate), store=store)
    return pilot_from_run(find_run(store, base), store=store)


@bench.command("export")
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--format", "file_format", type=click.Choice(EXPORTS), default="jsonl", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to write.")
@click.option(
    "--canary/--no-canary",
    default=True,
    show_default=True,
    help="A mark in every row that copies can be recognised by; reading the file back takes it out.",
)
@door
def export(opened: Door, reference: str, *, file_format: str, output: Path, canary: bool) -> None:
    """Write a version's cases to a file, or to a folder for `hf`."""
    with opened.store() as store:
        version = resolve_version(store, reference)
        guid = canary_guid(store.versions(version.name)) if canary else ""
        export_cases(
            store.cases(version),
            format=file_format,
            path=output,
            attachment=store.get_attachment,
            canary=guid,
        )
    document = {"path": str(output), "format": file_format, **version.ref.as_json(), "canary": guid or None}
    opened.answer(
        document,
        lambda: f"Wrote {counted(version.cases, 'case')} of {version.name}@{version.version} to {output}",
    )
