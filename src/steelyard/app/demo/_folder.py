"""The demo's project folder: its files, written without touching anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from steelyard.app._project import FILE_NAME, Project, load_project
from steelyard.core import ConfigError, UsageError

DEMO_NAME = "steelyard-demo"
_OTHER = "Choose an empty place with --folder DIR"
_THE_READERS_OWN = ("prompts", FILE_NAME)


def lay_out(folder: Path) -> Project:
    """Make the demo's project in a folder, or find it there again.

    Cases and recordings are written anew, since they are the evidence; the prompts and the project file
    only where they are missing, so that what a reader tried out stays. Raises UsageError when the folder
    holds something else or cannot be written.
    """
    _refuse_foreign(folder)
    for name, content in _files():
        path = folder / name
        if name.startswith(_THE_READERS_OWN) and path.exists():
            continue
        _write(path, content)
    return load_project(folder / FILE_NAME)


def _refuse_foreign(folder: Path) -> None:
    try:
        present = sorted(item.name for item in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise UsageError(
            f"is no folder to work in: {error.strerror}", where=str(folder), hint=_OTHER
        ) from None
    if FILE_NAME in present:
        try:
            name = load_project(folder / FILE_NAME).name
        except ConfigError as error:
            raise UsageError(
                f"there is a project already, and its file is broken: {error.message}",
                where=str(folder / FILE_NAME),
                hint=_OTHER,
            ) from None
        if name != DEMO_NAME:
            raise UsageError(
                f"there is a project of your own already ('{name}')",
                where=str(folder / FILE_NAME),
                hint=_OTHER,
            )
    elif present:
        raise UsageError(
            f"the folder is not empty ({present[0]}), and the demo overwrites nothing",
            where=str(folder),
            hint=_OTHER,
        )


def _files() -> Iterator[tuple[str, bytes]]:
    """Name and content of every file; the project file first, since it marks the folder as the demo's."""
    data = files("steelyard.app.demo") / "data"
    yield FILE_NAME, (data / FILE_NAME).read_bytes()
    yield "support.jsonl", (data / "support.jsonl").read_bytes()
    for part in ("prompts", "recordings"):
        for item in sorted((data / part).iterdir(), key=lambda entry: entry.name):
            yield f"{part}/{item.name}", item.read_bytes()


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path), hint=_OTHER) from None
