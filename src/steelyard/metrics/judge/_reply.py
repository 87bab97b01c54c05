"""From what a judge wrote to the one JSON object that is its verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from steelyard.core import Json
from steelyard.metrics.judge._step import Unreadable

_LONGEST = 64_000
_MOST_TRIES = 500


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def verdict_object(text: str, *, code: str) -> Mapping[str, Json]:
    """The JSON object that carries the code, wherever in the answer it stands.

    An object without the code is none: it may have been copied from the data. Raises Unreadable when there
    is none, or there are two that differ.
    """
    found = list(_objects(text[-_LONGEST:]))
    if not found:
        raise Unreadable("it holds no JSON object")
    coded = [item for item in found if _carries(item, code)]
    if not coded:
        raise Unreadable(f'no JSON object in it has "code": "{code}"')
    if any(item != coded[0] for item in coded[1:]):
        raise Unreadable("it holds two verdicts that differ")
    return coded[0]


def _carries(item: Mapping[str, Json], code: str) -> bool:
    value = item.get("code")
    return isinstance(value, str) and value.strip().upper() == code.upper()


def _objects(text: str) -> Iterator[Mapping[str, Json]]:
    """The outermost JSON objects of a text, in order."""
    position = tries = 0
    while tries < _MOST_TRIES:
        position = text.find("{", position)
        if position < 0:
            return
        tries += 1
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            position += 1
            continue
        if isinstance(value, dict):
            yield value
