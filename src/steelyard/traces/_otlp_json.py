"""OTLP requests in JSON, as the OTLP specification changes proto3's mapping.

Ids are hexadecimal, names lowerCamelCase, enumerations numbers or names, 64-bit integers numbers or text;
unknown fields are ignored. A span that breaks a rule is rejected alone, with its reason.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from steelyard.core import InputError, Json, parse_json
from steelyard.traces._clean import clean_text
from steelyard.traces._decoded import Decoded, LogGroup, SpanGroup
from steelyard.traces._limits import IngestLimits
from steelyard.traces._protobuf import check_count, check_size

M = TypeVar("M", bound=Message)
Row = Mapping[str, Json]

_REALS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class _BrokenError(ValueError):
    """One span cannot be read; the text is the reason."""


def decode_json(body: bytes | str, signal: Literal["traces", "logs"], *, limits: IngestLimits) -> Decoded:
    """An OTLP request in JSON.

    Raises InputError when the body is no JSON object, too large, or not of the shape of a request.
    """
    if isinstance(body, bytes):
        check_size(body, limits)
    try:
        document = parse_json(body)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"the request is no JSON: {error}", hint="Send an OTLP request") from None
    return decode_document(document, signal, limits=limits)


def decode_document(document: Json, signal: Literal["traces", "logs"], *, limits: IngestLimits) -> Decoded:
    """An OTLP request as parsed JSON; raises InputError where its outline is wrong."""
    decoded = Decoded()
    outer, middle, inner = (
        ("resourceSpans", "scopeSpans", "spans")
        if signal == "traces"
        else ("resourceLogs", "scopeLogs", "logRecords")
    )
    root = _outline(document, "the request")
    for of_resource in _outlines(root, outer):
        resource = _read(of_resource.get("resource"), _resource, Resource)
        for of_scope in _outlines(of_resource, middle):
            scope = _read(of_scope.get("scope"), _scope, InstrumentationScope)
            rows = _sequence(of_scope, inner)
            reader = _Reader(limits.depth)
            if signal == "traces":
                spans = [span for row in rows if (span := _one(row, reader.span, decoded)) is not None]
                decoded.spans.append(SpanGroup(resource, scope, spans))
            else:
                records = [record for row in rows if (record := _one(row, reader.log, decoded)) is not None]
                decoded.logs.append(LogGroup(resource, scope, records))
            check_count(decoded, limits)
    return decoded


def _one(row: Json, read: Callable[[Row], M], decoded: Decoded) -> M | None:
    try:
        return read(_object(row, "the span"))
    except _BrokenError as error:
        decoded.rejected[str(error)] += 1
        return None


def _read(row: Json, read: Callable[[Row, _Reader], M], kind: type[M]) -> M:
    """A resource or scope; one that cannot be read is left empty, because the spans below it can."""
    if row is None:
        return kind()
    try:
        return read(_object(row, "the resource"), _Reader(32))
    except _BrokenError:
        return kind()


def _resource(row: Row, reader: _Reader) -> Resource:
    message = Resource()
    reader.attributes(row, message.attributes)
    return message


def _scope(row: Row, reader: _Reader) -> InstrumentationScope:
    message = InstrumentationScope(name=_text(row, "name"), version=_text(row, "version"))
    reader.attributes(row, message.attributes)
    return message


class _Reader:
    """Reads one span or log record, with bounded nesting."""

    def __init__(self, depth: int) -> None:
        self._depth = depth

    def span(self, row: Row) -> OtlpSpan:
        span = OtlpSpan(
            trace_id=_id(row, "traceId", 16),
            span_id=_id(row, "spanId", 8),
            parent_span_id=_id(row, "parentSpanId", 8),
            trace_state=_text(row, "traceState"),
            flags=_integer(row, "flags", 2**32),
            name=_text(row, "name"),
            kind=_enum(row, "kind", OtlpSpan.SpanKind, "SPAN_KIND_"),
            start_time_unix_nano=_integer(row, "startTimeUnixNano", 2**64),
            end_time_unix_nano=_integer(row, "endTimeUnixNano", 2**64),
            dropped_attributes_count=_integer(row, "droppedAttributesCount", 2**32),
            dropped_events_count=_integer(row, "droppedEventsCount", 2**32),
            dropped_links_count=_integer(row, "droppedLinksCount", 2**32),
        )
        self.attributes(row, span.attributes)
        for item in _list(row, "events"):
            event = _object(item, "an event")
            self.attributes(
                event,
                span.events.add(
                    name=_text(event, "name"),
                    time_unix_nano=_integer(event, "timeUnixNano", 2**64),
                    dropped_attributes_count=_integer(event, "droppedAttributesCount", 2**32),
                ).attributes,
            )
        for item in _list(row, "links"):
            link = _object(item, "a link")
            self.attributes(
                link,
                span.links.add(
                    trace_id=_id(link, "traceId", 16),
                    span_id=_id(link, "spanId", 8),
                    trace_state=_text(link, "traceState"),
                    flags=_integer(link, "flags", 2**32),
                    dropped_attributes_count=_integer(link, "droppedAttributesCount", 2**32),
                ).attributes,
            )
        if row.get("status") is not None:
            status = _object(row["status"], "status")
            span.status.code = _enum(status, "code", Status.StatusCode, "STATUS_CODE_")
            span.status.message = _text(status, "message")
        return span

    def log(self, row: Row) -> LogRecord:
        record = LogRecord(
            time_unix_nano=_integer(row, "timeUnixNano", 2**64),
            observed_time_unix_nano=_integer(row, "observedTimeUnixNano", 2**64),
            severity_number=_enum(row, "severityNumber", SeverityNumber, "SEVERITY_NUMBER_"),
            severity_text=_text(row, "severityText"),
            event_name=_text(row, "eventName"),
            trace_id=_id(row, "traceId", 16),
            span_id=_id(row, "spanId", 8),
            flags=_integer(row, "flags", 2**32),
            dropped_attributes_count=_integer(row, "droppedAttributesCount", 2**32),
        )
        if row.get("body") is not None:
            self._value(record.body, _object(row["body"], "body"), 0)
        self.attributes(row, record.attributes)
        return record

    def attributes(self, row: Row, target: Any) -> None:
        for item in _list(row, "attributes"):
            self._pair(target, item, 0)

    def _pair(self, target: Any, item: Json, depth: int) -> None:
        row = _object(item, "an attribute")
        pair: KeyValue = target.add(key=_text(row, "key"))
        if row.get("value") is not None:
            self._value(pair.value, _object(row["value"], "an attribute's value"), depth)

    def _value(self, target: AnyValue, row: Row, depth: int) -> None:
        if depth > self._depth:
            raise _BrokenError(f"an attribute is nested more than {self._depth} levels deep")
        if isinstance(text := row.get("stringValue"), str):
            target.string_value = clean_text(text)
        elif isinstance(truth := row.get("boolValue"), bool):
            target.bool_value = truth
        elif "intValue" in row:
            target.int_value = _integer(row, "intValue", 2**63, lowest=-(2**63))
        elif "doubleValue" in row:
            target.double_value = _real(row["doubleValue"])
        elif "bytesValue" in row:
            target.bytes_value = _bytes(row["bytesValue"])
        elif "arrayValue" in row:
            target.array_value.SetInParent()
            for item in _list(_object(row["arrayValue"], "arrayValue"), "values"):
                added = target.array_value.values.add()
                self._value(added, _object(item, "a value"), depth + 1)
        elif "kvlistValue" in row:
            target.kvlist_value.SetInParent()
            for item in _list(_object(row["kvlistValue"], "kvlistValue"), "values"):
                self._pair(target.kvlist_value.values, item, depth + 1)


def _outline(value: Json, what: str) -> Row:
    if not isinstance(value, Mapping):
        raise InputError(f"{what} must be a JSON object", hint="Send an OTLP request")
    return value


def _outlines(row: Row, key: str) -> list[Row]:
    return [_outline(item, f"an item of {key}") for item in _sequence(row, key)]


def _sequence(row: Row, key: str) -> Sequence[Json]:
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InputError(f"{key} must be a list", hint="Send an OTLP request")
    return value


def _object(value: Json, what: str) -> Row:
    if not isinstance(value, Mapping):
        raise _BrokenError(f"{what} is no object")
    return value


def _list(row: Row, key: str) -> Sequence[Json]:
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _BrokenError(f"{key} is no list")
    return value


def _text(row: Row, key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _BrokenError(f"{key} is no text")
    return clean_text(value)


def _id(row: Row, key: str, length: int) -> bytes:
    text = _text(row, key)
    try:
        data = bytes.fromhex(text) if " " not in text else b"\0"
    except ValueError:
        data = b"\0"
    if data and len(data) != length:
        raise _BrokenError(f"{key} must have {2 * length} hexadecimal digits")
    return data


def _integer(row: Row, key: str, above: int, *, lowest: int = 0) -> int:
    value = row.get(key)
    if value is None:
        return 0
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            raise _BrokenError(f"{key} is no integer")
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _BrokenError(f"{key} is no integer")
    if not lowest <= value < above:
        raise _BrokenError(f"{key} is negative" if value < lowest == 0 else f"{key} is out of range")
    return value


def _real(value: Json) -> float:
    if isinstance(value, str) and value in _REALS:
        return _REALS[value]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _BrokenError("doubleValue is no number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise _BrokenError("doubleValue is no number") from None


def _bytes(value: Json) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        raise _BrokenError("bytesValue is no base64") from None


def _enum(row: Row, key: str, words: Any, prefix: str) -> Any:
    value = row.get(key)
    if isinstance(value, str) and not value.isdigit():
        if not value.startswith(prefix) or value not in words.keys():  # noqa: SIM118 - a wrapper, not a dict
            raise _BrokenError(f"{key} is unknown")
        return words.Value(value)
    return _integer(row, key, 2**31)
