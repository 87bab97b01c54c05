"""Writing the files a user asked for."""

from __future__ import annotations

from pathlib import Path

from steelyard.core import UsageError


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, creating its folder; raises UsageError that names the place.

    Lone surrogates, which no file can hold, are written as `\\udxxx`. What is no regular file, such as
    `/dev/stdout` or a named pipe, is written to and never replaced.
    """
    data = text.encode("utf-8", errors="backslashreplace")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        try:
            partial.write_bytes(data)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot be written: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="Choose another place",
        ) from None
