"""A corpus file in blocks of some megabytes that overlap, whatever its form."""

from __future__ import annotations

import json.decoder
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._parquet import parquet_texts
from steelyard.text import ReadLimits, open_text_bytes

BLOCK = 2 * 2**20
"""Bytes that are looked at together; small enough for the working arrays to stay in the cache."""
OVERLAP = 2**16
"""Bytes of a block that the next one begins with again, so that nothing is cut in two."""

_LIMITS = ReadLimits(total=2**50)
_PARQUET = b"PAR1"
_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|.)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some of a file's text."""

    text: bytes
    """UTF-8, as far as the file is; of JSON with its escapes undone."""
    raw: bytes
    """As it stands in the unpacked file; the same object where nothing had to be undone."""
    line: int
    """Number of its first line, or row."""
    offset: int | None
    """Place of `raw` in the unpacked file; None for tables."""
    fresh: int
    """Bytes of the unpacked file that no block before held."""

    def line_at(self, place: int) -> int:
        """The line that a place in `text` is in."""
        return self.line + self.text.count(b"\n", 0, place)

    def offset_at(self, place: int) -> int | None:
        """Where that place is in the unpacked file; the beginning of its line where escapes were undone."""
        if self.offset is None:
            return None
        if self.text is self.raw:
            return self.offset + place
        begin = 0
        for _ in range(self.text.count(b"\n", 0, place)):
            begin = self.raw.find(b"\n", begin) + 1
        return self.offset + begin


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a text, JSON, JSON lines or Parquet file, plain or packed with gzip or Zstandard.

    At most a few blocks are in memory, however long a line is. Raises InputError when the file cannot be
    read or is a decompression bomb, MissingExtraError for Parquet without pyarrow.
    """
    with open_text_bytes(path, limits=_LIMITS) as stream:
        is_table = stream.read(4) == _PARQUET
    yield from _table_blocks(path) if is_table else _text_blocks(path)


def _text_blocks(path: Path) -> Iterator[Block]:
    kept, offset, line = b"", 0, 1
    unseen = 0
    is_json: bool | None = None
    with open_text_bytes(path, limits=_LIMITS) as stream:
        while (fresh := stream.read(BLOCK)) or unseen:
            whole = kept + fresh
            if is_json is None:
                is_json = whole.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
            end = _cut(whole, len(kept)) if len(fresh) == BLOCK else len(whole)
            raw = whole[:end]
            text = _unescaped(raw) if is_json and b"\\" in raw else raw
            yield Block(text=text, raw=raw, line=line, offset=offset, fresh=len(fresh))
            begin = _cut(whole, max(end - 2 * OVERLAP, 0), end - OVERLAP) if end > OVERLAP else 0
            line += whole.count(b"\n", 0, begin)
            offset += begin
            kept, unseen = whole[begin:], len(whole) - end


def _cut(whole: bytes, low: int, high: int | None = None) -> int:
    """A place between the two after a line's end, after a space, or anywhere: the last of the best kind."""
    high = len(whole) if high is None else high
    near = max(low, high - OVERLAP)
    for mark in (b"\n", b" "):
        found = whole.rfind(mark, near, high)
        if found >= 0:
            return found + 1
    return high


def _unescaped(raw: bytes) -> bytes:
    r"""JSON with its strings' escapes undone and its quotes blanked; the number of lines stays the same.

    `\n` becomes a space. Text that is not JSON after all loses its backslashes.
    """
    plain = raw.replace(b"\\\\", b" ").replace(b'\\"', b" ").replace(b"\\n", b" ").replace(b'"', b" ")
    if b"\\" not in plain:
        return plain
    text = plain.decode("utf-8", "surrogateescape")
    try:
        undone = json.decoder.scanstring(text + '"', 0, False)[0]  # type: ignore[attr-defined]  # noqa: FBT003
    except ValueError:
        return _ESCAPE.sub(b" ", plain)
    return str(undone).encode("utf-8", "surrogatepass")


def _table_blocks(path: Path) -> Iterator[Block]:
    for row, texts in parquet_texts(path):
        number, waiting, size = row, [], 0
        for at, text in enumerate(texts, start=row):
            encoded = text.replace("\n", " ").encode("utf-8", "surrogatepass")
            waiting.append(encoded)
            size += len(encoded)
            if size >= BLOCK:
                yield from _rows(waiting, number)
                number, waiting, size = at + 1, [], 0
        if size:
            yield from _rows(waiting, number)


def _rows(waiting: list[bytes], number: int) -> Iterator[Block]:
    joined = b"\n".join(waiting)
    for begin in range(0, max(len(joined) - OVERLAP, 1), BLOCK):
        piece = joined[begin : begin + BLOCK + OVERLAP]
        line = number + joined.count(b"\n", 0, begin)
        fresh = min(BLOCK, len(joined) - begin)
        yield Block(text=piece, raw=piece, line=line, offset=None, fresh=fresh)
