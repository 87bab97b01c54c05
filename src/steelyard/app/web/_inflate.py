"""Request bodies made small by their sender, made whole again within bounds."""

from __future__ import annotations

import zlib

from steelyard.core import InputError, UserError

_PIECE = 256 * 1024
_GZIP, _ZLIB, _RAW = 31, 15, -15
CODINGS = ("", "identity", "gzip", "deflate")


class TooLargeError(UserError):
    """The body is larger than the server takes."""

    kind = "too-large"


def inflate(body: bytes, coding: str, *, most: int) -> bytes:
    """A body as it was before `gzip` or `deflate` (RFC 9110 §8.4.1; the bare RFC 1951 form too).

    It is written out piece by piece, so that a bomb costs at most `most` bytes. Raises TooLargeError beyond
    them, and InputError for what was not compressed so or is cut short.
    """
    if coding in ("", "identity"):
        return body
    parts: list[bytes] = []
    size = 0
    rest = body
    while rest or not parts:
        machine = zlib.decompressobj(_window(rest, coding))
        while not machine.eof:
            before = len(rest)
            try:
                part = machine.decompress(rest, _PIECE)
            except zlib.error as error:
                raise InputError(f"the body is not {coding}: {error}", where="Content-Encoding") from None
            rest = machine.unconsumed_tail
            size += len(part)
            if size > most:
                raise TooLargeError(
                    f"the body has more than {most:,} bytes after decompression", hint="Send smaller batches"
                )
            parts.append(part)
            if not (part or machine.eof) and len(rest) in (0, before):
                raise InputError(f"the {coding} body is cut short", where="Content-Encoding")
        rest = machine.unused_data if coding == "gzip" else b""
    return b"".join(parts)


def _window(data: bytes, coding: str) -> int:
    if coding == "gzip":
        return _GZIP
    is_zlib = len(data) > 1 and data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
    return _ZLIB if is_zlib else _RAW
