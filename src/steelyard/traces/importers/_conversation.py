"""A recorded conversation as spans: each answer of the assistant, and each tool that it called."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from steelyard.core import Json
from steelyard.metrics.agent import result_error
from steelyard.traces._values import parsed
from steelyard.traces.importers._draft import Draft

ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def is_conversation(value: Json) -> bool:
    """Whether a value is a list of chat messages."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) and item.get("role") in ROLES for item in value)
    )


def conversation_drafts(
    messages: Sequence[Json], *, parent: str, model: str = "", start_s: float | None = None
) -> Iterator[Draft]:
    """A model call for each assistant's message, and a tool call for each that it asks for."""
    rows = [item for item in messages if isinstance(item, Mapping)]
    replies: dict[str, deque[Mapping[str, Json]]] = {}
    for row in rows:
        if row.get("role") in ("tool", "function"):
            replies.setdefault(str(row.get("tool_call_id")), deque()).append(row)
    for place, row in enumerate(rows):
        if row.get("role") != "assistant":
            continue
        call_id = f"{parent}/{place}"
        last = rows[place - 1] if place else None
        yield Draft(
            id=call_id,
            name=f"chat {model}".strip(),
            parent=parent,
            start_s=start_s,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": model,
                "gen_ai.input.messages": [last] if last is not None else None,
                "gen_ai.output.messages": [row],
            },
        )
        for number, call in enumerate(_calls(row)):
            # Some recorders use an id again: answers to it come in the order of the calls.
            waiting = replies.get(str(call["id"]))
            reply = waiting.popleft() if waiting else None
            if (
                reply is None
                and place + 1 < len(rows)
                and rows[place + 1].get("role") in ("tool", "function")
            ):
                reply = rows[place + 1]
            yield Draft(
                id=f"{call_id}/{number}",
                name=f"execute_tool {call['name']}".strip(),
                parent=call_id,
                start_s=start_s,
                error="" if reply is None else result_error(reply.get("content")),
                attributes={
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.tool.name": call["name"],
                    "gen_ai.tool.call.id": call["id"],
                    "gen_ai.tool.call.arguments": call["arguments"],
                    "gen_ai.tool.call.result": None if reply is None else reply.get("content"),
                },
            )


def last_answer(messages: Sequence[Json]) -> Json:
    """What the assistant said last."""
    said = [
        item.get("content")
        for item in messages
        if isinstance(item, Mapping) and item.get("role") == "assistant" and item.get("content")
    ]
    return said[-1] if said else None


def first_question(messages: Sequence[Json]) -> Json:
    """What the user said first."""
    asked = [
        item.get("content") for item in messages if isinstance(item, Mapping) and item.get("role") == "user"
    ]
    return asked[0] if asked else None


def _calls(row: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    listed = row.get("tool_calls")
    for item in listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ():
        function = item.get("function") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(function, Mapping):
            yield {
                "id": str(item.get("id") or ""),
                "name": str(function.get("name") or ""),
                "arguments": parsed(function.get("arguments")),
            }
