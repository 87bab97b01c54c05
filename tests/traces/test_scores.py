from __future__ import annotations

from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from steelyard.traces import Ingest, SpanBatch, Stored, decode_protobuf


class Nowhere:
    def add_spans(self, batch: SpanBatch) -> Stored:
        return Stored(accepted=len(batch.rows))


def batch_of(attributes: dict[str, str | float]) -> SpanBatch:
    data = TracesData()
    scope = data.resource_spans.add().scope_spans.add()
    span = scope.spans.add(trace_id=bytes([1] * 16), span_id=bytes([2] * 8), name="n")
    for key, value in attributes.items():
        held = span.attributes.add(key=key).value
        if isinstance(value, str):
            held.string_value = value
        else:
            held.double_value = value
    ingest = Ingest(Nowhere())
    decoded = decode_protobuf(data.SerializeToString(), "traces", limits=ingest.limits)
    return ingest.prepare(decoded, project="p")


def test_an_annotation_needs_neither_event_nor_link() -> None:
    # https://arize-ai.github.io/openinference/spec/semantic_conventions.html: annotations.<i>.annotation.*
    batch = batch_of({"annotations.0.annotation.name": "helpful", "annotations.0.annotation.score": 0.5})
    assert [(score.name, score.value, score.span_id) for score in batch.scores] == [
        ("helpful", 0.5, bytes([2] * 8))
    ]


def test_a_text_that_names_an_annotation_is_none() -> None:
    assert batch_of({"input.value": "annotations.0.annotation.name"}).scores == []
