"""What the answers of model providers say of themselves, in the names of the conventions.

Read are a chat completion and a response of OpenAI's interfaces, and a message of Anthropic's; many other
servers answer in these shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from steelyard.core import Json

Row: TypeAlias = "Mapping[str, Any]"


def is_answer(row: Row) -> bool:
    """Whether an object is an answer in one of the known shapes."""
    if row.get("object") == "response":
        return isinstance(row.get("output"), list)
    if row.get("type") == "message" and row.get("role") == "assistant":
        return isinstance(row.get("content"), list)
    return any("message" in choice for choice in _rows(row.get("choices")))


def answer_attributes(answer: Row) -> dict[str, Json]:
    """Attributes of a span that made this answer; None where the answer does not say."""
    usage, said = _row(answer.get("usage")), answer_messages(answer)
    read = usage.get("prompt_tokens", usage.get("input_tokens"))
    cached = usage.get("cache_read_input_tokens")
    if cached is not None or "cache_creation_input_tokens" in usage:
        # Anthropic counts what the cache held or took beside its input tokens.
        parts = (read, cached, usage.get("cache_creation_input_tokens"))
        read = sum(part for part in parts if isinstance(part, int) and not isinstance(part, bool))
    else:
        inside = _row(usage.get("prompt_tokens_details")) or _row(usage.get("input_tokens_details"))
        cached = inside.get("cached_tokens")
    written = _row(usage.get("completion_tokens_details")) or _row(usage.get("output_tokens_details"))
    return {
        "gen_ai.response.model": answer.get("model"),
        "gen_ai.response.id": answer.get("id"),
        "gen_ai.output.messages": said or None,
        "gen_ai.response.finish_reasons": _reasons(answer) or None,
        "gen_ai.usage.input_tokens": read,
        "gen_ai.usage.output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
        "gen_ai.usage.cache_read.input_tokens": cached,
        "gen_ai.usage.reasoning.output_tokens": written.get("reasoning_tokens"),
    }


def answer_messages(answer: Row) -> list[Json]:
    """The messages that came back, tool calls among them."""
    choices = _rows(answer.get("choices"))
    if choices:
        return [choice["message"] for choice in choices if isinstance(choice.get("message"), Mapping)]
    texts: list[str] = []
    calls: list[Json] = []
    for item in (*_rows(answer.get("output")), *_rows(answer.get("content"))):
        kind = item.get("type")
        if kind == "message":
            texts += [_text(part) for part in _rows(item.get("content"))]
        elif kind == "text":
            texts.append(_text(item))
        elif kind in ("function_call", "tool_use"):
            function = {"name": item.get("name"), "arguments": item.get("arguments", item.get("input"))}
            called = item.get("call_id", item.get("id"))
            calls.append({"id": called, "type": "function", "function": function})
    if not texts and not calls:
        return []
    message: dict[str, Json] = {"role": "assistant", "content": "".join(texts) if texts else None}
    return [{**message, "tool_calls": calls} if calls else message]


def _reasons(answer: Row) -> list[Json]:
    found = [choice.get("finish_reason") for choice in _rows(answer.get("choices"))]
    return [reason for reason in (*found, answer.get("stop_reason")) if isinstance(reason, str) and reason]


def _text(part: Row) -> str:
    text = part.get("text") or part.get("refusal")
    return text if isinstance(text, str) else ""


def _row(value: Any) -> Row:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> list[Row]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []
