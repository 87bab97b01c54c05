"""Members of a ZIP archive by name, in memory: nothing from the archive ever names a path on disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import zstandard

from steelyard.core import InputError

_ZSTD = 93
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_BLOCK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """How much an archive may hold before it is refused."""

    member: int = 2**30
    """Bytes of one member, decompressed."""
    total: int = 32 * 2**30
    """Bytes of all members that are read."""
    ratio: float = 1000.0
    """Decompressed bytes for each byte of the file; logs that repeat themselves pass 100."""
    ratio_from: int = 256 * 2**20
    """Decompressed bytes from which the ratio counts."""


class Archive:
    """A ZIP file with stored, deflated or Zstandard members (method 93 of the ZIP specification, 6.3.8)."""

    def __init__(self, path: Path, file: IO[bytes], limits: ArchiveLimits) -> None:
        self._path = path
        self._file = file
        self._limits = limits
        self._size = max(path.stat().st_size, 1)
        self._count = 0
        self._zip = zipfile.ZipFile(file)
        self._members = {item.filename: item for item in self._zip.infolist()}

    @property
    def names(self) -> list[str]:
        """Member names in the order of the directory; the last of equal names counts."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of a member; raises InputError when it is damaged, encrypted or too large."""
        item = self._members[name]
        if item.flag_bits & 1:
            raise self._refused(name, "is encrypted", "Write the archive without a password")
        if item.compress_type == _ZSTD:
            data = self._zstd(item)
        elif item.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            with self._zip.open(item) as stream:
                data = self._bounded(stream, name)
        else:
            raise self._refused(
                name,
                f"is compressed by method {item.compress_type}, which is not read",
                "Write it with deflate or Zstandard",
            )
        if zlib.crc32(data) != item.CRC:
            raise self._refused(name, "does not have the checksum that the archive states", "Fetch it again")
        return data

    def _zstd(self, item: zipfile.ZipInfo) -> bytes:
        self._file.seek(item.header_offset)
        head = self._file.read(_LOCAL_HEADER.size)
        if len(head) < _LOCAL_HEADER.size:
            raise self._refused(item.filename, "is cut short", "Fetch or write it again")
        mark, name_size, extra_size = _LOCAL_HEADER.unpack(head)
        if mark != b"PK\x03\x04":
            raise self._refused(item.filename, "does not lie where the archive says", "Fetch it again")
        self._file.seek(name_size + extra_size, 1)
        packed = io.BufferedReader(_Slice(self._file, item.compress_size), _BLOCK)
        reader = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(
            packed, read_across_frames=True, closefd=False
        )
        return self._bounded(reader, item.filename)

    def _bounded(self, stream: IO[bytes], name: str) -> bytes:
        limits, parts, size = self._limits, [], 0
        while block := stream.read(_BLOCK):
            size += len(block)
            self._count += len(block)
            too_dense = self._count > limits.ratio_from and self._count > limits.ratio * self._size
            if size > limits.member or self._count > limits.total or too_dense:
                raise self._refused(
                    name, "unpacks to far more than such a file holds", "It may be an archive made to do harm"
                )
            parts.append(block)
        return b"".join(parts)

    def _refused(self, name: str, reason: str, hint: str) -> InputError:
        return InputError(f"the member {name[:200]!r} {reason}", where=str(self._path), hint=hint)


class _Slice(io.RawIOBase):
    """The next bytes of a file, and no more; what a decompressor may read."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        super().__init__()
        self._file = file
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_archive(path: Path, *, limits: ArchiveLimits | None = None) -> Iterator[Archive]:
    """An archive to read members from; every failure, also inside the block, becomes an InputError."""
    try:
        with path.open("rb") as file:
            yield Archive(path, file, limits or ArchiveLimits())
    except (zipfile.BadZipFile, EOFError, zlib.error, zstandard.ZstdError, struct.error) as error:
        raise InputError(
            f"the archive is damaged or cut short ({error})",
            where=str(path),
            hint="Fetch or write it again",
        ) from error
    except (OSError, NotImplementedError) as error:
        raise InputError(f"the archive cannot be read: {error}", where=str(path)) from error
