from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from steelyard.core import InputError, Json
from steelyard.traces import (
    Decoded,
    Ingest,
    IngestLimits,
    SpanBatch,
    SpanDetail,
    Stored,
    decode_json,
    decode_protobuf,
    encode_json,
    pack,
    single_span,
    span_detail,
)

LIMITS = IngestLimits()
TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"


class Nowhere:
    def add_spans(self, batch: SpanBatch) -> Stored:
        return Stored(accepted=len(batch.rows))


def span(**fields: Json) -> dict[str, Json]:
    return {"traceId": TRACE, "spanId": SPAN, "name": "n", **fields}


def request(*spans: Json) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


def prepared(decoded: Decoded) -> SpanBatch:
    return Ingest(Nowhere()).prepare(decoded, project="p")


def detail(decoded: Decoded) -> SpanDetail:
    group = decoded.spans[0]
    return span_detail(single_span(group, group.spans[0]))


def test_every_field_of_the_protocols_example(otlp_folder: Path) -> None:
    # https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/trace.json
    decoded = decode_json((otlp_folder / "trace.json").read_bytes(), "traces", limits=LIMITS)
    (row,) = prepared(decoded).rows
    assert (row.trace_id.hex(), row.span_id.hex(), row.parent_id.hex()) == (TRACE, SPAN, "eee19b7ec3c1b173")
    assert (row.name, row.service) == ("I'm a server span", "my.service")
    assert (row.start_us, row.duration_us) == (1544712660000000, 1000000)
    read = detail(decoded)
    assert read.attributes == {"my.span.attr": "some value"}
    assert read.scope == "my.library 1.0.0"
    assert int(decoded.spans[0].spans[0].kind) == 2


def test_the_example_of_logs_keeps_every_type_of_value(otlp_folder: Path) -> None:
    decoded = decode_json((otlp_folder / "logs.json").read_bytes(), "logs", limits=LIMITS)
    batch = prepared(decoded)
    (event,) = batch.events
    assert event.time_us == 1544712660300000
    record = decoded.logs[0].records[0]
    values = {item.key: item.value for item in record.attributes}
    assert values["boolean.attribute"].bool_value is True
    assert values["int.attribute"].int_value == 10
    assert values["double.attribute"].double_value == 637.704
    assert [item.string_value for item in values["array.attribute"].array_value.values] == ["many", "values"]
    assert values["map.attribute"].kvlist_value.values[0].key == "some.map.key"


def test_what_the_sdk_exports_reads_the_same_from_protobuf_and_json() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("lib", "2")
    with tracer.start_as_current_span("invoke_agent") as outer:
        outer.set_attribute("tags", ["a", "b"])
        with tracer.start_as_current_span("chat gpt-4o") as inner:
            inner.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "x": 0.5})
            inner.add_event("e", {"k": True})
            inner.set_status(Status(StatusCode.ERROR, "broken"))
    body = encode_spans(exporter.get_finished_spans()).SerializeToString()
    by_protobuf = prepared(decode_protobuf(body, "traces", limits=LIMITS))
    text = json.dumps(encode_json(body)).encode()
    by_json = prepared(decode_json(text, "traces", limits=LIMITS))
    assert by_protobuf.rows == by_json.rows
    inner_row, outer_row = by_protobuf.rows
    assert inner_row.parent_id == outer_row.span_id
    assert (inner_row.kind, inner_row.input_tokens, inner_row.error) == ("llm", 7, "broken")
    assert TracesData.FromString(by_json.blocks[0].data) == TracesData.FromString(body)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"traceId": "00" * 16}, "all zeros"),
        ({"traceId": "W47/95gDgQPSabYzgT/GDA=="}, "32 hexadecimal digits"),
        ({"spanId": "ab"}, "spanId must have 16 hexadecimal digits"),
        ({"startTimeUnixNano": "-1"}, "startTimeUnixNano is negative"),
        ({"endTimeUnixNano": str(2**64)}, "endTimeUnixNano is out of range"),
        ({"attributes": {"a": 1}}, "attributes is no list"),
        ({"kind": "SPAN_KIND_NONE"}, "kind is unknown"),
        ({"name": 7}, "name is no text"),
        ({"attributes": [{"key": "a", "value": {"intValue": "1e3"}}]}, "intValue is no integer"),
    ],
)
def test_one_broken_span_costs_one_span(broken: dict[str, Json], reason: str) -> None:
    good = span(spanId="aaaaaaaaaaaaaaaa", kind="SPAN_KIND_CLIENT", unknownField=[1])
    batch = prepared(decode_json(request(span(**broken), good), "traces", limits=LIMITS))
    assert batch.received == 2
    assert [row.span_id.hex() for row in batch.rows] == ["aaaaaaaaaaaaaaaa"]
    ((found, count),) = batch.rejected.items()
    assert (count, reason in found) == (1, True)


