"""The texts of a span that a search finds it by."""

from __future__ import annotations

from collections.abc import Iterator

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

MOST_CHARACTERS = 20_000
"""Characters of one span that the search index takes."""


def search_text(span: OtlpSpan) -> str:
    """Name, error and every text among the attributes and events, cut to what the index takes.

    The same span always gives the same text: deleting it from the index needs it again.
    """
    parts: list[str] = [span.name, span.status.message]
    held = 0
    for text in _texts(span):
        parts.append(text[: MOST_CHARACTERS - held])
        held += len(text)
        if held >= MOST_CHARACTERS:
            break
    return "\n".join(part for part in parts if part).replace("\0", " ")


def _texts(span: OtlpSpan) -> Iterator[str]:
    for item in span.attributes:
        yield from _value(item.value)
    for event in span.events:
        for item in event.attributes:
            yield from _value(item.value)


def _value(value: AnyValue) -> Iterator[str]:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        yield value.string_value
    elif kind == "array_value":
        for item in value.array_value.values:
            yield from _value(item)
    elif kind == "kvlist_value":
        for pair in value.kvlist_value.values:
            yield from _value(pair.value)
