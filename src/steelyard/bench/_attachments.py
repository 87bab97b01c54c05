"""Attachments: files beside the case file, hashed, and never outside its folder."""

from __future__ import annotations

import hashlib
import mimetypes
import stat
from pathlib import Path, PurePosixPath

from steelyard.core import Attachment

_SIZE_LIMIT = 256 * 2**20
_TOTAL_LIMIT = 2 * 2**30


class AttachmentError(ValueError):
    """An attachment cannot be taken; the message says why."""


class AttachmentFolder:
    """The folder that attachment paths are relative to, and what was read from it so far."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._digests: dict[str, str] = {}
        self._total = 0
        self.taken: dict[str, bytes] = {}
        """SHA-256 to bytes."""

    def take(self, path: str, *, sha256: str | None, media_type: str | None) -> Attachment:
        """Read and hash one file; raises AttachmentError when it may not or cannot be taken."""
        digest = self._digests.get(path)
        if digest is None:
            data = self._read(path)
            digest = hashlib.sha256(data).hexdigest()
            self._digests[path] = digest
            if digest not in self.taken:
                self.taken[digest] = data
                self._total += len(data)
        if sha256 is not None and sha256.lower() != digest:
            raise AttachmentError(f"'{path}' has SHA-256 {digest}, but {sha256[:64]} is written")
        kind = media_type or mimetypes.guess_type(path, strict=False)[0] or "application/octet-stream"
        return Attachment(path=path, sha256=digest, media_type=kind)

    def _read(self, path: str) -> bytes:
        file = self._locate(path)
        try:
            status = file.stat()
            if not stat.S_ISREG(status.st_mode):
                raise AttachmentError(f"'{path}' is not a file")
            if status.st_size > _SIZE_LIMIT:
                raise AttachmentError(f"'{path}' is larger than {_SIZE_LIMIT >> 20} MiB")
            if self._total + status.st_size > _TOTAL_LIMIT:
                raise AttachmentError(f"the attachments together are larger than {_TOTAL_LIMIT >> 30} GiB")
            return file.read_bytes()
        except FileNotFoundError:
            raise AttachmentError(
                f"'{path}' does not exist in {self._root}; paths are relative to the case file"
            ) from None
        except OSError as error:
            raise AttachmentError(f"'{path}' cannot be read: {error.strerror or error}") from error

    def _locate(self, path: str) -> Path:
        problem = path_problem(path)
        if problem:
            raise AttachmentError(f"'{path}' {problem}")
        try:
            file = (self._root / path).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise AttachmentError(f"'{path}' cannot be followed: {error}") from error
        if not file.is_relative_to(self._root):
            raise AttachmentError(f"'{path}' leads outside the folder of the case file")
        return file


def path_problem(path: str) -> str:
    """Why a path may not name an attachment; empty when it may.

    Only relative POSIX paths that stay inside their folder are taken, on every system.
    """
    pure = PurePosixPath(path)
    if not pure.parts or not path.isprintable():
        return "is not a path: write it relative to the case file"
    if pure.is_absolute() or "\\" in path or ":" in pure.parts[0]:
        return "must be relative to the case file, with '/' between folders"
    if ".." in pure.parts:
        return "leads outside the folder of the case file"
    return ""
