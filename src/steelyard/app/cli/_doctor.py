"""`steelyard doctor`: is this machine, and this project, fit to work?"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import click

from steelyard import __version__
from steelyard.app.cli._options import Door, door
from steelyard.core import EXIT_OK, EXIT_USER, ConfigError, Json, SteelyardError, StoreError
from steelyard.metrics.code import check_sandbox
from steelyard.store import open_store

EXTRAS = {
    "pyarrow": ("Parquet files", "pip install 'steelyard[parquet]'"),
    "openpyxl": ("Excel files", "pip install 'steelyard[excel]'"),
    "psycopg": ("PostgreSQL", "pip install 'steelyard[postgresql]'"),
    "opentelemetry.sdk": ("sending traces", "pip install 'steelyard[trace]'"),
    "xllamacpp": ("the live demo", "steelyard demo installs it"),
}
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")
LEAST_FREE_GB = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    """What."""
    state: Literal["ok", "absent", "problem"]
    """`absent` is fine until it is needed."""
    text: str
    """What was found, and what to do."""


@click.command()
@door
def doctor(opened: Door) -> int:
    """Check this machine and this project; exit code 2 when something must be mended."""
    findings = [*_machine(), *_sandbox(), *_extras(), *_keys(), *_project(opened)]
    document: dict[str, Json] = {
        "version": __version__,
        "findings": [{"name": item.name, "state": item.state, "text": item.text} for item in findings],
    }
    opened.answer(
        document, lambda: "\n".join(f"{item.state:8} {item.name:12} {item.text}" for item in findings)
    )
    return EXIT_USER if any(item.state == "problem" for item in findings) else EXIT_OK


def _machine() -> Iterator[Finding]:
    yield Finding(name="steelyard", state="ok", text=__version__)
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(
        name="python",
        state="ok" if good else "problem",
        text=platform.python_version() + ("" if good else ": Steelyard runs on 3.11 to 3.13"),
    )
    yield Finding(name="sqlite", state="ok", text=sqlite3.sqlite_version)
    yield Finding(name="processors", state="ok", text=str(os.cpu_count()))


def _sandbox() -> Iterator[Finding]:
    try:
        seconds = check_sandbox()
    except ConfigError as error:
        text = f"needed for code_pass: {error.message}. {error.hint}"
        yield Finding(name="sandbox", state="absent", text=text)
    else:
        yield Finding(name="sandbox", state="ok", text=f"bubblewrap holds, {seconds:.2f} s for each program")


def _extras() -> Iterator[Finding]:
    for module, (purpose, install) in EXTRAS.items():
        if importlib.util.find_spec(module) is None:
            yield Finding(name=module, state="absent", text=f"needed for {purpose}: {install}")
            continue
        try:
            version = importlib.metadata.version(module)
        except importlib.metadata.PackageNotFoundError:
            version = "of unknown version"
        yield Finding(name=module, state="ok", text=f"{version}, for {purpose}")


def _keys() -> Iterator[Finding]:
    for key in KEYS:
        known = bool(os.environ.get(key))
        yield Finding(name=key, state="ok" if known else "absent", text="set" if known else "not set")


def _project(opened: Door) -> Iterator[Finding]:
    project = opened.project
    where = str(project.file or "no steelyard.toml: defaults are used (steelyard init writes one)")
    yield Finding(name="project", state="ok" if project.file else "absent", text=where)
    free = shutil.disk_usage(project.folder).free / 1e9
    yield Finding(
        name="disk",
        state="ok" if free >= LEAST_FREE_GB else "problem",
        text=f"{free:.1f} GB free at {project.folder}",
    )
    try:
        with open_store(project.store, create=False) as store:
            text = f"{len(store.versions())} benchmark versions, {len(store.list_runs())} runs"
    except StoreError as error:
        absent = "there is no store yet" in error.message
        yield Finding(name="store", state="absent" if absent else "problem", text=str(error))
    except SteelyardError as error:
        yield Finding(name="store", state="problem", text=str(error))
    else:
        yield Finding(name="store", state="ok", text=text)
