"""Canonical JSON and the one hash of content.

Canonical form: object keys sorted by code point, no white space, UTF-8, shortest round-trip floats,
no NaN and no infinity. It follows RFC 8785 except that an integral float keeps its `.0`, because a
score of 1.0 and a count of 1 are different things here. Lone surrogates, which no UTF-8 text can hold, are
written as `\\udxxx` escapes, so that hostile text can be hashed and stored like any other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

_SURROGATE = re.compile("[\ud800-\udfff]")


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")


# Made once: `json.dumps` and `json.loads` make one for every call that has options, and take twice as long.
_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def canonical_json(value: Json) -> str:
    """The canonical text of a JSON value; raises ValueError for NaN, TypeError for foreign types."""
    text = _ENCODER.encode(value)
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def content_hash(value: Json) -> str:
    """SHA-256 of the canonical JSON, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def parse_json(text: str | bytes) -> Json:
    """Parse one JSON value; NaN and Infinity, which JSON does not know, raise ValueError."""
    parsed: Json = (
        _DECODER.decode(text) if isinstance(text, str) else json.loads(text, parse_constant=_refuse_constant)
    )
    return parsed
