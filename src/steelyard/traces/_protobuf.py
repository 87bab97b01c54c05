"""OTLP requests in protobuf.

The C parser reads a whole request; it gives up at the first text that is no UTF-8. Then the request is cut
by hand into its spans, and each is read alone, so that one broken span costs one span.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, LogsData
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from steelyard.core import InputError
from steelyard.traces._decoded import Decoded, LogGroup, SpanGroup
from steelyard.traces._limits import IngestLimits

M = TypeVar("M", bound=Message)

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_UNREADABLE = "unreadable protobuf"


def decode_protobuf(body: bytes, signal: Literal["traces", "logs"], *, limits: IngestLimits) -> Decoded:
    """An `ExportTraceServiceRequest` or `ExportLogsServiceRequest`, by its bytes.

    Raises InputError when the bytes are no such message at all or are larger than allowed.
    """
    check_size(body, limits)
    decoded = Decoded()
    try:
        if signal == "traces":
            _take_spans(TracesData.FromString(body), decoded)
            decoded.body = body
        else:
            _take_logs(LogsData.FromString(body), decoded)
    except DecodeError:
        decoded = _salvage(body, signal)
    check_count(decoded, limits)
    return decoded


def check_size(body: bytes, limits: IngestLimits) -> None:
    """Raise InputError for a body that is too large."""
    if len(body) > limits.body_bytes:
        raise InputError(
            f"the request has {len(body):,} bytes, more than {limits.body_bytes:,}",
            hint="Send smaller batches",
        )


def check_count(decoded: Decoded, limits: IngestLimits) -> None:
    """Raise InputError for a request of too many spans."""
    if decoded.received > limits.spans:
        raise InputError(
            f"the request holds {decoded.received:,} spans, more than {limits.spans:,}",
            hint="Send smaller batches",
        )


def _take_spans(data: TracesData, decoded: Decoded) -> None:
    for of_resource in data.resource_spans:
        for of_scope in of_resource.scope_spans:
            decoded.spans.append(SpanGroup(of_resource.resource, of_scope.scope, of_scope.spans))


def _take_logs(data: LogsData, decoded: Decoded) -> None:
    for of_resource in data.resource_logs:
        for of_scope in of_resource.scope_logs:
            decoded.logs.append(LogGroup(of_resource.resource, of_scope.scope, of_scope.log_records))


def _salvage(body: bytes, signal: Literal["traces", "logs"]) -> Decoded:
    decoded = Decoded()
    for of_resource in _messages(body, 1):
        resource = _readable(Resource, next(_messages(of_resource, 1), b"")) or Resource()
        for of_scope in _messages(of_resource, 2):
            scope = _readable(InstrumentationScope, next(_messages(of_scope, 1), b""))
            scope = scope or InstrumentationScope()
            parts = list(_messages(of_scope, 2))
            if signal == "traces":
                spans = [span for part in parts if (span := _readable(OtlpSpan, part)) is not None]
                decoded.spans.append(SpanGroup(resource, scope, spans))
                lost = len(parts) - len(spans)
            else:
                records = [record for part in parts if (record := _readable(LogRecord, part)) is not None]
                decoded.logs.append(LogGroup(resource, scope, records))
                lost = len(parts) - len(records)
            if lost:
                decoded.rejected["broken protobuf, such as text that is no UTF-8"] += lost
    return decoded


def _readable(kind: type[M], data: bytes) -> M | None:
    try:
        return kind.FromString(data)
    except DecodeError:
        return None


def _messages(data: bytes, wanted: int) -> Iterator[bytes]:
    """The length-delimited fields of one number (https://protobuf.dev/programming-guides/encoding/)."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            _, place = _varint(data, place)
        elif wire in (_FIXED64, _FIXED32):
            place += 8 if wire == _FIXED64 else 4
        elif wire == _LENGTH:
            length, place = _varint(data, place)
            if place + length > len(data):
                raise InputError(_UNREADABLE, hint="The body is cut short, or is no OTLP request")
            if number == wanted:
                yield data[place : place + length]
            place += length
        else:
            raise InputError(_UNREADABLE, hint="The body is no OTLP request")
    if place != len(data):
        raise InputError(_UNREADABLE, hint="The body is cut short, or is no OTLP request")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 64:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7
    raise InputError(_UNREADABLE, hint="The body is cut short, or is no OTLP request")
