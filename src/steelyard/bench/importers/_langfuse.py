"""Exports of Langfuse: traces, observations, scores, dataset items and dataset runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench.importers._exchanges import answer, asked, expected, marks
from steelyard.bench.importers._gathering import Gathering, file_label, label_of
from steelyard.bench.importers._langfuse_rows import LangfuseRows, sort_rows
from steelyard.bench.importers._langfuse_trace import (
    camel_keys,
    latency,
    observation_spans,
    root_of,
    trace_fault,
    usage_of,
)
from steelyard.bench.importers._tool_rows import head_fields, load_export, top_fields
from steelyard.bench.importers._values import amount_at, as_items, as_object, parsed_cell, text_at
from steelyard.core import Json

_TRACE = frozenset(
    {
        "htmlPath",
        "totalCost",
        "sessionId",
        "userId",
        "bookmarked",
        "public",
        "release",
        "environment",
        "projectId",
        "observations",
        "tags",
    }
)
_OBSERVATION = frozenset(
    {
        "parentObservationId",
        "modelParameters",
        "usageDetails",
        "costDetails",
        "completionStartTime",
        "statusMessage",
        "providedModelName",
        "internalModelId",
        "modelId",
        "level",
        "promptName",
    }
)
_ITEM = frozenset({"datasetId", "datasetName", "sourceTraceId", "sourceObservationId"})


@dataclass(frozen=True, slots=True)
class LangfuseImporter:
    """JSON, JSON lines or CSV from the tables, the API (pages included) or the scheduled export."""

    title: str = "Langfuse export"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by fields that only Langfuse writes together."""
        if path.is_dir() or not head:
            return 0.0
        fields = camel_keys(dict.fromkeys(top_fields(head))).keys()
        if {"traceId", "type"} <= fields and len(fields & _OBSERVATION) >= 2 and "startTime" in fields:
            return 0.9
        if "datasetItemId" in fields and {"traceId", "trace", "datasetRunName", "datasetRunId"} & fields:
            return 0.9
        if {"input", "expectedOutput"} <= fields and fields & _ITEM:
            return 0.9
        if (
            "items.expectedOutput" in head_fields(head)
            or {"trace", "observations"} <= fields
            or {"datasetRunItems", "datasetName"} <= fields
        ):
            return 0.8
        return 0.85 if {"id", "timestamp"} <= fields and len(fields & _TRACE) >= 3 else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """Dataset items and traces as cases, what was answered as runs."""
        gathered = Gathering(path, "langfuse")
        export = LangfuseRows()
        sort_rows(load_export(path, gathered), export, gathered)
        for line, item in export.items:
            _take_item(line, item, gathered)
        known = {text_at(item, "id") for _, item in export.items}
        links = _linked(export, gathered, known=known)
        _make_traces(export)
        for number, (trace_id, (line, trace)) in enumerate(export.traces.items()):
            item_id, run = links.get(trace_id, ("", ""))
            _take_trace(
                line or number + 1,
                trace,
                export,
                gathered,
                item_id=item_id if item_id in known else "",
                run=run,
            )
        return gathered.imported()


def _take_item(line: int, item: Row, gathered: Gathering) -> None:
    if text_at(item, "status").upper() == "ARCHIVED":
        gathered.count("archived dataset items, left out")
        return
    metadata = parsed_cell(item.get("metadata"))
    kept = {"sourceTraceId": text_at(item, "sourceTraceId")} if text_at(item, "sourceTraceId") else {}
    gathered.take_case(
        line,
        {
            "id": item.get("id") or gathered.fresh_id(gathered.derived_id(item.get("input"))),
            "input": asked(item.get("input")),
            "expected": expected(item.get("expectedOutput")),
            "metadata": {**as_object(metadata), **kept},
        },
    )


