"""What every command takes and how it prints."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TextIO, TypeVar

import click

from steelyard.app._project import Project, find_project
from steelyard.app.cli._printing import drop_output
from steelyard.core import Json, UsageError
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
    out: TextIO
    """Where answers go: stdout as it was when the command began."""

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The project's store, closed at the end."""
        with open_store(self.project.store) as store:
            yield store

    def answer(self, document: Json, text: Callable[[], str]) -> None:
        """Print the JSON object, or the text."""
        if self.as_json:
            self.write((json.dumps(document, ensure_ascii=True, allow_nan=False),))
        else:
            self.write((text().rstrip("\n"),))

    def write(self, parts: Iterable[str], *, end: str = "\n") -> None:
        """Print on stdout, each part with its end; a reader who has seen enough and left changes nothing.

        Raises UsageError when stdout cannot be written for another reason, such as a full disk.
        """
        try:
            for part in parts:
                click.echo(part + end, file=self.out, nl=False)
        except BrokenPipeError:
            drop_output(self.out)
        except OSError as error:
            drop_output(self.out)
            raise UsageError(
                f"cannot be written: {error.strerror or error}",
                where="standard output",
                hint="Free some space, or write elsewhere",
            ) from None

    def say(self, text: str) -> None:
        """Prose for people, on stderr."""
        click.echo(text, err=True)


def door(function: Callable[Concatenate[Door, P], R]) -> Callable[..., R]:
    """Add `--project` and `--json`, and pass them on as a Door.

    Under `--json`, whatever a target's or a metric's own code prints goes to stderr: stdout holds one object.
    """

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
        opened = Door(project=find_project(project_folder), as_json=as_json, out=sys.stdout)
        try:
            with redirect_stdout(sys.stderr) if as_json else nullcontext():
                return function(opened, **arguments)  # type: ignore[call-arg]
        except SystemExit as left:
            raise UsageError(
                f"code that was loaded ended the program (SystemExit: {left.code})",
                hint="Keep what a module does as a program under if __name__ == '__main__'",
            ) from None

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
