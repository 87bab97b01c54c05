"""Exports of Braintrust: datasets, and experiments with scores and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench.importers._exchanges import answer, asked, expected, marks
from steelyard.bench.importers._gathering import Gathering, file_label, label_of
from steelyard.bench.importers._tool_rows import load_export, numbered, top_fields
from steelyard.bench.importers._values import (
    amount_at,
    as_items,
    as_object,
    count_at,
    number_of,
    parsed_cell,
    shown_text,
    text_at,
)
from steelyard.core import Json

_OWN = frozenset(
    {"_xact_id", "root_span_id", "span_attributes", "experiment_id", "dataset_record_id", "_pagination_key"}
)
_TABLE = frozenset({"input", "output", "expected", "scores", "metrics"})
_KINDS = {"llm": "llm", "tool": "tool", "retriever": "retriever", "agent": "agent"}


@dataclass(frozen=True, slots=True)
class BraintrustImporter:
    """JSON, JSON lines and CSV of the tables and of the API's events."""

    title: str = "Braintrust export"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by the fields that Braintrust adds to every event, or by its table's columns."""
        if path.is_dir() or not head:
            return 0.0
        fields = top_fields(head)
        if "events" in fields and b'"_xact_id"' in head:
            return 0.9
        if fields & _OWN and "input" in fields and {"output", "expected"} & fields:
            return 0.9
        flat = {name.partition(".")[0] for name in fields}
        return 0.7 if flat >= _TABLE else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """Root events as cases and answers; the spans below them as traces."""
        gathered = Gathering(path, "braintrust")
        value = load_export(path, gathered)
        if isinstance(value, Mapping):
            lists = [
                value[name]
                for name in ("events", "rows", "data", "results")
                if isinstance(value.get(name), list)
            ]
            value = lists[0] if lists else [value]
        rows = [(line, _grouped(row)) for line, row in numbered(value, gathered)]
        below: dict[str, list[Row]] = {}
        for _, row in rows:
            if not _is_root(row):
                below.setdefault(text_at(row, "root_span_id"), []).append(row)
        recorded = any(_is_answer(row) for _, row in rows)
        for line, row in rows:
            if _is_root(row):
                _take(line, row, below.get(text_at(row, "root_span_id"), []), gathered, recorded=recorded)
        return gathered.imported()


def _take(line: int, row: Row, below: list[Row], gathered: Gathering, *, recorded: bool) -> None:
    question, known = asked(row.get("input")), expected(row.get("expected"))
    if question is None and recorded:
        gathered.count("events without an input, left out")
        return
    tags = [tag for tag in as_items(row.get("tags")) if isinstance(tag, str)]
    metadata = as_object(row.get("metadata"))
    case: Row = {
        "id": _id(row, gathered, question, known, recorded=recorded),
        "input": question,
        "expected": known,
        "metadata": {**({} if recorded else metadata), **({"tags": tags} if tags else {})},
    }
    if recorded:
        case["metadata"] = {**_shared(metadata), **as_object(case["metadata"])}
    case_id = gathered.take_case(line, case)
    if case_id is not None and recorded:
        label = label_of(
            row.get("experiment_name"),
            row.get("experiment"),
            row.get("experiment_id"),
            default=file_label(gathered.path),
        )
        gathered.take_output(line, case_id, _output(row, below), label=label)


def _id(row: Row, gathered: Gathering, question: Json, known: Json, *, recorded: bool) -> Json:
    """The dataset's id of the case, so that two experiments meet; an event's own id is its own only."""
    origin = as_object(row.get("origin"))
    named = text_at(origin, "id") or text_at(row, "dataset_record_id")
    if named:
        return named
    own = row.get("id")
    if not recorded and isinstance(own, str | int) and own != "":
        return own
    return gathered.derived_id(question, known)


