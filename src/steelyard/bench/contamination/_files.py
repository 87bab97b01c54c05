"""The files of a corpus, whatever the folder holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from steelyard.core import InputError


def corpus_files(corpus: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """The regular files named, and those in the folders named, each once; and whether it was named.

    Links are followed, each folder is entered once, so that links in a circle end. Pipes and devices in
    folders are left out. Raises InputError for a path that is neither file nor folder.
    """
    seen: set[tuple[int, int]] = set()
    for path in corpus:
        if path.is_dir():
            yield from ((file, False) for file in _inside(path, seen))
        elif path.is_file():
            if _is_new(path, seen):
                yield path, True
        else:
            raise InputError("no such file or folder", where=str(path), hint="Check --corpus")


def _inside(root: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        if not _is_new(folder, seen):
            continue
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError as error:
            if folder == root:
                raise InputError(
                    f"cannot be looked into: {error.strerror or error}",
                    where=str(folder),
                    hint="Check its permissions",
                ) from error
            yield folder
            continue
        paths = [folder / name for name in names]
        yield from (path for path in paths if path.is_file() and _is_new(path, seen))
        waiting += [path for path in reversed(paths) if path.is_dir()]


def _is_new(path: Path, seen: set[tuple[int, int]]) -> bool:
    try:
        status = path.stat()
    except OSError:
        return True
    key = (status.st_dev, status.st_ino)
    known = key in seen
    seen.add(key)
    return not known
