"""Text as a stream of letters and digits: what is left when spacing, casing and punctuation are not there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]

PAGE = 512
"""Bytes of the pieces in which text beyond ASCII is looked for."""
_DENSE = PAGE // 8

_KEPT = bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123))
_DROPPED = bytes(byte for byte in range(256) if byte not in _KEPT)
_LOWER = bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in range(256))
_MARKS = bytes(byte in _KEPT for byte in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Letters and digits of a piece of text, and where in it they stood."""

    letters: bytes
    """Lower-case ASCII letters and digits; in a wide stream also UTF-8 of other letters without accents."""
    raw: bytes
    """The text that it was made from."""
    start: int
    """Where `raw` begins in its block."""
    is_wide: bool
    """Whether letters beyond ASCII were kept."""

    def locate(self, positions: Positions) -> Positions:
        """For places in `letters` (ascending or not), the places in the block they came from."""
        if not self.is_wide:
            return self.start + _origins(self.raw, np.minimum(positions, len(self.letters) - 1))
        origin = self._wide_origin()
        return self.start + origin[np.minimum(positions, len(origin) - 1)]

    def _wide_origin(self) -> Positions:
        codes = _codes(self.raw)
        mapped = _mapped(codes)
        widths = _widths(np.where(codes - 0xDC80 < 128, np.uint32(0), codes))
        begins = np.cumsum(widths) - widths
        kept = np.flatnonzero(mapped)
        return np.repeat(begins[kept], _widths(mapped[kept]))


def ascii_letters(data: bytes) -> bytes:
    """ASCII letters, lower-case, and digits; everything else is left out."""
    return data.translate(_LOWER, _DROPPED)


def wide_letters(data: bytes) -> bytes:
    """Letters and digits of any script as UTF-8: lower-case, without accents, full-width as usual width.

    Each character becomes the first one of its compatibility decomposition (UAX #15) after case folding;
    combining marks are left out, so that composed and decomposed text give the same. Bytes that are not
    UTF-8 are left out.
    """
    mapped = _mapped(_codes(data))
    kept: bytes = mapped[mapped != 0].tobytes()
    return kept.decode("utf-32-le").encode("utf-8")


def streams(data: bytes, *, wide: bool) -> Iterator[Stream]:
    """The streams in which to look: one of ASCII, and with `wide` one for each stretch of other scripts."""
    if wide and not data.isascii():
        for start, end in _dense_stretches(data):
            piece = data[start:end]
            yield Stream(letters=wide_letters(piece), raw=piece, start=start, is_wide=True)
            if start == 0 and end == len(data):
                return
    yield Stream(letters=ascii_letters(data), raw=data, start=0, is_wide=False)


def _dense_stretches(data: bytes) -> Iterator[tuple[int, int]]:
    """Runs of pages of which an eighth or more is not ASCII, with a page more at both ends."""
    counts = _beyond_ascii(data)
    dense = counts >= min(_DENSE, max(len(data) // 8, 1))
    near = dense.copy()
    near[1:] |= dense[:-1]
    near[:-1] |= dense[1:]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(np.int8)))
    for first, last in edges.reshape(-1, 2).tolist():
        start, end = first * PAGE, min(last * PAGE, len(data))
        while start > 0 and data[start] & 0xC0 == 0x80:
            start -= 1
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        yield start, end


def _beyond_ascii(data: bytes) -> NDArray[np.int64]:
    """Bytes of each page that are not ASCII, eight counted at a time."""
    pages = -(-len(data) // PAGE)
    eights = np.frombuffer(data.ljust(pages * PAGE, b"a"), "<u8").reshape(pages, PAGE // 8)
    sums = ((eights >> np.uint64(7)) & np.uint64(0x0101010101010101)).sum(axis=1, dtype=np.uint64)
    counts: NDArray[np.int64] = sums.view(np.uint8).reshape(pages, 8).sum(axis=1, dtype=np.int64)
    return counts


def _origins(data: bytes, positions: Positions) -> Positions:
    """Where in a text the letters and digits of these numbers stand: pages are counted, few are read."""
    pages = -(-len(data) // PAGE)
    marks = np.frombuffer(data.translate(_MARKS).ljust(pages * PAGE, b"\0"), np.uint8)
    eights = marks.view("<u8").reshape(pages, PAGE // 8).sum(axis=1, dtype=np.uint64)
    ends = np.cumsum(eights.view(np.uint8).reshape(pages, 8).sum(axis=1, dtype=np.int64))
    found = np.empty(positions.shape, np.int64)
    for place, position in np.ndenumerate(positions):
        page = int(np.searchsorted(ends, position, side="right"))
        before = int(ends[page - 1]) if page else 0
        within = np.flatnonzero(marks[page * PAGE : (page + 1) * PAGE])
        found[place] = page * PAGE + int(within[int(position) - before])
    return found


def _codes(data: bytes) -> NDArray[np.uint32]:
    text = data.decode("utf-8", "surrogateescape")
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32, copy=False)


def _mapped(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Each character's letter; 0 where it is none."""
    table = _table()
    mapped = table[np.minimum(codes, 0xFFFF)]
    rare = codes > 0xFFFF
    if rare.any():
        mapped = np.where(rare, np.where((codes >= 0x20000) & (codes < 0x40000), codes, 0), mapped)
    return mapped.astype("<u4", copy=False)


def _widths(codes: NDArray[np.uint32]) -> Positions:
    """Bytes of each character in UTF-8."""
    limits = (codes >= 0x80).astype(np.int64) + (codes >= 0x800) + (codes >= 0x10000)
    return 1 + limits


@cache
def _table() -> NDArray[np.uint32]:
    """The letter of each character of the basic plane; made once, when text beyond ASCII is met."""
    table = np.zeros(0x10000, np.uint32)
    for code in range(0x10000):
        if 0xD800 <= code < 0xE000:
            continue
        letter = chr(code)
        if 0xAC00 <= code < 0xD7A4:
            table[code] = code
            continue
        plain = unicodedata.normalize("NFKD", letter)[0].casefold()[0]
        is_vowel_sign = unicodedata.category(plain).startswith("M") and not unicodedata.combining(plain)
        if plain.isalnum() or is_vowel_sign:
            table[code] = ord(plain)
    return table
