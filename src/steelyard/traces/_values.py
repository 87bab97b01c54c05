"""Attribute values of OTLP as JSON, and back."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from steelyard.core import Json, canonical_json, parse_json
from steelyard.traces._clean import clean_text

_INT64 = range(-(2**63), 2**63)
_DEEPEST = 90


def json_of(value: AnyValue) -> Json:
    """The JSON form of a value; bytes are base64, numbers that JSON lacks are text."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [json_of(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes_json(value.kvlist_value.values)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode("ascii")
    if kind == "double_value" and not math.isfinite(value.double_value):
        return str(value.double_value)
    if kind in ("string_value", "bool_value", "int_value", "double_value"):
        plain: bool | int | float | str = getattr(value, kind)
        return plain
    return None


def attributes_json(attributes: Iterable[KeyValue]) -> dict[str, Json]:
    """Attributes as an object; of two with one key the last wins."""
    return {item.key: json_of(item.value) for item in attributes}


def parsed(value: Json) -> Json:
    """JSON text as the value it holds; everything else, and text that is no JSON object or list, as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return parse_json(value)
        except ValueError:
            return value
    return value


def shown(value: Json) -> str:
    """A value as text: itself, or its canonical JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical_json(value)


def set_value(target: AnyValue, value: Json, *, depth: int = 0) -> None:
    """Write a JSON value into an OTLP value; integers beyond 64 bits become text."""
    if depth > _DEEPEST:
        target.string_value = clean_text(json.dumps(value, default=str)[:1000])
    elif value is None:
        return
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        if value in _INT64:
            target.int_value = value
        else:
            target.string_value = str(value)
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, str):
        target.string_value = clean_text(value)
    elif isinstance(value, Mapping):
        target.kvlist_value.SetInParent()
        for key, item in value.items():
            entry = target.kvlist_value.values.add()
            entry.key = clean_text(str(key))
            set_value(entry.value, item, depth=depth + 4)
    elif isinstance(value, Sequence):
        target.array_value.SetInParent()
        for item in value:
            set_value(target.array_value.values.add(), item, depth=depth + 3)
