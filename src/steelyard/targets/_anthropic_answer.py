"""Reading what the Messages API answers, whole or streamed, without trusting it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from steelyard.core import Clock, Json, Output, Span, Usage
from steelyard.targets._events import server_events
from steelyard.targets._json_body import decode_body, invalid_output, token_count
from steelyard.targets._openai_answer import parse_arguments
from steelyard.targets._protocol import RetryableFault
from steelyard.targets._secrets import Redactor


def message_output(
    payload: Any, *, seconds: float | None = None, first_token_s: float | None = None
) -> Output:
    """The output of a message object; a malformed one is a fault of the target."""
    blocks = payload.get("content") if isinstance(payload, Mapping) else None
    if not isinstance(blocks, list):
        return invalid_output("the answer is not a message: it has no list of content", seconds=seconds)
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[Json] = []
    spans: list[Span] = []
    for block in blocks:
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind == "text" and isinstance(block.get("text"), str):
            texts.append(block["text"])
        elif kind == "thinking" and isinstance(block.get("thinking"), str):
            thoughts.append(block["thinking"])
        elif kind == "tool_use":
            arguments, problem = parse_arguments(block.get("input"))
            name, call_id = str(block.get("name") or ""), str(block.get("id") or "")
            calls.append({"id": call_id, "name": name, "arguments": arguments})
            spans.append(Span(name=name, kind="tool", span_id=call_id, input=arguments, error=problem))
    detail: dict[str, Json] = {"model": payload.get("model"), "finish_reason": payload.get("stop_reason")}
    if payload.get("stop_reason") == "refusal":
        detail["refusal"] = "".join(texts) or "refused without a text"
    if thoughts:
        detail["reasoning"] = "".join(thoughts)
    if calls:
        detail["tool_calls"] = calls
    return Output(
        value="".join(texts),
        latency_s=seconds,
        first_token_s=first_token_s,
        usage=usage_from(payload.get("usage")),
        trace=tuple(spans),
        detail=detail,
    )


def usage_from(raw: Any) -> Usage:
    """Token counts; the API counts tokens read from and written to its cache beside the input, we within."""
    if not isinstance(raw, Mapping):
        return Usage()
    fresh = token_count(raw.get("input_tokens"))
    cached = token_count(raw.get("cache_read_input_tokens"))
    written = token_count(raw.get("cache_creation_input_tokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (cached or 0) + (written or 0),
        output_tokens=token_count(raw.get("output_tokens")),
        cached_tokens=cached,
    )


async def read_stream(
    chunks: AsyncIterator[bytes], *, clock: Clock, started: float, redact: Redactor
) -> Output:
    """The output of a streamed message; a stream that ends early is a lost connection (RetryableFault)."""
    message: dict[str, Any] = {"usage": {}}
    blocks: dict[int, dict[str, Any]] = {}
    first: float | None = None
    done = False
    async for _, data in server_events(chunks):
        try:
            event = decode_body(redact.clean_bytes(data))
        except ValueError as error:
            reason = redact(f"an event of the stream is not JSON: {error}")
            return invalid_output(reason, seconds=clock.monotonic() - started)
        kind = event.get("type") if isinstance(event, Mapping) else None
        if kind == "error":
            raise _stream_error(event, redact)
        if kind == "message_stop":
            done = True
            break
        if _take(event, kind, message, blocks) and first is None:
            first = clock.monotonic() - started
    seconds = clock.monotonic() - started
    if not done:
        raise RetryableFault("connection", "the stream ended before the answer did")
    message["content"] = [_whole(block) for _, block in sorted(blocks.items())]
    return message_output(message, seconds=seconds, first_token_s=first)


def _take(event: Any, kind: Any, message: dict[str, Any], blocks: dict[int, dict[str, Any]]) -> bool:
    """Take an event in; whether it held any part of the answer."""
    if kind == "message_start" and isinstance(event.get("message"), Mapping):
        message["model"] = event["message"].get("model")
        _count(message, event["message"].get("usage"))
    elif kind == "message_delta":
        delta = event.get("delta")
        if isinstance(delta, Mapping) and delta.get("stop_reason"):
            message["stop_reason"] = delta["stop_reason"]
        _count(message, event.get("usage"))
    elif kind == "content_block_start" and isinstance(event.get("content_block"), Mapping):
        blocks[_index(event)] = {**event["content_block"], "parts": []}
    elif kind == "content_block_delta" and isinstance(event.get("delta"), Mapping):
        block = blocks.setdefault(_index(event), {"type": "text", "parts": []})
        delta = event["delta"]
        for key in ("text", "partial_json", "thinking"):
            if isinstance(delta.get(key), str):
                block["parts"].append(delta[key])
                return bool(delta[key])
    return False


def _whole(block: dict[str, Any]) -> dict[str, Any]:
    joined = "".join(block.pop("parts"))
    kind = block.get("type")
    if kind in {"text", "thinking"}:
        block[kind] = f"{block.get(kind) or ''}{joined}"
    elif kind == "tool_use" and joined:
        block["input"] = joined
    return block


def _count(message: dict[str, Any], usage: Any) -> None:
    if isinstance(usage, Mapping):
        message["usage"].update({key: value for key, value in usage.items() if value is not None})


def _index(event: Mapping[str, Any]) -> int:
    index = event.get("index")
    return index if isinstance(index, int) else 0


def _stream_error(event: Mapping[str, Any], redact: Redactor) -> RetryableFault:
    error = event.get("error")
    kind = str(error.get("type") or "") if isinstance(error, Mapping) else ""
    text = str(error.get("message") or kind) if isinstance(error, Mapping) else str(error)
    throttled = kind in {"overloaded_error", "rate_limit_error"}
    return RetryableFault("server", redact(f"the stream ended with an error: {text}"), throttled=throttled)
