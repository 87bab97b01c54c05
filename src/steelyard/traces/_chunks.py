"""A streamed answer of OpenAI's chat interface, put together from its chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = "Mapping[str, Any]"

_CHUNK = "chat.completion.chunk"


def is_chunk(row: Row) -> bool:
    """Whether an object is a piece of a streamed chat completion."""
    return row.get("object") == _CHUNK


def joined_chunks(chunks: Sequence[Row]) -> dict[str, Any]:
    """The completion that the chunks are of: its first choice, and the usage where a chunk tells it."""
    said: list[str] = []
    calls: dict[int, dict[str, Any]] = {}
    found: dict[str, Any] = {"object": "chat.completion"}
    reason = None
    for chunk in chunks:
        found.update({key: chunk[key] for key in ("id", "model", "usage") if chunk.get(key)})
        for choice in chunk.get("choices") or ():
            if not isinstance(choice, Mapping) or choice.get("index", 0) != 0:
                continue
            reason = choice.get("finish_reason") or reason
            delta = choice.get("delta")
            if isinstance(delta, Mapping):
                said += [delta["content"]] if isinstance(delta.get("content"), str) else []
                _take_calls(delta.get("tool_calls"), calls)
    message: dict[str, Any] = {"role": "assistant", "content": "".join(said) if said else None}
    if calls:
        message["tool_calls"] = [calls[place] for place in sorted(calls)]
    return {**found, "choices": [{"index": 0, "finish_reason": reason, "message": message}]}


def _take_calls(deltas: Any, calls: dict[int, dict[str, Any]]) -> None:
    """A call's name comes once, its arguments piece by piece."""
    for delta in deltas if isinstance(deltas, list | tuple) else ():
        place = delta.get("index") if isinstance(delta, Mapping) else None
        if not isinstance(place, int):
            continue
        call = calls.setdefault(
            place, {"id": None, "type": "function", "function": {"name": "", "arguments": ""}}
        )
        call["id"] = delta.get("id") or call["id"]
        function = delta.get("function")
        if isinstance(function, Mapping):
            for key in ("name", "arguments"):
                call["function"][key] += str(function.get(key) or "")
