"""`steelyard init`: a project file, with an allowed drop that its benchmark can settle."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from steelyard.app._files import write_text
from steelyard.app._importing import benchmark_name, store_runs
from steelyard.app._project import FILE_NAME, Project, load_project
from steelyard.bench import BenchmarkVersion, add_version, read_cases
from steelyard.core import Json, SystemClock, UsageError
from steelyard.reports import counted
from steelyard.stats import DEFAULT_DISCORDANCE, binary_spread, proposed_drop
from steelyard.store import open_store

PROMPTFOO_NAMES = ("promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json")
DEFAULT_DROP = 0.02

_TEMPLATE = """\
[project]
name = {name}
store = "sqlite:///.steelyard/steelyard.db"   # for a team: "postgresql://host/database"

# A system under test; `steelyard run NAME --target v1`. Other URIs: replay:FILE, python:module:function,
# command:PROGRAM, http:URL, anthropic:MODEL.
# [targets.v1]
# uri = "openai:gpt-4o-mini"
# system = "file:prompts/v1.md"
# temperature = 0

[gate]
# {reason}
allowed_drop = {drop}
on_inconclusive = "warn"   # "fail" makes NOT SURE YET end with exit code 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    version: BenchmarkVersion
    units: int
    runs: tuple[str, ...]


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option(
    "--project",
    "project_folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The same as DIR, as other commands name it.",
)
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="FILE", help="Import this file at once."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def init(folder: Path | None, *, project_folder: Path | None, source: Path | None, as_json: bool) -> None:
    """Make a project in DIR: a steelyard.toml with comments, and a store.

    With --from, or when a promptfooconfig.yaml lies there and you say yes, its cases are imported, and
    the allowed drop is one that so many cases can settle.
    """
    folder = folder or project_folder or Path()
    path = folder / FILE_NAME
    if path.exists():
        raise UsageError("there is a project already", where=str(path), hint="Edit that file")
    found = source or _offer(folder, ask=not as_json)
    write_text(path, _TEMPLATE.format(name=_name(folder), drop=DEFAULT_DROP, reason=_reason(None)))
    project = load_project(path)
    try:
        made = _fill(project, found)
    except BaseException:
        path.unlink()
        raise
    if made is not None:
        drop = proposed_drop(made.units, binary_spread())
        write_text(path, _TEMPLATE.format(name=_name(folder), drop=drop, reason=_reason(made)))
    _say(path, made, as_json=as_json)


def _offer(folder: Path, *, ask: bool) -> Path | None:
    """A promptfoo configuration that lies there, if the user wants it; without a terminal, only its name."""
    for name in PROMPTFOO_NAMES:
        path = folder / name
        if not path.is_file():
            continue
        if ask and sys.stdin.isatty():
            return path if click.confirm(f"Found {name}. Import its cases?", default=True, err=True) else None
        click.echo(f"Found {name}. Import it with: steelyard import {path}", err=True)
    return None


def _fill(project: Project, file: Path | None) -> _Made | None:
    """Make the store, and import a file into it."""
    with open_store(project.store) as store:
        if file is None:
            return None
        imported = read_cases(file)
        version = add_version(store, benchmark_name(file), imported, clock=SystemClock()).version
        runs = store_runs(imported, version, project=project, store=store)
    units = len({case.cluster for case in imported.cases})
    return _Made(version=version, units=units, runs=tuple(run.run for run in runs))


def _reason(made: _Made | None) -> str:
    if made is None:
        return (
            "The drop you allow before a candidate fails. 2 points take about 2,000 cases to settle;\n"
            "# 100 cases settle about 9 points."
        )
    return (
        f"What the {made.units:,} independent cases of {made.version.name} can settle: an unchanged\n"
        f"# system passes four times in five, if about {DEFAULT_DISCORDANCE:.0%} of its answers flip."
    )


def _name(folder: Path) -> str:
    """The folder's name as a TOML string."""
    return json.dumps(
        "".join(char for char in folder.resolve().name if char.isprintable()), ensure_ascii=False
    )


def _say(path: Path, made: _Made | None, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Json] = {
            "project": str(path),
            "benchmark": made.version.ref.as_json() if made else None,
            "runs": list(made.runs) if made else [],
        }
        click.echo(json.dumps(document))
        return
    click.echo(f"Wrote {path}")
    if made is None:
        click.echo("Next: steelyard import FILE, or steelyard bench add NAME FILE")
        return
    version = made.version
    click.echo(
        f"Added {version.name}@{version.version} with {counted(version.cases, 'case')}"
        f" and {counted(len(made.runs), 'run')}"
    )
    if len(made.runs) >= 2:
        click.echo(f"Next: steelyard compare {made.runs[0]} {made.runs[1]}")
    else:
        click.echo(f"Next: steelyard bench power {version.name}")
