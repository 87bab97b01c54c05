"""Payload blocks: spans as they came, a few hundred kilobytes at a time."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, TracesData
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.traces._batch import Block
from steelyard.traces._decoded import Decoded, SpanGroup
from steelyard.traces._limits import BLOCK_BYTES, BLOCK_SPANS
from steelyard.traces._names import KIND, OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, VENDOR_KIND
from steelyard.traces._values import json_of, shown

_KEPT = frozenset((*KIND, *VENDOR_KIND, *OPERATION, *PROVIDER, *REQUEST_MODEL, *RESPONSE_MODEL))
_OPENING = re.compile(r'[\[{](?:[^":0-9]|"[a-z_]{1,20}":|"(?:user|assistant|system|tool|text|function)")*')


def pack(decoded: Decoded) -> list[Block]:
    """The spans of a request as blocks, in order.

    A request that is one block by itself is kept byte for byte.
    """
    count = sum(len(group.spans) for group in decoded.spans)
    if not count:
        return []
    if decoded.body and len(decoded.body) <= BLOCK_BYTES and count <= BLOCK_SPANS:
        return [Block(decoded.body, count)]
    return list(_cut(decoded.spans))


def _cut(groups: Sequence[SpanGroup]) -> Iterator[Block]:
    data, held, size = TracesData(), 0, 0
    for group in groups:
        place: ResourceSpans | None = None
        for span in group.spans:
            length = span.ByteSize()
            if held and (held >= BLOCK_SPANS or size + length > BLOCK_BYTES):
                yield Block(data.SerializeToString(), held)
                data, held, size, place = TracesData(), 0, 0, None
            if place is None:
                place = data.resource_spans.add()
                place.resource.CopyFrom(group.resource)
                place.scope_spans.add().scope.CopyFrom(group.scope)
                size += place.ByteSize()
            place.scope_spans[0].spans.append(span)
            held += 1
            size += length
    if held:
        yield Block(data.SerializeToString(), held)


def unpack(data: bytes) -> list[tuple[SpanGroup, OtlpSpan]]:
    """Every span of a block, with the group it came in."""
    found: list[tuple[SpanGroup, OtlpSpan]] = []
    for of_resource in TracesData.FromString(data).resource_spans:
        for of_scope in of_resource.scope_spans:
            group = SpanGroup(of_resource.resource, of_scope.scope, of_scope.spans)
            found += [(group, span) for span in of_scope.spans]
    return found


def without_payloads(data: bytes, keep: Container[int]) -> bytes:
    """The block with the spans at all other places emptied; the places of those kept do not change."""
    message = TracesData.FromString(data)
    place = 0
    for of_resource in message.resource_spans:
        kept_any = False
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                if place in keep:
                    kept_any = True
                else:
                    span.Clear()
                place += 1
        if not kept_any:
            of_resource.ClearField("resource")
    return message.SerializeToString()


def single_span(group: SpanGroup, span: OtlpSpan) -> bytes:
    """A message that holds one span of a block alone."""
    data = TracesData()
    place = data.resource_spans.add()
    place.resource.CopyFrom(group.resource)
    scope = place.scope_spans.add()
    scope.scope.CopyFrom(group.scope)
    scope.spans.append(span)
    return data.SerializeToString()


def has_attribute(group: SpanGroup, span: OtlpSpan, attribute: str, value: str) -> bool:
    """Whether the span, or its resource, has an attribute of this value (numbers and lists by their JSON)."""
    return any(
        item.key == attribute and shown(json_of(item.value)) == value
        for attributes in (span.attributes, group.resource.attributes)
        for item in attributes
    )


def skeleton(span: OtlpSpan) -> bytes:
    """A span without what it says: names of attributes, kinds, models, and how its messages begin.

    Compression dictionaries are learned from these, because a dictionary outlives the deletion of a user.
    """
    bare = OtlpSpan()
    bare.CopyFrom(span)
    for name in ("trace_id", "span_id", "parent_span_id", "trace_state", "status"):
        bare.ClearField(name)
    for item in bare.attributes:
        text = item.value.string_value
        if text and item.key not in _KEPT:
            item.value.string_value = _OPENING.match(text).group() if text[:2] in ("[{", '{"') else ""  # type: ignore[union-attr]
    for event in bare.events:
        event.ClearField("attributes")
    return bare.SerializeToString()
