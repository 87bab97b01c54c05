"""Files of lines: plain, gzip or Zstandard, always UTF-8, never trusted."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from steelyard.core import InputError

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """How much a file may hold before it is refused."""

    line: int = 64 * 2**20
    """Bytes of one line, its end included."""
    total: int = 64 * 2**30
    """Bytes of the whole text, after decompression."""
    ratio: float = 200.0
    """Decompressed bytes for each compressed byte; text rarely passes 30."""
    ratio_from: int = 256 * 2**20
    """Decompressed bytes from which the ratio counts: below it nothing can be hurt."""


DEFAULT_LIMITS = ReadLimits()


def read_lines(
    path: str | Path, *, limits: ReadLimits = DEFAULT_LIMITS, keep_ends: bool = False
) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 text file with their numbers from 1, streaming.

    Files compressed with gzip or Zstandard are recognised by their first bytes, whatever their name.
    A byte order mark is dropped. Lines end at `\\n`; a `\\r` before it goes too, unless `keep_ends`.
    Empty lines are yielded like any other, so that numbers match an editor's.

    Raises InputError, naming file and line, when the file cannot be opened, is damaged, is not UTF-8
    (with the byte), or passes a limit.
    """
    path = Path(path)
    number = 0
    with open_text_bytes(path, limits=limits) as stream:
        while raw := stream.readline(limits.line + 1):
            number += 1
            if len(raw) > limits.line:
                raise InputError(
                    f"the line is longer than {_size(limits.line)}",
                    where=f"{path}:{number}",
                    hint="Keep large content in attachments, or check that lines really end",
                )
            if number == 1:
                raw = raw.removeprefix(_UTF8_BOM)
            if not keep_ends:
                raw = raw[:-2] if raw.endswith(b"\r\n") else raw.removesuffix(b"\n")
            try:
                yield number, raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise _not_utf8(path, number, error) from error


def read_text(path: str | Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> str:
    """The whole text of a UTF-8 file, decompressed and without its byte order mark.

    `limits.line` bounds the whole. Raises InputError like `read_lines`.
    """
    path = Path(path)
    with open_text_bytes(path, limits=limits) as stream:
        raw = stream.read(limits.line + 1)
    if len(raw) > limits.line:
        raise InputError(
            f"the file is larger than {_size(limits.line)}, too large to read in one piece",
            where=str(path),
            hint="Write it as JSON lines, one object a line",
        )
    try:
        return raw.removeprefix(_UTF8_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _not_utf8(path, line, error) from error


@contextmanager
def open_text_bytes(path: str | Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[BinaryIO]:
    """The decompressed bytes of a file as a buffered stream that stops at the limits.

    Every failure while opening or reading, also inside the `with` block, becomes an InputError.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.peek(4)[:4]
            if head.startswith(_UTF16_BOMS):
                raise InputError(
                    "the file is UTF-16, not UTF-8", where=str(path), hint="Save it as UTF-8 and try again"
                )
            if head.startswith((_GZIP, _ZSTD)):
                yield io.BufferedReader(_Inflated(file, path=path, limits=limits), 2**18)
            else:
                yield file
    except OSError as error:
        raise _unreadable(path, error) from error
    except (EOFError, zlib.error, zstandard.ZstdError) as error:
        raise InputError(
            f"the compressed file is damaged or cut short ({error})",
            where=str(path),
            hint="Fetch or write it again",
        ) from error


class _Inflated(io.RawIOBase):
    """Decompressed bytes, counted against the limits while they come."""

    def __init__(self, file: io.BufferedReader, *, path: Path, limits: ReadLimits) -> None:
        super().__init__()
        self._file = file
        self._path = path
        self._limits = limits
        self._count = 0
        self._source = (
            gzip.GzipFile(fileobj=file) if file.peek(4)[:4].startswith(_GZIP) else _ZstdFrames(file)
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._source.read(len(view)) or b""
        view[: len(data)] = data
        self._count += len(data)
        self._check()
        return len(data)

    def _check(self) -> None:
        packed = max(self._file.tell(), 1)
        too_dense = self._count > self._limits.ratio_from and self._count > self._limits.ratio * packed
        if too_dense or self._count > self._limits.total:
            raise InputError(
                f"the compressed file unpacks to more than {_size(self._count)}"
                + (f", {self._count // packed} times its size" if too_dense else ""),
                where=str(self._path),
                hint="It looks like a decompression bomb; unpack it yourself if it is what you expect",
            )


class _ZstdFrames:
    """All frames of a Zstandard file; unlike the library's reader it notices a frame cut short."""

    _INPUT = 2048  # a block of 4 bytes can stand for 128 KiB: small bites bound the memory of a bomb

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = b""
        self._ready = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._ready:
            if not self._packed:
                self._packed = self._file.read(self._INPUT)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError("the last frame has no end")
                return b""
            self._inflate()
        part = bytes(self._ready[:size])
        self._ready = self._ready[size:]
        return part

    def _inflate(self) -> None:
        if self._frame is None:
            self._frame = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
        self._ready = memoryview(self._frame.decompress(self._packed))
        self._packed = b""
        if self._frame.eof:
            self._packed = self._frame.unused_data
            self._frame = None


def _not_utf8(path: Path, line: int, error: UnicodeDecodeError) -> InputError:
    byte = error.object[error.start]
    return InputError(
        f"not UTF-8: byte 0x{byte:02x} at byte {error.start + 1}",
        where=f"{path}:{line}",
        hint="Save the file as UTF-8 (text from Windows is often Windows-1252)",
    )


def _unreadable(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError("no such file", where=str(path), hint="Check the path")
    if isinstance(error, IsADirectoryError):
        return InputError("is a folder, not a file", where=str(path), hint="Name a file in it")
    if isinstance(error, gzip.BadGzipFile):
        return InputError(
            f"the compressed file is damaged ({error})", where=str(path), hint="Fetch or write it again"
        )
    return InputError(
        f"cannot be read: {error.strerror or error}", where=str(path), hint="Check its permissions"
    )


def _size(count: int) -> str:
    for unit, step in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= step:
            return f"{count / step:.4g} {unit}"
    return f"{count} bytes"
