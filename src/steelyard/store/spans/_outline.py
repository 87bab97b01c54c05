"""A trace's spans with what a waterfall needs: a third of the columns, for traces of fifty thousand."""

from __future__ import annotations

import struct
from datetime import datetime

from sqlalchemy import Connection, select

from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import spans
from steelyard.store.spans._numbers import COUNTER_BITS, moment_of
from steelyard.store.spans._words import Words
from steelyard.traces import KINDS, SpanRow, StoredSpan


def read_outline(
    connection: Connection, words: Words, trace_id: bytes, *, first: int, last: int
) -> list[StoredSpan]:
    """Spans of the trace whose numbers lie between two, in server order.

    They have ids, name, kind, times, failure, tokens and cost; all else is empty.
    """
    c = spans.c
    query = (
        select(
            c.no, c.span_id, c.parent_id, c.name_no, c.kind, c.failed, c.start_us, c.duration_us,
            c.input_tokens, c.output_tokens, c.cost_usd,
        )
        .where(c.trace_no == first, c.no.between(first, last))
        .order_by(c.no)
    )  # fmt: skip
    columns = fetch_columns(connection, query)
    texts = words.texts(connection, set(columns[3]))
    pack = struct.Struct(">q").pack
    moments: dict[int, datetime] = {}
    found: list[StoredSpan] = []
    for no, span_id, parent_id, name, kind, failed, start, took, read, written, cost in zip(
        *columns, strict=True
    ):
        received = moments.get(no >> COUNTER_BITS)
        if received is None:
            received = moments[no >> COUNTER_BITS] = moment_of(no)
        row = SpanRow(
            trace_id, pack(span_id), b"" if parent_id is None else pack(parent_id), texts.get(name, ""),
            KINDS[kind], "", "", "", "", "", "", "", "", "", "", start, took, None, failed != 0, "", read,
            written, None, None, cost, "", "", "",
        )  # fmt: skip
        found.append(StoredSpan(no, received, row))
    return found
