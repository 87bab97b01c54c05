"""Spans as OTLP JSON: the way out is the way in."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from steelyard.core import Json


def encode_json(data: bytes) -> dict[str, Json]:
    """An OTLP `TracesData` message as OTLP JSON: ids in hexadecimal, 64-bit integers as text."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(of_resource.resource.attributes)},
                "scopeSpans": [
                    {
                        "scope": {
                            "name": of_scope.scope.name,
                            "version": of_scope.scope.version,
                            "attributes": _attributes(of_scope.scope.attributes),
                        },
                        "spans": [_span(span) for span in of_scope.spans],
                    }
                    for of_scope in of_resource.scope_spans
                ],
            }
            for of_resource in TracesData.FromString(data).resource_spans
        ]
    }


def _span(span: OtlpSpan) -> dict[str, Json]:
    whole: dict[str, Json] = {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "traceState": span.trace_state,
        "flags": span.flags,
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": _attributes(span.attributes),
        "droppedAttributesCount": span.dropped_attributes_count,
        "events": [
            {
                "timeUnixNano": str(event.time_unix_nano),
                "name": event.name,
                "attributes": _attributes(event.attributes),
                "droppedAttributesCount": event.dropped_attributes_count,
            }
            for event in span.events
        ],
        "droppedEventsCount": span.dropped_events_count,
        "links": [
            {
                "traceId": link.trace_id.hex(),
                "spanId": link.span_id.hex(),
                "traceState": link.trace_state,
                "flags": link.flags,
                "attributes": _attributes(link.attributes),
                "droppedAttributesCount": link.dropped_attributes_count,
            }
            for link in span.links
        ],
        "droppedLinksCount": span.dropped_links_count,
        "status": {"code": int(span.status.code), "message": span.status.message},
    }
    return {key: value for key, value in whole.items() if value or key in ("name", "kind")}


def _attributes(attributes: Iterable[KeyValue]) -> list[Json]:
    return [{"key": item.key, "value": _value(item.value)} for item in attributes]


def _value(value: AnyValue) -> dict[str, Json]:
    kind = value.WhichOneof("value")
    return {} if kind is None else _VALUES[kind](value)


_VALUES: Mapping[str, Callable[[AnyValue], dict[str, Json]]] = {
    "string_value": lambda value: {"stringValue": value.string_value},
    "bool_value": lambda value: {"boolValue": value.bool_value},
    "int_value": lambda value: {"intValue": str(value.int_value)},
    "double_value": lambda value: {"doubleValue": _real(value.double_value)},
    "bytes_value": lambda value: {"bytesValue": base64.b64encode(value.bytes_value).decode("ascii")},
    "array_value": lambda value: {
        "arrayValue": {"values": [_value(item) for item in value.array_value.values]}
    },
    "kvlist_value": lambda value: {"kvlistValue": {"values": _attributes(value.kvlist_value.values)}},
}


def _real(number: float) -> Json:
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"
