"""Span rows as columns and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import spans, traces
from steelyard.store._text import decode_text, encode_text
from steelyard.store.spans._numbers import id_to_int, int_to_id, moment_of
from steelyard.store.spans._words import Words
from steelyard.traces import KINDS, MAPPING_VERSION, SpanRow, StoredSpan

_KIND_NO = {kind: number for number, kind in enumerate(KINDS)}
_WORDS = (
    "name", "operation", "service", "provider", "model", "request_model", "agent", "tool", "user", "session",
    "slice", "priced",
)  # fmt: skip
_WORD_COLUMNS = [spans.c[f"{name}_no"] for name in _WORDS]


def words_of(rows: Iterable[SpanRow]) -> set[str]:
    """Every word that these rows refer to."""
    found: set[str] = set()
    for row in rows:
        found.update(row[5:15])
        found.add(row.name)
        found.add(row.priced)
    found.discard("")
    return found


def span_columns(no: int, trace_no: int, row: SpanRow, words: Mapping[str, int]) -> tuple[Any, ...]:
    """A span in the order of its table's columns."""
    (
        _, span_id, parent_id, name, kind, operation, service, provider, model, request_model, agent, tool,
        user, session, slice_, start_us, duration_us, first_token_us, failed, error, input_tokens,
        output_tokens, cached_tokens, reasoning_tokens, cost_usd, priced, input_preview, output_preview,
    ) = row  # fmt: skip
    return (
        no,
        trace_no,
        id_to_int(span_id),
        id_to_int(parent_id) if parent_id else None,
        MAPPING_VERSION,
        _KIND_NO[kind],
        1 if failed else 0,
        words[name] if name else 0,
        words[operation] if operation else None,
        words[service] if service else None,
        words[provider] if provider else None,
        words[model] if model else None,
        words[request_model] if request_model else None,
        words[agent] if agent else None,
        words[tool] if tool else None,
        words[user] if user else None,
        words[session] if session else None,
        words[slice_] if slice_ else None,
        words[priced] if priced else None,
        start_us,
        duration_us,
        first_token_us,
        input_tokens,
        output_tokens,
        cached_tokens,
        reasoning_tokens,
        cost_usd,
        encode_text(error) if error else None,
        encode_text(input_preview) if input_preview else None,
        encode_text(output_preview) if output_preview else None,
    )


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