def _linked(export: LangfuseRows, gathered: Gathering, *, known: set[str]) -> dict[str, tuple[str, str]]:
    """Trace id to dataset item and run name; run items with an answer of their own are taken at once."""
    links: dict[str, tuple[str, str]] = {}
    for line, row in export.run_items:
        item_id = text_at(row, "datasetItemId")
        run = label_of(row.get("datasetRunName"), row.get("runName"), default=file_label(gathered.path))
        trace = camel_keys(as_object(parsed_cell(row.get("trace"))))
        trace_id = text_at(row, "traceId") or text_at(trace, "id")
        if trace_id:
            links[trace_id] = (item_id, run)
        if trace_id in export.traces or trace_id in export.observations:
            continue
        if not {"output", "error"} & (row.keys() | trace.keys()):
            gathered.count("dataset run items whose trace is not in the file, left out")
            continue
        if item_id not in known:
            case = {
                "id": item_id,
                "input": asked(row.get("input")),
                "expected": expected(row.get("expectedOutput")),
            }
            if gathered.take_case(line, case) is None:
                continue
        whole = {**trace, **{name: value for name, value in row.items() if value is not None}}
        _take_answer(line, item_id, whole, [], gathered, run=run)
    return links


def _make_traces(export: LangfuseRows) -> None:
    """Traces for observations that came without theirs: the root observation speaks for the trace."""
    for trace_id, observations in export.observations.items():
        root = root_of(observations)
        if trace_id in export.traces:
            line, trace = export.traces[trace_id]
            filled = {name: root.get(name) for name in ("input", "output") if trace.get(name) in (None, "")}
            export.traces[trace_id] = (line, {**trace, **filled})
            continue
        named = {name: root.get(name) for name in ("release", "version", "environment", "metadata", "tags")}
        export.traces[trace_id] = (
            0,
            {
                "id": trace_id,
                "name": root.get("traceName") or root.get("name"),
                "input": root.get("input"),
                "output": root.get("output"),
                "timestamp": root.get("startTime"),
                **named,
            },
        )


def _take_trace(
    line: int, trace: Row, export: LangfuseRows, gathered: Gathering, *, item_id: str, run: str
) -> None:
    trace_id = text_at(trace, "id")
    question = asked(trace.get("input"))
    if question is None and not item_id:
        gathered.count("traces without an input, left out")
        return
    case_id: str | None = item_id
    if not item_id:
        metadata = {name: trace.get(name) for name in ("name", "environment") if text_at(trace, name)}
        known = expected(
            trace.get("expectedOutput") or as_object(trace.get("metadata")).get("expected_output")
        )
        case_id = gathered.take_case(
            line,
            {
                "id": gathered.derived_id(question, known),
                "input": question,
                "expected": known,
                "metadata": {
                    "trace_name" if name == "name" else name: text for name, text in metadata.items()
                },
            },
        )
    if case_id is None:
        return
    label = label_of(run, trace.get("release"), trace.get("version"), default=file_label(gathered.path))
    row = {**trace, "scores": [*_score_list(trace), *export.scores.get(trace_id, [])]}
    _take_answer(line, case_id, row, export.observations.get(trace_id, []), gathered, run=label)


def _score_list(trace: Mapping[str, Json]) -> list[Json]:
    flat = {
        name.partition(".")[2]: value
        for name, value in trace.items()
        if name.startswith("scores.") and value not in (None, "")
    }
    given = flat or parsed_cell(trace.get("scores"))
    if isinstance(given, Mapping):
        return [
            {**item, "name": name} if isinstance(item, Mapping) else {"name": name, "value": item}
            for name, item in given.items()
        ]
    return list(as_items(given))


def _take_answer(
    line: int, case_id: str, row: Row, observations: list[Row], gathered: Gathering, *, run: str
) -> None:
    scores, said = marks(row.get("scores"))
    recorded = answer(row.get("output"))
    fault = trace_fault(row, observations)
    detail = {
        **as_object(recorded.get("detail")),
        "trace_id": text_at(row, "traceId", "id"),
        "scores": said,
        "metadata": parsed_cell(row.get("metadata")),
        "tags": parsed_cell(row.get("tags")),
    }
    gathered.take_output(
        line,
        case_id,
        {
            **recorded,
            "error": fault,
            "latency_s": latency(row, observations),
            "cost_usd": amount_at(row, "totalCost", "calculatedTotalCost"),
            "usage": usage_of(row, observations),
            "trace": observation_spans(observations) or recorded.get("trace"),
            "scores": scores,
            "detail": {name: value for name, value in detail.items() if value not in (None, "", [], {})},
        },
        label=run,
    )


IMPORTER = LangfuseImporter()
