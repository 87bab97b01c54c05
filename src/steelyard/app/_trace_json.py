"""Traces and spans as every door answers with them in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from steelyard.core import Json
from steelyard.traces import Node, SpanScore, StoredSpan, TraceRow


def trace_json(row: TraceRow) -> dict[str, Json]:
    """A trace as the contract's JSON lists it."""
    return {
        "trace": row.trace_id,
        "name": row.name,
        "received": row.received.isoformat(),
        "started": None
        if row.start_us is None
        else datetime.fromtimestamp(row.start_us / 1e6, UTC).isoformat(),
        "duration_s": None if row.duration_us is None else row.duration_us / 1e6,
        "spans": row.spans,
        "errors": row.errors,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cost_usd": row.cost_usd,
        "service": row.service,
        "model": row.model,
        "user": row.user,
        "session": row.session,
        "input": row.input_preview,
        "output": row.output_preview,
    }


def span_json(span: StoredSpan) -> dict[str, Json]:
    """A span's columns as JSON."""
    row = span.row._asdict()
    row["trace_id"], row["span_id"] = span.row.trace_id.hex(), span.row.span_id.hex()
    row["parent_id"] = span.row.parent_id.hex()
    return row


def score_json(score: SpanScore) -> dict[str, Json]:
    """A score that came with the traffic."""
    return {
        "span": score.span_id.hex(),
        "name": score.name,
        "value": score.value,
        "label": score.label,
        "explanation": score.explanation,
        "evaluator": score.evaluator,
        "error": score.error,
    }


def node_rows(
    spans: Sequence[StoredSpan], nodes: Sequence[Node], details: Mapping[int, dict[str, Json]]
) -> list[dict[str, Json]]:
    """The spans of a trace in the order of its waterfall, with the details that are at hand."""
    rows: list[dict[str, Json]] = []
    for node in nodes:
        span = spans[node.place]
        row = span_json(span) | {"depth": node.depth, "offset_us": node.offset_us, "note": node.note}
        if span.no in details:
            row["detail"] = details[span.no]
        rows.append(row)
    return rows
