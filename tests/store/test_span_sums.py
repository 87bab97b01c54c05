"""Tokens and cost count once, whatever order and whatever batches the spans of a trace come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from tests.store.test_spans import NOW

from steelyard.core import FixedClock
from steelyard.store.spans import Spans, open_spans
from steelyard.store.spans._rows import columns_of, span_rows, words_in
from steelyard.store.spans._trace_sums import FACTS, TraceSums
from steelyard.traces import Ingest, Mapper, SeriesQuery, SpanRow, TraceQuery, totals

PARENTS = (0, 1, 1, 2, 2, 3, 6, 0)
"""Of spans 1 to 8: a tree three deep, and a second root."""


def body(numbers: Sequence[int], *, parents: Sequence[int] = PARENTS, tokens: int = 10) -> bytes:
    data = TracesData()
    scope = data.resource_spans.add().scope_spans.add()
    for number in numbers:
        span = scope.spans.add(trace_id=bytes([7] * 16), span_id=number.to_bytes(8, "big"), name="s")
        if parents[number - 1]:
            span.parent_span_id = parents[number - 1].to_bytes(8, "big")
        span.start_time_unix_nano = 1_772_366_400 * 10**9 + number * 10**6
        span.end_time_unix_nano = span.start_time_unix_nano + number * 10**9
        span.attributes.add(key="gen_ai.request.model").value.string_value = "gpt-4o"
        span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = tokens
        span.attributes.add(key="gen_ai.usage.output_tokens").value.int_value = 1
    return data.SerializeToString()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def spans(store_url: str, clock: FixedClock) -> Iterator[Spans]:
    with open_spans(store_url, clock=clock) as opened:
        yield opened


def counted(spans: Spans) -> tuple[int | None, int, float, float]:
    """Tokens in by the list and by the series, and cost by both."""
    (row,) = spans.list_traces(TraceQuery(project="p")).traces
    cells = spans.series(SeriesQuery(project="p", since=NOW, until=NOW + timedelta(hours=3)))
    by_minute = sum(cell.input_tokens for cell in cells), sum(cell.cost_usd for cell in cells)
    return row.input_tokens, by_minute[0], row.cost_usd or 0.0, by_minute[1]


@pytest.mark.parametrize(
    "batches",
    [
        [range(1, 9)],
        [[n] for n in range(1, 9)],
        [[n] for n in range(8, 0, -1)],
        [[7, 8], [2], [4, 5], [6], [1], [3]],
    ],
)
def test_an_agent_that_repeats_its_calls_adds_nothing_whenever_it_comes(
    spans: Spans, clock: FixedClock, batches: Sequence[Sequence[int]]
) -> None:
    ingest = Ingest(spans)
    for batch in batches:
        ingest.request(body(batch), "traces", "protobuf", project="p")
        clock.advance(60)
    # Spans 4, 5, 7 and 8 have none below them.
    read, by_minute, cost, cost_by_minute = counted(spans)
    assert (read, by_minute) == (40, 40)
    # gpt-4o: USD 2.50 a million tokens read, 10 a million written.
    assert cost == pytest.approx(4 * (10 * 2.5e-6 + 10e-6))
    assert cost_by_minute == pytest.approx(cost)


def test_hours_that_were_summed_up_are_set_right_too(spans: Spans, clock: FixedClock) -> None:
    ingest = Ingest(spans)
    ingest.request(body([1]), "traces", "protobuf", project="p")
    clock.advance(3600)
    ingest.request(body([8]), "traces", "protobuf", project="p")
    spans.sum_up()
    clock.advance(60)
    ingest.request(body([2]), "traces", "protobuf", project="p")
    assert counted(spans)[:2] == (20, 20)


def test_a_long_trace_counts_once_over_many_batches_and_two_writers(spans: Spans, store_url: str) -> None:
    with open_spans(store_url) as other:
        writers = [Ingest(spans), Ingest(other)]
        parents = [0, *(1 + (number % 3 == 0) * (number // 3) for number in range(1, 3000))]
        for place, first in enumerate(range(3000, 0, -250)):
            numbers = list(range(max(1, first - 249), first + 1))
            data = body(numbers, parents=parents)
            for writer in (writers[place % 2], writers[(place + 1) % 2]):
                writer.request(data, "traces", "protobuf", project="p")
        stored = spans.trace_spans("07" * 16)
        exact = totals([span.row for span in stored])
        (row,) = other.list_traces(TraceQuery(project="p")).traces
        assert (row.spans, len(stored)) == (3000, 3000)
        assert (row.input_tokens, row.output_tokens) == (exact.input_tokens, exact.output_tokens)
        assert row.duration_us == exact.duration_us


def rows_of(data: bytes) -> list[SpanRow]:
    mapper = Mapper()
    group = TracesData.FromString(data).resource_spans[0].scope_spans[0]
    return [mapper.span(span, {}) for span in group.spans]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_the_sums_equal_those_of_the_whole_trace_however_it_is_cut(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    # A parent comes before its child by number, or never: circles have a test of their own.
    parents = [data.draw(st.sampled_from([*range(number), 99])) for number in range(1, count + 1)]
    order = data.draw(st.permutations(range(1, count + 1)))
    silent = data.draw(st.sets(st.integers(1, count)))
    rows = [
        row._replace(input_tokens=None, cost_usd=None) if number in silent else row
        for number, row in zip(order, rows_of(body(order, parents=parents)), strict=True)
    ]
    cut = data.draw(st.integers(0, count))
    sums = TraceSums()
    for part in (rows[:cut], rows[cut:]):
        if part:
            columns = columns_of(part)
            words = dict.fromkeys(words_in(columns), 1) | {"": None}
            stored = span_rows(range(len(part)), [1] * len(part), columns, words)
            sums.add([FACTS(row) for row in stored], first=0)
    whole = totals(rows)
    found = sums.totals()
    assert found.pop("cost_usd") == pytest.approx(whole.cost_usd)
    assert found == {name: getattr(whole, name) for name in found}


def test_a_circle_of_parents_is_cut_and_counted_once() -> None:
    for order in ([1, 2, 3], [3, 1, 2], [2, 3, 1]):
        columns = columns_of(rows_of(body(order, parents=(2, 3, 1))))
        words = dict.fromkeys(words_in(columns), 1) | {"": None}
        sums = TraceSums()
        sums.add([FACTS(row) for row in span_rows(order, order, columns, words)], first=0)
        assert sums.totals()["input_tokens"] == 10
