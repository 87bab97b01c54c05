"""`steelyard init`: a project file, with an allowed drop that its benchmark can settle."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from steelyard.app._files import write_text
from steelyard.app._importing import benchmark_name, store_runs
from steelyard.app._project import FILE_NAME, Project, load_project
from steelyard.bench import BenchmarkVersion, add_version, read_cases
from steelyard.core import Json, SystemClock, UsageError
from steelyard.stats import DEFAULT_DISCORDANCE, binary_spread, proposed_drop
from steelyard.store import open_store

PROMPTFOO_NAMES = ("promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json")
DEFAULT_DROP = 0.02

_TEMPLATE = """\
[project]
name = "{name}"
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


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="FILE", help="Import this file at once."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def init(folder: Path, *, source: Path | None, as_json: bool) -> None:
    """Make a project in DIR: a steelyard.toml with comments, and a store.

    With --from, or when a promptfooconfig.yaml lies there and you say yes, its cases are imported, and
    the allowed drop is one that so many cases can settle.
    """
    path = folder / FILE_NAME
    if path.exists():
        raise UsageError("there is a project already", where=str(path), hint="Edit that file")
    found = source or _offer(folder, ask=not as_json)
    write_text(path, _TEMPLATE.format(name=_name(folder), drop=DEFAULT_DROP, reason=_reason(None)))
    project = load_project(path)
    version = None
    if found is not None:
        try:
            version = _import(project, found)
        except BaseException:
            path.unlink()
            raise
        drop = proposed_drop(version.cases, binary_spread())
        write_text(path, _TEMPLATE.format(name=_name(folder), drop=drop, reason=_reason(version)))
    _say(path, version, as_json=as_json)


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


def _import(project: Project, file: Path) -> BenchmarkVersion:
    imported = read_cases(file)
    with open_store(project.store) as store:
        version = add_version(store, benchmark_name(file), imported, clock=SystemClock()).version
        store_runs(imported, version, project=project, store=store)
    return version


def _reason(version: BenchmarkVersion | None) -> str:
    if version is None:
        return (
            "The drop you allow before a candidate fails. 2 points take about 2,000 cases to settle;\n"
            "# 100 cases settle about 9 points."
        )
    return (
        f"The smallest drop that the {version.cases:,} cases of {version.name} can settle: an unchanged\n"
        f"# system passes four times in five, if about {DEFAULT_DISCORDANCE:.0%} of its answers flip."
    )


def _name(folder: Path) -> str:
    return folder.resolve().name.replace('"', "")


def _say(path: Path, version: BenchmarkVersion | None, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Json] = {
            "project": str(path),
            "benchmark": version.ref.as_json() if version else None,
        }
        click.echo(json.dumps(document))
        return
    click.echo(f"Wrote {path}")
    if version is not None:
        click.echo(f"Added {version.name}@{version.version} with {version.cases:,} cases")
    click.echo("Next: steelyard import FILE, or steelyard bench add NAME FILE")
