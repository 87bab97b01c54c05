"""Writing the files a user asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from steelyard.core import UsageError


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, as `written_whole` does.

    Lone surrogates, which no file can hold, are written as `\\udxxx`.
    """
    with written_whole(path) as file:
        file.write(text.encode("utf-8", errors="backslashreplace"))


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes its place only once it is whole; its folder is created.

    Whatever goes wrong, an earlier file of that name stays as it was. What is no regular file, such as
    `/dev/stdout` or a named pipe, is written to and never replaced. Raises UsageError that names the place.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        try:
            with partial.open("wb") as file:
                yield file
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot be written: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="Choose another place",
        ) from None
