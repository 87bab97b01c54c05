"""A trace of Langfuse and its observations: root, spans, tokens, times and errors."""

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

_KINDS = {
    "GENERATION": "llm",
    "EMBEDDING": "llm",
    "TOOL": "tool",
    "AGENT": "agent",
    "RETRIEVER": "retriever",
}


def camel_keys(row: Mapping[str, Json]) -> Row:
    """The row with the names of the API, where an export writes them with underscores or spaces."""
    return {_camel(name): value for name, value in row.items()}


def root_of(observations: Sequence[Row]) -> Row:
    """The observation without a parent in the list; of several, the earliest."""
    known = {text_at(row, "id") for row in observations}
    roots = [row for row in observations if text_at(row, "parentObservationId") not in known - {""}]
    return min(roots or observations, key=_start)


def observation_spans(observations: Sequence[Row]) -> list[Row]:
    """One span for each observation, earliest first."""
    return [
        {
            "name": text_at(row, "name") or text_at(row, "model", "providedModelName"),
            "kind": _KINDS.get(text_at(row, "type").upper(), "step"),
            "span_id": text_at(row, "id"),
            "parent_id": text_at(row, "parentObservationId"),
            "start_s": _start(row) or None,
            "duration_s": seconds_between(row.get("startTime"), row.get("endTime")),
            "input": parsed_cell(row.get("input")),
            "output": parsed_cell(row.get("output")),
            "error": _error(row),
            "attributes": _attributes(row),
        }
        for row in sorted(observations, key=_start)
    ]


def usage_of(row: Mapping[str, Json], observations: Sequence[Row]) -> Row:
    """Tokens of a trace: its own sums, or those of its generations."""
    given = [row] if _tokens(row) else [item for item in observations if _tokens(item)]
    totals: Row = {}
    for item in given:
        for name, number in _tokens(item).items():
            before = totals.get(name)
            totals[name] = number + (before if isinstance(before, int) else 0)
    return totals


def latency(row: Mapping[str, Json], observations: Sequence[Row]) -> float | None:
    """Seconds of a trace; without its own, from the first start to the last end of its observations."""
    own = amount_at(row, "latency", "duration")
    if own is not None or not observations:
        return own if own is not None else seconds_between(row.get("startTime"), row.get("endTime"))
    ends = [found.timestamp() for item in observations if (found := moment(item.get("endTime")))]
    starts = [start for item in observations if (start := _start(item))]
    return max(0.0, max(ends) - min(starts)) if ends and starts else None


def trace_fault(row: Mapping[str, Json], observations: Sequence[Row]) -> str | None:
    """Why there is no answer: the error of the root, or of the only level that is one."""
    if row.get("output") not in (None, ""):
        return None
    own = text_at(row, "error") or _error(row)
    if own:
        return own
    failed = [message for item in observations if (message := _error(item))]
    return failed[0] if failed else "the trace holds no output"


def _tokens(row: Mapping[str, Json]) -> dict[str, int]:
    details = as_object(parsed_cell(row.get("usageDetails")))
    usage = as_object(parsed_cell(row.get("usage")))
    read = count_at(details, "input", "prompt_tokens", "input_tokens")
    written = count_at(details, "output", "completion_tokens", "output_tokens")
    if read is None and written is None:
        read = count_at(usage, "input", "promptTokens", "inputTokens")
        written = count_at(usage, "output", "completionTokens", "outputTokens")
    if read is None and written is None:
        read = count_at(row, "inputTokens", "promptTokens", "inputUsage")
        written = count_at(row, "outputTokens", "completionTokens", "outputUsage")
    pairs = (("input_tokens", read), ("output_tokens", written))
    return {name: number for name, number in pairs if number is not None}


def _attributes(row: Mapping[str, Json]) -> Row:
    names = ("model", "providedModelName", "modelParameters", "usageDetails", "metadata", "promptName")
    return {name: parsed_cell(row.get(name)) for name in names if row.get(name) not in (None, "", {}, [])}


def _error(row: Mapping[str, Json]) -> str:
    if text_at(row, "level").upper() != "ERROR":
        return ""
    return text_at(row, "statusMessage") or "error without a message"


def _start(row: Mapping[str, Json]) -> float:
    found = moment(row.get("startTime"))
    return found.timestamp() if found else 0.0


def _camel(name: str) -> str:
    first, *rest = name.replace(" ", "_").split("_")
    return first[:1].lower() + first[1:] + "".join(part[:1].upper() + part[1:] for part in rest)