def _output(row: Row, below: list[Row]) -> Row:
    scores, said = marks(row.get("scores"))
    metrics = as_object(row.get("metrics"))
    recorded = answer(row.get("output"))
    error = _error(row.get("error"))
    start, end = number_of(metrics.get("start")), number_of(metrics.get("end"))
    took = end - start if start is not None and end is not None and end >= start else None
    detail = {
        **as_object(recorded.get("detail")),
        "span_id": text_at(row, "span_id", "id"),
        "scores": said,
        "metadata": row.get("metadata"),
    }
    return {
        **recorded,
        "output": None if error else recorded["output"],
        "error": error or None,
        "latency_s": took if took is not None else amount_at(metrics, "duration", "llm_duration"),
        "first_token_s": amount_at(metrics, "time_to_first_token"),
        "cost_usd": amount_at(metrics, "estimated_cost", "cost"),
        "usage": {
            "input_tokens": count_at(metrics, "prompt_tokens"),
            "output_tokens": count_at(metrics, "completion_tokens"),
            "cached_tokens": count_at(metrics, "prompt_cached_tokens"),
            "reasoning_tokens": count_at(metrics, "completion_reasoning_tokens"),
        },
        "trace": _spans(below) or recorded.get("trace"),
        "scores": scores,
        "detail": {name: value for name, value in detail.items() if value not in (None, "", [], {})},
    }


def _spans(below: list[Row]) -> list[Row]:
    """Spans of a case's work; those that scored it are no part of it."""
    spans: list[Row] = []
    for row in below:
        attributes, metrics = as_object(row.get("span_attributes")), as_object(row.get("metrics"))
        kind = text_at(attributes, "type")
        if kind == "score" or text_at(attributes, "purpose") == "scorer":
            continue
        start, end = number_of(metrics.get("start")), number_of(metrics.get("end"))
        parents = [item for item in as_items(row.get("span_parents")) if isinstance(item, str)]
        spans.append(
            {
                "name": text_at(attributes, "name"),
                "kind": _KINDS.get(kind, "step"),
                "span_id": text_at(row, "span_id"),
                "parent_id": parents[0] if parents else "",
                "start_s": start,
                "duration_s": max(0.0, end - start) if start is not None and end is not None else None,
                "input": row.get("input"),
                "output": row.get("output"),
                "error": _error(row.get("error")),
            }
        )
    return sorted(spans, key=lambda span: number_of(span["start_s"]) or 0.0)


def _is_root(row: Mapping[str, Json]) -> bool:
    if isinstance(row.get("is_root"), bool):
        return row["is_root"] is True
    root = text_at(row, "root_span_id")
    return not root or root == text_at(row, "span_id") or not row.get("span_parents")


def _is_answer(row: Mapping[str, Json]) -> bool:
    """Whether a row was recorded in an experiment; a dataset's row has neither answer nor scores."""
    return any(row.get(name) not in (None, "", {}, []) for name in ("output", "scores", "error"))


def _shared(metadata: Mapping[str, Json]) -> dict[str, Json]:
    """Short labels of a case; the rest of an event's metadata stays with its answer."""
    return {
        name: value
        for name, value in metadata.items()
        if isinstance(value, str | bool) and len(str(value)) <= 60
    }


def _grouped(row: Row) -> Row:
    """Columns such as `scores.accuracy` put together, JSON cells parsed."""
    found: Row = {}
    for name, value in row.items():
        head, dot, rest = name.partition(".")
        if dot and head in (
            "scores",
            "metrics",
            "metadata",
            "input",
            "output",
            "expected",
            "span_attributes",
        ):
            whole = found.setdefault(head, {})
            if isinstance(whole, dict) and value not in (None, ""):
                whole[rest] = parsed_cell(value)
        else:
            found[name] = parsed_cell(value)
    return found


def _error(value: Json) -> str:
    if value in (None, "", {}, []):
        return ""
    text = text_at(as_object(value), "message", "error") or shown_text(value)
    return text.strip().splitlines()[0][:2000] if text.strip() else ""


IMPORTER = BraintrustImporter()
