"""Traces in JSON rows: exports of Langfuse, and logs of chat requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from steelyard.core import Json
from steelyard.traces._times import moment_ns
from steelyard.traces._values import parsed
from steelyard.traces.importers._conversation import (
    conversation_drafts,
    first_question,
    is_conversation,
    last_answer,
)
from steelyard.traces.importers._draft import Draft, derived_id

Row = Mapping[str, Json]

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


def is_langfuse(row: Row) -> bool:
    """Whether a row is a trace or an observation of Langfuse."""
    keys = {camel(key) for key in row}
    return {"traceId", "type", "startTime"} <= keys or (
        {"id", "timestamp"} <= keys and bool(keys & {"observations", "sessionId", "htmlPath", "userId"})
    )


def is_chat(row: Row) -> bool:
    """Whether a row is a chat request, with or without its response."""
    return is_conversation(row.get("messages")) or is_conversation(
        _object(row.get("request")).get("messages")
    )


def langfuse_drafts(rows: Iterable[Row]) -> dict[str, list[Draft]]:
    """Trace id to its spans; a trace that is more than its observations becomes their root."""
    traces: dict[str, Row] = {}
    observations: dict[str, list[Row]] = {}
    for given in rows:
        row = {camel(key): value for key, value in given.items()}
        if "traceId" in row and "startTime" in row:
            observations.setdefault(str(row["traceId"]), []).append(row)
            continue
        trace_id = str(row.get("id") or derived_id(dict(given)))
        traces[trace_id] = row
        members = row.get("observations")
        for item in members if isinstance(members, list) else ():
            if isinstance(item, Mapping):
                observations.setdefault(trace_id, []).append({camel(key): item[key] for key in item})
    found: dict[str, list[Draft]] = {}
    for trace_id in dict.fromkeys([*traces, *observations]):
        members = observations.get(trace_id, [])
        drafts = [_observation(row, trace=traces.get(trace_id, {})) for row in members]
        if trace_id in traces and not any(not draft.parent for draft in drafts):
            drafts.insert(0, _trace(traces[trace_id]))
        found[trace_id] = drafts
    return found


def _trace(row: Row) -> Draft:
    start = _moment(row.get("timestamp"))
    latency = row.get("latency")
    return Draft(
        id=f"trace {row.get('id')}",
        name=str(row.get("name") or "trace"),
        start_s=start,
        duration_s=float(latency) if isinstance(latency, int | float) else None,
        attributes={
            "langfuse.observation.type": "span",
            **_common(row, row),
            "gen_ai.usage.cost": _positive(row.get("totalCost")),
        },
    )


def _observation(row: Row, *, trace: Row) -> Draft:
    start, end = _moment(row.get("startTime")), _moment(row.get("endTime"))
    failed = str(row.get("level") or "").upper() == "ERROR"
    named: dict[str, Json] = {name: parsed(row.get(key)) for key, name in _ATTRIBUTES.items()}
    named["langfuse.observation.model.name"] = row.get("model") or row.get("providedModelName")
    if not row.get("usageDetails") and isinstance(usage := parsed(row.get("usage")), Mapping):
        named["langfuse.observation.usage_details"] = usage
    if not row.get("costDetails"):
        named["gen_ai.usage.cost"] = _positive(row.get("calculatedTotalCost") or row.get("totalCost"))
    if str(row.get("type") or "").upper() == "TOOL":
        named["gen_ai.tool.name"] = row.get("name")
    return Draft(
        id=str(row.get("id") or derived_id(dict(row))),
        name=str(row.get("name") or row.get("model") or "observation"),
        parent=str(row.get("parentObservationId") or ""),
        start_s=start,
        duration_s=end - start if start is not None and end is not None and end >= start else None,
        error=str(row.get("statusMessage") or "error without a message") if failed else "",
        attributes={**named, **_common(row, trace)},
    )


def _common(row: Row, trace: Row) -> dict[str, Json]:
    return {
        "langfuse.observation.input": parsed(row.get("input")),
        "langfuse.observation.output": parsed(row.get("output")),
        "session.id": trace.get("sessionId") or row.get("sessionId"),
        "user.id": trace.get("userId") or row.get("userId"),
        "langfuse.environment": trace.get("environment") or row.get("environment"),
        "langfuse.release": trace.get("release"),
        "langfuse.trace.tags": trace.get("tags") or None,
    }


def chat_drafts(rows: Iterable[Row]) -> Iterator[tuple[str, list[Draft]]]:
    """A trace for each row: a request with its response, or a conversation as it stands."""
    for place, row in enumerate(rows):
        request = _object(row.get("request")) or row
        answer = _object(row.get("response")) or _object(row.get("completion"))
        messages = request.get("messages")
        held = list(messages) if isinstance(messages, Sequence) and not isinstance(messages, str) else []
        identity = derived_id("chat", place, dict(row))
        if answer:
            yield identity, [_call(row, request, answer, held)]
            continue
        model = str(request.get("model") or "")
        root = Draft(
            id="root",
            name="conversation",
            start_s=_moment(row.get("created_at") or row.get("created") or row.get("timestamp")),
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "input.value": first_question(held),
                "output.value": last_answer(held),
                "user.id": row.get("user"),
                "session.id": row.get("session_id") or row.get("conversation_id"),
            },
        )
        yield identity, [root, *conversation_drafts(held, parent="root", model=model)]


def _call(row: Row, request: Row, answer: Row, messages: list[Json]) -> Draft:
    usage = _object(answer.get("usage"))
    choices = answer.get("choices")
    choice = _object(choices[0]) if isinstance(choices, list) and choices else {}
    error = _object(answer.get("error"))
    latency = row.get("latency_s", row.get("latency"))
    return Draft(
        id=str(answer.get("id") or "call"),
        name=f"chat {request.get('model') or ''}".strip(),
        start_s=_moment(answer.get("created") or row.get("created_at") or row.get("timestamp")),
        duration_s=float(latency) if isinstance(latency, int | float) else None,
        error=str(error.get("message") or "error without a message") if error else "",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": request.get("model"),
            "gen_ai.response.model": answer.get("model"),
            "gen_ai.response.id": answer.get("id"),
            "gen_ai.request.temperature": request.get("temperature"),
            "gen_ai.input.messages": messages,
            "gen_ai.output.messages": [choice["message"]] if "message" in choice else None,
            "gen_ai.response.finish_reasons": [choice.get("finish_reason")] if choice else None,
            "gen_ai.usage.input_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
            "gen_ai.usage.output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
            "gen_ai.usage.cache_read.input_tokens": _object(usage.get("prompt_tokens_details")).get(
                "cached_tokens"
            ),
            "gen_ai.usage.reasoning.output_tokens": _object(usage.get("completion_tokens_details")).get(
                "reasoning_tokens"
            ),
            "user.id": request.get("user"),
        },
    )


def camel(name: str) -> str:
    """`parent_observation_id` as `parentObservationId`."""
    first, *rest = name.replace(" ", "_").split("_")
    return first[:1].lower() + first[1:] + "".join(part[:1].upper() + part[1:] for part in rest)


def _object(value: Json) -> Row:
    found = parsed(value)
    return found if isinstance(found, Mapping) else {}


def _positive(value: Any) -> Json:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None


def _moment(value: Json) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 < value < 1e11 else float(value) / 1000 if 0 < value < 1e14 else None
    found = moment_ns(value)
    return None if found is None else found / 1e9
