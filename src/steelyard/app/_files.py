"""Writing the files a user asked for."""

from __future__ import annotations

from pathlib import Path

from steelyard.core import UsageError


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, creating its folder; raises UsageError that names the place.

    Lone surrogates, which no file can hold, are written as `\\udxxx`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")
        partial.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}", where=str(path), hint="Choose another place"
        ) from None
