"""A recorded conversation of an agent, as one output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from steelyard.bench._json_rows import Row, parse_strict
from steelyard.bench._replies import ToolReplies
from steelyard.core import Json

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def is_conversation(value: Json) -> TypeGuard[list[Mapping[str, Json]]]:
    """Whether a value is a list of chat messages in which an assistant speaks."""
    if not isinstance(value, list) or not value:
        return False
    roles = [item.get("role") if isinstance(item, Mapping) else None for item in value]
    return "assistant" in roles and all(isinstance(role, str) and role in _ROLES for role in roles)


def conversation_output(messages: Sequence[Mapping[str, Json]]) -> Row:
    """The recorded-output line of a conversation.

    The answer is the assistant's last text; `detail` keeps the messages and the tool calls, and the
    trace has a span for each call with what the tool said.
    """
    answers = [item.get("content") for item in messages if item.get("role") == "assistant"]
    texts = [text for text in answers if isinstance(text, str) and text.strip()]
    replies = ToolReplies(messages)
    calls = [call for item in messages for call in _calls(item)]
    spans: list[Json] = [
        {
            "name": call["name"],
            "kind": "tool",
            "span_id": call["id"],
            "input": call["arguments"],
            "output": replies.take(call["id"]).get("content"),
        }
        for call in calls
    ]
    detail: Row = {"messages": list(messages)}
    if calls:
        detail["tool_calls"] = list(calls)
    return {"output": texts[-1] if texts else "", "detail": detail, "trace": spans}


def _calls(message: Mapping[str, Json]) -> list[Row]:
    """The tool calls of a message in the common form `{"id", "name", "arguments"}`."""
    calls: list[Row] = []
    listed = message.get("tool_calls")
    for item in listed if isinstance(listed, list) else []:
        function = item.get("function") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(function, Mapping):
            continue
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            try:
                arguments = parse_strict(arguments)
            except ValueError:
                arguments = {"text": arguments}
        calls.append(
            {"id": str(item.get("id") or ""), "name": str(function.get("name") or ""), "arguments": arguments}
        )
    return calls
