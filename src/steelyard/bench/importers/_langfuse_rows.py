"""Rows of Langfuse exports, sorted by what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.bench._json_rows import Row
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers._langfuse_trace import camel_keys
from steelyard.bench.importers._tool_rows import numbered
from steelyard.bench.importers._values import as_items, as_object, text_at
from steelyard.core import Json

_LISTS = {
    "traces": "trace",
    "observations": "observation",
    "scores": "score",
    "items": "item",
    "datasetItems": "item",
    "datasetRunItems": "run item",
    "runItems": "run item",
}


@dataclass(slots=True)
class LangfuseRows:
    """The rows of an export, each with the line it came from where a message may name it."""

    traces: dict[str, tuple[int, Row]] = field(default_factory=dict)
    """By trace id."""
    observations: dict[str, list[Row]] = field(default_factory=dict)
    """By trace id."""
    scores: dict[str, list[Row]] = field(default_factory=dict)
    """By trace id."""
    items: list[tuple[int, Row]] = field(default_factory=list)
    """Of datasets."""
    run_items: list[tuple[int, Row]] = field(default_factory=list)
    """Which trace answered which item of a dataset."""


def sort_rows(value: Json, export: LangfuseRows, gathered: Gathering) -> None:
    """Put every row where it belongs, through pages and envelopes."""
    if isinstance(value, Mapping):
        page = value.get("data")
        if isinstance(page, list):
            sort_rows(page, export, gathered)
            return
        rows = camel_keys(value)
        named = [name for name in _LISTS if isinstance(rows.get(name), list)]
        if isinstance(rows.get("trace"), Mapping):
            _put(1, {**as_object(rows["trace"])}, "trace", export)
        elif named and "id" in rows and ("timestamp" in rows or "input" in rows):
            _put(1, dict(value), "trace", export)
            named = []
        for run in [*as_items(rows.get("runs")), *([rows] if "datasetRunItems" in rows else [])]:
            own = camel_keys(as_object(run))
            for line, row in numbered(own.get("datasetRunItems"), gathered, place="datasetRunItems"):
                _put(line, {"datasetRunName": text_at(own, "name"), **row}, "run item", export)
        for name in named:
            if name != "datasetRunItems":
                for line, row in numbered(rows[name], gathered, place=name):
                    _put(line, row, _LISTS[name], export)
        return
    for line, row in numbered(value, gathered):
        _put(line, row, "", export)


def _put(line: int, row: Row, kind: str, export: LangfuseRows) -> None:
    row = camel_keys(row)
    kind = kind or _kind(row)
    trace_id = text_at(row, "traceId")
    if kind == "item":
        export.items.append((line, row))
    elif kind == "run item":
        export.run_items.append((line, row))
    elif kind == "observation":
        export.observations.setdefault(trace_id or text_at(row, "id"), []).append(row)
    elif kind == "score":
        export.scores.setdefault(trace_id, []).append(row)
    else:
        key = text_at(row, "id") or f"trace {line}"
        export.traces[key] = (line, row)
        for item in as_items(row.get("observations")):
            if isinstance(item, Mapping):
                export.observations.setdefault(key, []).append(camel_keys(item))


def _kind(row: Mapping[str, Json]) -> str:
    if "datasetItemId" in row:
        return "run item"
    if "expectedOutput" in row and "traceId" not in row and "timestamp" not in row:
        return "item"
    if "traceId" in row and {"startTime", "type"} <= row.keys():
        return "observation"
    if {"traceId", "name", "value"} <= row.keys():
        return "score"
    return "trace"
