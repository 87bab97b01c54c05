from __future__ import annotations

import random

from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.traces import (
    Mapper,
    SpanRow,
    assemble,
    merge_sketches,
    sketch_of,
    sketch_quantiles,
)

MAPPER = Mapper()
BLANK = MAPPER.span(
    OtlpSpan(trace_id=bytes([1] * 16), span_id=bytes([1] * 8), name="x"), MAPPER.resource(Resource())
)


def make(number: int, parent: int = 0, **fields: object) -> SpanRow:
    ids = {"span_id": number.to_bytes(8, "big"), "parent_id": parent.to_bytes(8, "big") if parent else b""}
    return BLANK._replace(**{**ids, **fields})  # type: ignore[arg-type]


def test_late_and_unordered_spans_give_one_tree() -> None:
    spans = [
        make(3, 2, start_us=30),
        make(2, 1, start_us=20),
        make(4, 1, start_us=10),
        make(1, start_us=0, duration_us=50),
    ]
    tree = assemble(spans)
    assert [(node.place, node.depth) for node in tree.nodes] == [(3, 0), (2, 1), (1, 1), (0, 2)]
    assert tree.root == 3
    assert tree.totals.duration_us == 50


def test_orphans_and_circles_are_shown_once_and_noted() -> None:
    tree = assemble(
        [make(1, 9, start_us=5), make(2, 3, start_us=1), make(3, 2, start_us=2), make(4, 4, start_us=0)]
    )
    assert {node.place: node.note for node in tree.nodes} == {0: "orphan", 1: "cycle", 2: "", 3: "cycle"}
    assert len(tree.nodes) == 4


def test_a_child_never_starts_before_its_parent() -> None:
    tree = assemble([make(1, start_us=1000), make(2, 1, start_us=400), make(3, 2, start_us=450)])
    by_place = {node.place: node for node in tree.nodes}
    assert by_place[1].skew_us == 600
    assert by_place[2].offset_us - by_place[1].offset_us == 50


def test_tokens_that_an_agent_repeats_are_counted_once() -> None:
    spans = [
        make(1, input_tokens=30, output_tokens=3, cost_usd=0.3),
        make(2, 1, input_tokens=10, output_tokens=1, cost_usd=0.1),
        make(3, 1),
        make(4, 3, input_tokens=20, output_tokens=2, cost_usd=0.2),
    ]
    totals = assemble(spans).totals
    assert (totals.input_tokens, totals.output_tokens) == (30, 3)
    assert totals.cost_usd is not None
    assert abs(totals.cost_usd - 0.3) < 1e-9
    assert assemble([make(1)]).totals.input_tokens is None


def test_a_chain_of_fifty_thousand_is_no_recursion() -> None:
    spans = [make(number, number - 1, start_us=number) for number in range(1, 50_001)]
    random.Random(7).shuffle(spans)
    tree = assemble(spans)
    assert tree.nodes[-1].depth == 49_999


def test_sketches_merge_and_stay_within_one_percent() -> None:
    rng = random.Random(3)
    values = sorted(int(rng.lognormvariate(12, 1.5)) + 2 for _ in range(20_000))
    halves = [sketch_of(values[::2]), sketch_of(values[1::2])]
    levels = [0.01, 0.5, 0.9, 0.99]
    estimates = sketch_quantiles([merge_sketches(halves)], levels)
    exact = [values[int(level * (len(values) - 1))] for level in levels]
    assert all(abs(estimate / value - 1) <= 0.0101 for estimate, value in zip(estimates, exact, strict=True))
    assert sketch_quantiles([], [0.5]) == []
