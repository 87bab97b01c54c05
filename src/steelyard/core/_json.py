"""Canonical JSON and the one hash of content.

Canonical form: object keys sorted by code point, no white space, UTF-8, shortest round-trip floats as Python
writes them, no NaN and no infinity. It has the aim of RFC 8785 and not its number format: an integral float
keeps its `.0`, because a score of 1.0 and a count of 1 are different things here. Lone surrogates, which no
UTF-8 text can hold, are written as `\\udxxx` escapes, so that hostile text can be hashed and stored like any
other; two that form a pair are the character they mean.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from json import encoder
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
_TOO_DEEP = "is nested too deeply"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:30]} is too large for a number")
    return value


def _make_encode() -> Callable[[Json], str]:
    """The standard encoder, its C part made once: `JSONEncoder.encode` makes a new one for every value."""
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(
            sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
        ).encode
    parts = make(
        markers=None,
        default=_plain,
        encoder=encoder.encode_basestring,
        indent=None,
        key_separator=":",
        item_separator=",",
        sort_keys=True,
        skipkeys=False,
        allow_nan=False,
    )
    return lambda value: "".join(parts(value, 0))


_encode = _make_encode()
# Made once: `json.loads` makes one for every call that has options, and takes twice as long.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_real)


def canonical_json(value: Json) -> str:
    """The canonical text of a JSON value.

    Raises ValueError for NaN, infinities and nesting too deep to follow, TypeError for foreign types.
    """
    try:
        text = _encode(value)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.isascii():
        return text
    return _SURROGATES.sub(_writable, text)


def _writable(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) == 2:
        return found.encode("utf-16", "surrogatepass").decode("utf-16")
    return f"\\u{ord(found):04x}"


def content_hash(value: Json) -> str:
    """SHA-256 of the canonical JSON, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def parse_json(text: str | bytes) -> Json:
    """Parse one JSON value.

    Raises ValueError for what is not JSON (NaN and Infinity among it), for numbers beyond the largest float,
    and for nesting too deep to follow.
    """
    try:
        parsed: Json = _DECODER.decode(text if isinstance(text, str) else _decoded(text))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    return parsed


def _decoded(data: bytes) -> str:
    """Text of UTF-8, UTF-16 or UTF-32 bytes, told apart as RFC 4627 does."""
    return data.decode(json.detect_encoding(data), "surrogatepass")
