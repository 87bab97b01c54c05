"""Exports of Langfuse: traces, observations and scores, from the tables, the API and the scheduled export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from steelyard.core import Json
from steelyard.traces._values import parsed
from steelyard.traces.importers._draft import Draft, derived_id
from steelyard.traces.importers._moments import Row, as_row, as_rows, moment, positive

_ATTRIBUTES = {
    "type": "langfuse.observation.type",
    "model": "langfuse.observation.model.name",
    "usageDetails": "langfuse.observation.usage_details",
    "costDetails": "langfuse.observation.cost_details",
    "completionStartTime": "langfuse.observation.completion_start_time",
    "modelParameters": "langfuse.observation.model.parameters",
    "metadata": "langfuse.observation.metadata",
    "promptName": "langfuse.observation.prompt.name",
    "promptVersion": "langfuse.observation.prompt.version",
}
_SHEET = "scores."


def is_langfuse(row: Row) -> bool:
    """Whether a row is a trace or an observation of Langfuse, or an envelope of them."""
    keys = {camel(key) for key in row}
    return (
        {"traceId", "type", "startTime"} <= keys
        or ({"id", "timestamp"} <= keys and bool(keys & {"observations", "sessionId", "htmlPath", "userId"}))
        or ("observations" in keys and bool(keys & {"trace", "traces"}))
    )


def langfuse_drafts(rows: Iterable[Row]) -> dict[str, list[Draft]]:
    """Trace id to its spans; a trace that is more than its observations becomes their root.

    Dataset items and runs among the rows are no traces and are passed over.
    """
    export = _Export()
    for row in rows:
        export.take(row)
    found: dict[str, list[Draft]] = {}
    for trace_id in dict.fromkeys([*export.traces, *export.observations]):
        trace = export.traces.get(trace_id)
        drafts = [_observation(row, trace=trace or {}) for row in export.observations.get(trace_id, [])]
        if trace is not None and not any(not draft.parent for draft in drafts):
            drafts.insert(0, _trace(trace))
        marks = [
            *as_rows((trace or {}).get("scores")),
            *_sheet_marks(trace or {}),
            *export.scores.get(trace_id, []),
        ]
        found[trace_id] = _scored(drafts, marks)
    return found


@dataclass(slots=True)
class _Export:
    """Rows by what they are."""

    traces: dict[str, Row] = field(default_factory=dict)
    observations: dict[str, list[Row]] = field(default_factory=dict)
    scores: dict[str, list[Row]] = field(default_factory=dict)

    def take(self, given: Row) -> None:
        """Put a row where it belongs, through envelopes."""
        row = {camel(key): value for key, value in given.items()}
        if "observations" in row and isinstance(row.get("trace"), Mapping):
            self.take({**as_row(row["trace"]), "observations": row["observations"]})
            self._take_all(row.get("scores"))
        elif isinstance(row.get("traces"), list):
            for name in ("traces", "observations", "scores"):
                self._take_all(row.get(name))
        elif "traceId" in row and "startTime" in row:
            self.observations.setdefault(str(row["traceId"]), []).append(row)
        elif {"traceId", "name"} <= row.keys() and row.keys() & {"value", "stringValue"}:
            self.scores.setdefault(str(row["traceId"]), []).append(row)
        elif not row.keys() & {"expectedOutput", "datasetItemId", "datasetId"}:
            self._take_trace(row, given)

    def _take_trace(self, row: Row, given: Row) -> None:
        trace_id = str(row.get("id") or derived_id(dict(given)))
        self.traces[trace_id] = row
        for item in as_rows(row.get("observations")):
            self.observations.setdefault(trace_id, []).append({camel(key): item[key] for key in item})

    def _take_all(self, rows: Json) -> None:
        for row in as_rows(rows):
            self.take(row)


def _trace(row: Row) -> Draft:
    latency = positive(row.get("latency"))
    return Draft(
        id=f"trace {row.get('id')}",
        name=str(row.get("name") or "trace"),
        start_s=moment(row.get("timestamp")),
        duration_s=float(latency) if isinstance(latency, int | float) else None,
        attributes={
            "langfuse.observation.type": "span",
            **_common(row, row),
            "gen_ai.usage.cost": positive(row.get("totalCost")),
        },
    )


def _observation(row: Row, *, trace: Row) -> Draft:
    start, end = moment(row.get("startTime")), moment(row.get("endTime"))
    failed = str(row.get("level") or "").upper() == "ERROR"
    named: dict[str, Json] = {name: parsed(row.get(key)) for key, name in _ATTRIBUTES.items()}
    named["langfuse.observation.model.name"] = row.get("model") or row.get("providedModelName")
    if not row.get("usageDetails") and isinstance(usage := parsed(row.get("usage")), Mapping):
        named["langfuse.observation.usage_details"] = usage
    if not row.get("costDetails"):
        named["gen_ai.usage.cost"] = positive(row.get("calculatedTotalCost") or row.get("totalCost"))
    if str(row.get("type") or "").upper() == "TOOL":
        named["gen_ai.tool.name"] = row.get("name")
    root = not row.get("parentObservationId")
    told = {
        key: row.get(key) if row.get(key) not in (None, "") or not root else trace.get(key) for key in _SIDES
    }
    return Draft(
        id=str(row.get("id") or derived_id(dict(row))),
        name=str(row.get("name") or row.get("model") or "observation"),
        parent=str(row.get("parentObservationId") or ""),
        start_s=start,
        duration_s=end - start if start is not None and end is not None and end >= start else None,
        error=str(row.get("statusMessage") or "error without a message") if failed else "",
        attributes={**named, **_common({**row, **told}, trace)},
    )


_SIDES = ("input", "output")


def _common(row: Row, trace: Row) -> dict[str, Json]:
    return {
        "langfuse.observation.input": parsed(row.get("input")),
        "langfuse.observation.output": parsed(row.get("output")),
        "session.id": trace.get("sessionId") or row.get("sessionId"),
        "user.id": trace.get("userId") or row.get("userId"),
        "langfuse.environment": trace.get("environment") or row.get("environment"),
        "langfuse.release": trace.get("release"),
        "langfuse.trace.tags": parsed(trace.get("tags")) or None,
    }


def _scored(drafts: list[Draft], marks: list[Row]) -> list[Draft]:
    """Scores where they belong: at their observation, else at the root."""
    places = {draft.id: place for place, draft in enumerate(drafts)}
    root = next((place for place, draft in enumerate(drafts) if not draft.parent), 0)
    for given in marks if drafts else ():
        mark = {camel(key): value for key, value in given.items()}
        worded = mark.get("stringValue") not in (None, "") and mark.get("dataType") != "BOOLEAN"
        value = mark.get("stringValue") if worded else mark.get("value")
        if not mark.get("name") or value is None:
            continue
        place = places.get(str(mark.get("observationId") or ""), root)
        name, comment = str(mark["name"]), str(mark.get("comment") or "")
        drafts[place] = replace(
            drafts[place],
            scores={**drafts[place].scores, name: value},
            reasons={**drafts[place].reasons, name: comment} if comment else drafts[place].reasons,
        )
    return drafts


def _sheet_marks(trace: Row) -> list[Row]:
    """Scores of a table: a column `scores.NAME` each, or one object of name to value or values."""
    found: dict[str, Json] = {
        key.removeprefix(_SHEET): value for key, value in trace.items() if key.startswith(_SHEET)
    }
    found.update(as_row(trace.get("scores")))
    marks: list[Row] = []
    for name, value in found.items():
        listed = value.get("values") if isinstance(value, Mapping) else value
        values = listed if isinstance(listed, list) else [listed]
        marks += [{"name": name, "value": _number(item)} for item in values]
    return marks


def _number(value: Json) -> Json:
    """Tables hold numbers as text."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def camel(name: str) -> str:
    """`parent_observation_id` as `parentObservationId`; the names of scores stay as they are."""
    if name.startswith(_SHEET):
        return name
    first, *rest = name.replace(" ", "_").split("_")
    return first[:1].lower() + first[1:] + "".join(part[:1].upper() + part[1:] for part in rest)
