"""Span rows as columns and back."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Select, select

from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import spans, traces
from steelyard.store._text import decode_text, encode_texts
from steelyard.store.spans._numbers import int_to_id, moment_of
from steelyard.store.spans._words import Words
from steelyard.traces import KINDS, MAPPING_VERSION, SpanRow, StoredSpan

_KIND_NO = {kind: number for number, kind in enumerate(KINDS)}
_WORDS = (
    "name", "operation", "service", "provider", "model", "request_model", "agent", "tool", "user", "session",
    "slice", "priced",
)  # fmt: skip
_SPAN_ID, _PARENT_ID, _NAME, _KIND = (
    SpanRow._fields.index(n) for n in ("span_id", "parent_id", "name", "kind")
)
_FIRST_WORD, _LAST_WORD, _PRICED = (SpanRow._fields.index(n) for n in ("operation", "start_us", "priced"))
_NO_PARENT = bytes(8)
_WORD_COLUMNS = [spans.c[f"{name}_no"] for name in _WORDS]


Columns = tuple[Sequence[Any], ...]
"""The fields of many rows, by field: what is done to all of them is done by the interpreter's own loops."""


def columns_of(rows: Sequence[SpanRow]) -> Columns:
    """Rows by field."""
    return tuple(zip(*rows, strict=True)) or ((),) * len(SpanRow._fields)


def words_in(columns: Columns) -> set[str]:
    """Every word that these rows refer to, and perhaps the empty one."""
    found: set[str] = set(columns[_NAME])
    return found.union(*columns[_FIRST_WORD:_LAST_WORD], columns[_PRICED])


def ids_of(columns: Columns) -> tuple[int, ...]:
    """The spans' own ids as integers, as `id_to_int` makes them."""
    return _ids(columns[_SPAN_ID])


def span_rows(
    numbers: Sequence[int], trace_nos: Sequence[int], columns: Columns, words: Mapping[str, int | None]
) -> list[tuple[Any, ...]]:
    """Spans in the order of their table's columns; `words` has None for the empty word."""
    number_of = words.__getitem__
    parents = [parent or _NO_PARENT for parent in columns[_PARENT_ID]]
    given = zip(_ids(parents), columns[_PARENT_ID], strict=True)
    named = [map(number_of, column) for column in columns[_FIRST_WORD:_LAST_WORD]]
    (
        start_us, duration_us, first_token_us, failed, error, input_tokens, output_tokens, cached_tokens,
        reasoning_tokens, cost_usd, priced, input_preview, output_preview,
    ) = columns[_LAST_WORD:]  # fmt: skip
    return list(
        zip(
            numbers,
            trace_nos,
            ids_of(columns),
            [number if parent else None for number, parent in given],
            repeat(MAPPING_VERSION, len(numbers)),
            map(_KIND_NO.__getitem__, columns[_KIND]),
            map(int, failed),
            [number_of(name) or 0 for name in columns[_NAME]],
            *named,
            map(number_of, priced),
            start_us,
            duration_us,
            first_token_us,
            input_tokens,
            output_tokens,
            cached_tokens,
            reasoning_tokens,
            cost_usd,
            encode_texts(error),
            encode_texts(input_preview),
            encode_texts(output_preview),
            strict=True,
        )
    )


def _ids(values: Sequence[bytes]) -> tuple[int, ...]:
    return struct.unpack(f">{len(values)}q", b"".join(values))


def kind_number(kind: str) -> int:
    """The number of a kind in the store."""
    return _KIND_NO[kind]  # type: ignore[index]


def read_spans(connection: Connection, words: Words, query: Select[Any]) -> list[StoredSpan]:
    """The spans that a query built on `select_spans` finds, in its order."""
    columns = fetch_columns(connection, query)
    numbers = {no for column in columns[11:23] for no in column if no}
    texts = words.texts(connection, numbers)
    get = texts.get
    words_by_column = [[get(no, "") if no else "" for no in column] for column in columns[11:23]]
    named = zip(*words_by_column, strict=True)
    return [
        StoredSpan(facts[0], moment_of(facts[0]), _row(facts, said))
        for facts, said in zip(zip(*columns[:11], *columns[23:], strict=True), named, strict=True)
    ]


def select_spans(*conditions: Any) -> Select[Any]:
    """The columns that `read_spans` takes."""
    c = spans.c
    return (
        select(
            c.no, traces.c.trace_id, c.span_id, c.parent_id, c.kind, c.failed, c.start_us, c.duration_us,
            c.first_token_us, c.cost_usd, c.error, *_WORD_COLUMNS, c.input_tokens, c.output_tokens,
            c.cached_tokens, c.reasoning_tokens, c.input_preview, c.output_preview,
        )
        .join(traces, traces.c.no == c.trace_no)
        .where(*conditions)
    )  # fmt: skip


def _row(facts: Sequence[Any], words: Sequence[str]) -> SpanRow:
    (
        _, trace_id, span_id, parent_id, kind, failed, start_us, duration_us, first_token_us, cost_usd, error,
        input_tokens, output_tokens, cached_tokens, reasoning_tokens, input_preview, output_preview,
    ) = facts  # fmt: skip
    return SpanRow(
        bytes(trace_id),
        int_to_id(span_id),
        b"" if parent_id is None else int_to_id(parent_id),
        words[0],
        KINDS[kind],
        words[1],
        words[2],
        words[3],
        words[4],
        words[5],
        words[6],
        words[7],
        words[8],
        words[9],
        words[10],
        start_us,
        duration_us,
        first_token_us,
        bool(failed),
        decode_text(error) if error else "",
        input_tokens,
        output_tokens,
        cached_tokens,
        reasoning_tokens,
        cost_usd,
        words[11],
        decode_text(input_preview) if input_preview else "",
        decode_text(output_preview) if output_preview else "",
    )
