"""`steelyard runs`: what was run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from steelyard.app._experts import summary_of
from steelyard.app._files import written_whole
from steelyard.app._run_json import run_json
from steelyard.app._wiring import find_run
from steelyard.app.cli._options import Door, door, limit_option, terminal_width, wants_color
from steelyard.core import Json, SystemClock
from steelyard.reports import RunRow, render_run, render_runs
from steelyard.runs import RunRecord, as_it_stands, export_rows


@click.group()
def runs() -> None:
    """Runs: list, show, export."""


@runs.command("list")
@limit_option
@door
def list_runs(opened: Door, limit: int) -> None:
    """List runs, newest first."""
    with opened.store() as store:
        clock = SystemClock()
        records = [as_it_stands(record, clock=clock) for record in store.list_runs(limit=limit)]
    opened.answer(
        {"runs": [run_json(record) for record in records]},
        lambda: render_runs(
            [_row(record) for record in records], width=terminal_width(), color=wants_color()
        ),
    )


@runs.command("show")
@click.argument("reference", metavar="RUN")
@door
def show(opened: Door, reference: str) -> None:
    """Show a run's headline numbers, by id, id prefix, label or `latest`."""
    with opened.store() as store:
        summary = summary_of(find_run(store, reference), store)
    opened.answer(summary.as_json(), lambda: render_run(summary, width=terminal_width(), color=wants_color()))


@runs.command("export")
@click.argument("reference", metavar="RUN")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; stdout by default.")
@click.option("--details", is_flag=True, help="With each score's reason, and what it rests on.")
@door
def export(opened: Door, reference: str, *, output: Path | None, details: bool) -> None:
    """Write a run's outputs and scores as JSON lines that `replay:` can read again.

    With --json and without -o: one object that holds them as `samples`.
    """
    with opened.store() as store:
        record = store.get_run(reference)
        rows = export_rows(record, store, details=details)
        if output is None:
            if opened.as_json:
                opened.write(_document(record, rows), end="")
            else:
                opened.write(map(_line, rows))
            return
        count = _write(output, rows)
    opened.answer(
        {"run": record.id, "path": str(output), "samples": count},
        lambda: f"Wrote {count:,} samples of {record.id} to {output}",
    )


def _document(record: RunRecord, rows: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    """One JSON object, written while the rows are read."""
    yield f'{{"run": {json.dumps(record.id)}, "samples": ['
    comma = ""
    for row in rows:
        yield comma + _line(row)
        comma = ", "
    yield "]}\n"


def _write(path: Path, rows: Iterable[Mapping[str, Json]]) -> int:
    count = 0
    with written_whole(path) as file:
        for row in rows:
            file.write((_line(row) + "\n").encode("ascii"))
            count += 1
    return count


def _line(row: Mapping[str, Json]) -> str:
    """ASCII JSON: lone surrogates and control characters survive as escapes."""
    return json.dumps(row, ensure_ascii=True, allow_nan=False)


def _row(record: RunRecord) -> RunRow:
    return RunRow(
        run=record.id,
        label=record.label,
        benchmark=f"{record.benchmark.name}@{record.benchmark.version}",
        target=str(record.target.get("name") or record.target.get("uri") or ""),
        status=record.status,
        started=record.started.isoformat(),
    )
