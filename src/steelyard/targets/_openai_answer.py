"""Reading what an OpenAI-compatible server answers, without trusting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from steelyard.core import Json, Output, Span, Usage
from steelyard.targets._json_body import decode_text, invalid_output, token_count


def completion_output(
    payload: Any, *, seconds: float | None = None, first_token_s: float | None = None
) -> Output:
    """The output of a chat completion object; a malformed one is a fault of the target."""
    try:
        choice = payload["choices"][0]
        message = choice["message"]
        content = message.get("content")
        finish = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        return invalid_output("the answer is not a chat completion: no choices[0].message", seconds=seconds)
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    if content is not None and not isinstance(content, str):
        return invalid_output("choices[0].message.content is not text", seconds=seconds)
    detail: dict[str, Json] = {"model": payload.get("model"), "finish_reason": finish}
    trace: tuple[Span, ...] = ()
    if len(message) > 2 or choice.get("logprobs") or content is None:
        trace = _extras(message, choice, detail)
    if not content and isinstance(detail.get("refusal"), str):
        content = str(detail["refusal"])
    return Output(
        value=content or "",
        latency_s=seconds,
        first_token_s=first_token_s,
        usage=usage_from(payload.get("usage")),
        trace=trace,
        detail=detail,
    )


def _extras(
    message: Mapping[str, Any], choice: Mapping[str, Any], detail: dict[str, Json]
) -> tuple[Span, ...]:
    """What a plain answer does not have: refusal, reasoning, log-probabilities, tool calls."""
    for key in ("refusal", "annotations", "audio"):
        if message.get(key):
            detail[key] = message[key]
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    if reasoning:
        detail["reasoning"] = reasoning
    logprobs = choice.get("logprobs")
    if isinstance(logprobs, Mapping) and logprobs.get("content"):
        detail["logprobs"] = logprobs["content"]
    calls, spans = tool_calls(message.get("tool_calls"))
    if calls:
        detail["tool_calls"] = calls
    return spans


def tool_calls(raw: Any) -> tuple[list[Json], tuple[Span, ...]]:
    """Tool calls as `{"id", "name", "arguments"}` and as spans whose input is the arguments."""
    calls: list[Json] = []
    spans: list[Span] = []
    for item in raw if isinstance(raw, Sequence) and not isinstance(raw, str) else ():
        function = item.get("function") if isinstance(item, Mapping) else None
        if not isinstance(function, Mapping):
            continue
        name = str(function.get("name") or "")
        call_id = str(item.get("id") or "")
        arguments, problem = parse_arguments(function.get("arguments"))
        calls.append({"id": call_id, "name": name, "arguments": arguments})
        spans.append(Span(name=name, kind="tool", span_id=call_id, input=arguments, error=problem))
    return calls, tuple(spans)


def parse_arguments(raw: Any) -> tuple[Json, str]:
    """Arguments that a model wrote as JSON text, and what is wrong with them (the text is kept then)."""
    if not isinstance(raw, str):
        return (
            (raw, "")
            if isinstance(raw, Mapping)
            else ({}, "" if raw is None else "arguments are not an object")
        )
    if not raw.strip():
        return {}, ""
    try:
        parsed: Json = decode_text(raw)
    except ValueError as error:
        return raw, f"arguments are not JSON: {error}"
    return parsed, "" if isinstance(parsed, Mapping) else "arguments are not an object"


def usage_from(raw: Any) -> Usage:
    """Token counts; what is not a count is unknown."""
    if not isinstance(raw, Mapping):
        return Usage()
    read = raw.get("prompt_tokens_details")
    written = raw.get("completion_tokens_details")
    return Usage(
        input_tokens=token_count(raw.get("prompt_tokens")),
        output_tokens=token_count(raw.get("completion_tokens")),
        cached_tokens=token_count(read.get("cached_tokens")) if isinstance(read, Mapping) else None,
        reasoning_tokens=token_count(written.get("reasoning_tokens"))
        if isinstance(written, Mapping)
        else None,
    )
