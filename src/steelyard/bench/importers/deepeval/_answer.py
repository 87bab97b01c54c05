"""What a test run of DeepEval recorded: answers, tool calls, scores of metrics that worked."""

from __future__ import annotations

from collections.abc import Iterator

from steelyard.bench._json_rows import Row
from steelyard.bench._trajectory import conversation_output
from steelyard.bench.importers._values import (
    amount_at,
    as_items,
    as_object,
    count_at,
    moment,
    number_of,
    parsed_cell,
    seconds_between,
)
from steelyard.bench.importers.deepeval._fields import fields, texts, tool_calls
from steelyard.bench.importers.deepeval._golden import is_conversation, turns
from steelyard.core import Json

_PASS = "pass"  # noqa: S105  the name of a score
_SPANS = {"base_spans": "step", "agent_spans": "agent", "llm_spans": "llm", "retriever_spans": "retriever"}
_SPANS["tool_spans"] = "tool"


def recorded_answer(row: Row, *, is_result: bool) -> tuple[Row | None, int]:
    """The recorded-output line of a row and how many metrics failed; None where nothing was recorded.

    `is_result`: the row is of a test run, where a missing answer is an error and not a golden.
    """
    scores, failed = _scores(row)
    output = _conversation(row) if is_conversation(row) else _single(row)
    if output is None and not is_result:
        return None, 0
    if output is None:
        output = {"output": ""} if scores else {"error": "no answer was recorded"}
    usage = {
        "input_tokens": count_at(row, "input_token_count"),
        "output_tokens": count_at(row, "output_token_count"),
    }
    detail: Row = {**as_object(output.get("detail")), "metrics": list(_reasons(row))}
    return {
        **output,
        "latency_s": amount_at(row, "completion_time"),
        "cost_usd": amount_at(row, "token_cost"),
        "usage": {name: count for name, count in usage.items() if count is not None},
        "scores": dict(scores),
        "detail": {name: value for name, value in detail.items() if value not in (None, [], {})},
    }, failed


def _single(row: Row) -> Row | None:
    answer = row.get("actual_output")
    calls = tool_calls(row.get("tools_called"))
    if answer is None and not calls:
        return None
    retrieved = texts(row.get("retrieval_context"))
    spans = [*_trace(row), *(_tool_span(call) for call in calls)]
    if retrieved:
        spans.append({"name": "retrieval", "kind": "retriever", "output": list(retrieved)})
    detail: Row = {"retrieval_context": list(retrieved) or None}
    if calls:
        detail["tool_calls"] = [{"name": call["name"], "arguments": call["arguments"]} for call in calls]
    return {"output": "" if answer is None else answer, "trace": list(spans), "detail": detail}


def _conversation(row: Row) -> Row | None:
    """The assistant's last text as the answer, the whole conversation and its tool calls beside it."""
    said = turns(row)
    if not any(turn.get("role") == "assistant" for turn in said):
        return None
    messages: list[Row] = [{"role": turn["role"], "content": str(turn.get("content") or "")} for turn in said]
    found = conversation_output(messages)
    calls = [call for turn in said for call in tool_calls(turn.get("tools_called"))]
    detail: Row = {**as_object(found.get("detail"))}
    if calls:
        detail["tool_calls"] = [{"name": call["name"], "arguments": call["arguments"]} for call in calls]
    return {"output": found["output"], "detail": detail, "trace": [_tool_span(call) for call in calls]}


def _tool_span(call: Row) -> Row:
    return {"name": call["name"], "kind": "tool", "input": call["arguments"], "output": call.get("output")}


def _trace(row: Row) -> Iterator[Row]:
    """Spans of a recorded trace without its tools, which `tools_called` names when it is there."""
    trace = fields(as_object(row.get("trace")))
    for name, kind in _SPANS.items():
        if name == "tool_spans" and row.get("tools_called"):
            continue
        for item in as_items(trace.get(name)):
            span = fields(as_object(item))
            start = moment(span.get("start_time"))
            yield {
                "name": str(span.get("name") or kind),
                "kind": kind,
                "span_id": str(span.get("uuid") or ""),
                "parent_id": str(span.get("parent_uuid") or ""),
                "start_s": start.timestamp() if start else None,
                "duration_s": seconds_between(span.get("start_time"), span.get("end_time")),
                "input": span.get("input"),
                "output": span.get("output"),
                "error": str(span.get("error") or ""),
                "attributes": {key: span[key] for key in ("model", "provider", "metadata") if key in span},
            }


def _metrics(row: Row) -> Iterator[Row]:
    for item in as_items(parsed_cell(row.get("metrics_data"))):
        metric = fields(as_object(item))
        if isinstance(metric.get("name"), str):
            yield metric


def _scores(row: Row) -> tuple[dict[str, float], int]:
    """Metric name to score, and how many metrics failed.

    A metric that failed has no score; then the verdict of the test, which counts it as not passed, is left
    out too, unless the metric was marked as flaky and does not count.
    """
    scores: dict[str, float] = {}
    failed = counted = 0
    for metric in _metrics(row):
        value = metric.get("score")
        number = number_of(value) if isinstance(value, bool | int | float) else None
        if metric.get("error") or number is None:
            failed += 1
            counted += metric.get("flaky") is not True
            continue
        base = str(metric["name"])
        name, copies = base, 1
        while name in scores or name == _PASS:
            copies += 1
            name = f"{base}-{copies}"
        scores[name] = number
    success = row.get("success")
    return {
        **({_PASS: float(success)} if isinstance(success, bool) and not counted else {}),
        **scores,
    }, failed


def _reasons(row: Row) -> Iterator[Json]:
    """What each metric said, for readers."""
    for metric in _metrics(row):
        kept = ("name", "score", "threshold", "success", "reason", "error", "evaluation_model")
        yield {key: metric[key] for key in kept if key in metric}