def test_nesting_is_bounded() -> None:
    value: dict[str, Json] = {"stringValue": "x"}
    for _ in range(40):
        value = {"arrayValue": {"values": [value]}}
    batch = prepared(
        decode_json(request(span(attributes=[{"key": "a", "value": value}])), "traces", limits=LIMITS)
    )
    assert list(batch.rejected) == ["an attribute is nested more than 32 levels deep"]
    with pytest.raises(InputError, match="nested too deeply"):
        decode_json(b"[" * 200_000, "traces", limits=LIMITS)


def test_texts_that_no_database_holds_and_times_that_are_none() -> None:
    body = request(
        span(name="a\0b\ud800", startTimeUnixNano="0", endTimeUnixNano="18446744073709551615"),
    )
    (row,) = prepared(decode_json(body, "traces", limits=LIMITS)).rows
    assert row.name == "a\0b\ufffd"
    assert (row.start_us, row.duration_us) == (None, None)


def test_a_span_with_broken_text_is_lost_alone() -> None:
    data = TracesData()
    place = data.resource_spans.add().scope_spans.add()
    for number in (1, 2):
        place.spans.add(trace_id=bytes([9] * 16), span_id=bytes([number] * 8), name="MARKER")
    body = data.SerializeToString().replace(b"MARKER", b"\xff\xfeRKER", 1)
    batch = prepared(decode_protobuf(body, "traces", limits=LIMITS))
    assert [row.span_id for row in batch.rows] == [bytes([2] * 8)]
    assert sum(batch.rejected.values()) == 1


def test_sizes_are_bounded() -> None:
    with pytest.raises(InputError, match="more than 10"):
        decode_protobuf(bytes(11), "traces", limits=IngestLimits(body_bytes=10))
    with pytest.raises(InputError, match="holds 2 spans, more than 1"):
        decode_json(request(span(), span()), "traces", limits=IngestLimits(spans=1))
    many: list[Json] = [{"key": str(number), "value": {"intValue": 1}} for number in range(2001)]
    batch = prepared(decode_json(request(span(attributes=many)), "traces", limits=LIMITS))
    assert list(batch.rejected) == ["more than 2,000 attributes"]


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    for signal in ("traces", "logs"):
        try:
            batch = prepared(decode_protobuf(body, signal, limits=LIMITS))
        except InputError:
            continue
        assert len(batch.rows) + sum(batch.rejected.values()) + len(batch.events) == batch.received


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["key", "value", "attributes", "events", "stringValue", "intValue", "status", "links"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["traceId", "spanId", "name", "kind", "attributes", "status"]), JSON))
@settings(max_examples=300, deadline=None)
def test_any_span_in_json_is_rejected_or_read(fields: dict[str, Json]) -> None:
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{**span(), **fields}]}]}]})
    batch = prepared(decode_json(body, "traces", limits=LIMITS))
    assert len(batch.rows) + sum(batch.rejected.values()) == 1


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_good_request_with_flipped_bytes_never_breaks_the_reader(data: st.DataObject) -> None:
    whole = decode_json(
        request(span(attributes=[{"key": "k", "value": {"stringValue": "v"}}])), "traces", limits=LIMITS
    )
    body = bytearray(pack(whole)[0].data)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        prepared(decode_protobuf(bytes(body), "traces", limits=LIMITS))
