from __future__ import annotations

from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Status, TracesData

from steelyard.store.spans import open_spans
from steelyard.traces import Ingest, assemble


def test_an_outline_assembles_to_the_same_waterfall(tmp_path: Path) -> None:
    data = TracesData()
    scope = data.resource_spans.add().scope_spans.add()
    for number in range(1, 40):
        span = scope.spans.add(
            trace_id=b"\1" * 16,
            span_id=number.to_bytes(8, "big"),
            parent_span_id=(number // 3).to_bytes(8, "big") if number // 3 else b"",
            name=f"step {number % 4}",
            start_time_unix_nano=1_772_366_400 * 10**9 + number * 1000,
            end_time_unix_nano=1_772_366_400 * 10**9 + number * 10**6,
        )
        span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = number
        span.attributes.add(key="input.value").value.string_value = "a question"
        if number == 7:
            span.status.code = Status.STATUS_CODE_ERROR
    with open_spans(f"sqlite:///{tmp_path / 'spans.db'}") as spans:
        Ingest(spans).request(data.SerializeToString(), "traces", "protobuf", project="p")
        whole = spans.trace_spans("01" * 16)
        outline = spans.trace_outline("01" * 16, project="p")
        assert [(s.no, s.received, s.row.name, s.row.failed) for s in outline] == [
            (s.no, s.received, s.row.name, s.row.failed) for s in whole
        ]
        assert assemble([s.row for s in outline]) == assemble([s.row for s in whole])
        assert spans.get_spans([whole[3].no, 5]) == {whole[3].no: whole[3]}
        assert outline[0].row.input_preview == ""
        assert whole[0].row.input_preview == "a question"
