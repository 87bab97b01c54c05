"""JSON as it goes over the wire: encoding requests, decoding answers that nobody vouches for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from steelyard.core import Fault, Json, Output


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)  # type: ignore[call-overload]


# Made once: `json.dumps` and `json.loads` make one for every call that has options.
_ENCODER = json.JSONEncoder(default=_plain)
_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def encode_body(value: Json) -> bytes:
    """A JSON value as ASCII bytes, keys in their own order; a lone surrogate stays an escape."""
    return _ENCODER.encode(value).encode("ascii")


def decode_body(raw: bytes) -> Any:
    """The JSON value of a body; raises ValueError when it is none."""
    return decode_text(raw.decode("utf-8"))


def decode_text(text: str) -> Any:
    """The JSON value of a text; raises ValueError when it is none, or nested beyond reason."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def invalid_output(reason: str, *, seconds: float | None = None) -> Output:
    """An output for an answer that is not what the protocol says: the target's fault."""
    return Output(fault=Fault(owner="target", kind="invalid", message=reason), latency_s=seconds)


def token_count(value: Any) -> int | None:
    """A token count, or None for anything that is not one."""
    return value if type(value) is int and value >= 0 else None
