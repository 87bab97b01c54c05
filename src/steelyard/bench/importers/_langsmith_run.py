"""A run of LangSmith: spans of its children, tokens, times and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.bench._json_rows import Row
from steelyard.bench.importers._values import (
    amount_at,
    as_object,
    count_at,
    moment,
    parsed_cell,
    seconds_between,
    text_at,
)
from steelyard.core import Json

_KINDS = {"llm": "llm", "chat_model": "llm", "tool": "tool", "retriever": "retriever", "agent": "agent"}


def child_spans(rows: Sequence[Row]) -> list[Row]:
    """One span for each run below a root, in the order of their dotted places."""
    ordered = sorted(rows, key=lambda row: (text_at(row, "dotted_order"), str(row.get("start_time"))))
    return [
        {
            "name": text_at(row, "name"),
            "kind": _KINDS.get(text_at(row, "run_type"), "step"),
            "span_id": text_at(row, "id"),
            "parent_id": text_at(row, "parent_run_id"),
            "start_s": _start(row),
            "duration_s": seconds_between(row.get("start_time"), row.get("end_time")),
            "input": _tool_input(row),
            "output": parsed_cell(row.get("outputs")),
            "error": text_at(row, "error"),
        }
        for row in ordered
    ]


def run_usage(row: Mapping[str, Json]) -> Row:
    """Tokens read and written, where the run says."""
    given = as_object(row.get("usage_metadata")) or row
    counts = {
        "input_tokens": count_at(given, "prompt_tokens", "input_tokens"),
        "output_tokens": count_at(given, "completion_tokens", "output_tokens"),
    }
    return {name: number for name, number in counts.items() if number is not None}


def run_latency(row: Mapping[str, Json]) -> float | None:
    """Seconds the run took."""
    took = seconds_between(row.get("start_time"), row.get("end_time"))
    return took if took is not None else amount_at(row, "execution_time", "latency", "Latency")


def run_fault(row: Mapping[str, Json]) -> str | None:
    """Why there is no answer: the error's first line, without the trace of calls below it."""
    error = text_at(row, "error")
    if error:
        return error.strip().splitlines()[0][:2000]
    empty = row.get("outputs") in (None, "", {}, [])
    return "the run holds no output" if empty else None


def _tool_input(row: Mapping[str, Json]) -> Json:
    """A tool's arguments; LangChain keeps them as text under `input`."""
    inputs = parsed_cell(row.get("inputs"))
    if text_at(row, "run_type") == "tool" and isinstance(inputs, Mapping) and set(inputs) == {"input"}:
        return parsed_cell(inputs["input"])
    return inputs


def _start(row: Mapping[str, Json]) -> float | None:
    found = moment(row.get("start_time"))
    return found.timestamp() if found else None
