"""What every command takes and how it prints."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from steelyard.app._project import Project, find_project
from steelyard.core import Json
from steelyard.store import Store, open_store

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The project a command works in, and how it was asked to answer."""

    project: Project
    """The project."""
    as_json: bool
    """One JSON object on stdout, instead of text."""

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The project's store, closed at the end."""
        with open_store(self.project.store) as store:
            yield store

    def answer(self, document: Json, text: Callable[[], str]) -> None:
        """Print the JSON object, or the text."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=True, allow_nan=False))
        else:
            click.echo(text().rstrip("\n"))

    def say(self, text: str) -> None:
        """Prose for people, on stderr."""
        click.echo(text, err=True)


def door(function: Callable[Concatenate[Door, P], R]) -> Callable[..., R]:
    """Add `--project` and `--json`, and pass them on as a Door."""

    @click.option(
        "--project",
        "project_folder",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Project folder; by default the nearest one upward with a steelyard.toml, else this one.",
    )
    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
    @functools.wraps(function)
    def wrapped(project_folder: Path | None, as_json: bool, **arguments: Any) -> R:  # noqa: FBT001 - click passes options
        opened = Door(project=find_project(project_folder), as_json=as_json)
        return function(opened, **arguments)  # type: ignore[call-arg]

    return wrapped


limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The most rows to list."
)


def terminal_width() -> int:
    """Columns to draw in: the terminal's, within reason."""
    return max(60, min(140, shutil.get_terminal_size().columns))


def wants_color() -> bool:
    """Whether stdout is a terminal that may be coloured (the NO_COLOR convention)."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
