"""`steelyard backup` and `restore`: the whole store as one file."""

from __future__ import annotations

from pathlib import Path

import click

from steelyard.app._backup import back_up, restore
from steelyard.app.cli._options import Door, door


@click.command("backup")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
@door
def backup_command(opened: Door, path: Path, *, replace: bool) -> None:
    """Copy the store into FILE, while it may be in use.

    FILE is a SQLite database, or for PostgreSQL what pg_dump writes.
    """
    size = back_up(opened.project.store, path, replace=replace)
    opened.answer({"file": str(path), "bytes": size}, lambda: f"{path}: {size:,} bytes")


@click.command("restore")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Throw away what the store holds now.")
@door
def restore_command(opened: Door, path: Path, *, replace: bool) -> None:
    """Put FILE, made by `steelyard backup`, in the place of the store."""
    restore(opened.project.store, path, replace=replace)
    opened.answer({"file": str(path), "restored": True}, lambda: f"The store is as it was in {path}")
