"""Chat messages and tool calls of Inspect in the shapes of this project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.bench._json_rows import Row
from steelyard.bench._replies import ToolReplies
from steelyard.bench.importers._values import (
    as_items,
    as_object,
    moment,
    number_of,
    seconds_between,
    text_at,
)
from steelyard.core import Json, canonical_json

_REFERENCE = "attachment://"
_MOST_INLINED = 256 * 2**20
_URLS = {"image": "image_url", "audio": "input_audio", "video": "video_url", "document": "file"}


class Attachments:
    """Puts back texts that a log keeps apart and refers to as `attachment://…`."""

    def __init__(self, texts: Mapping[str, Json]) -> None:
        self._texts = texts
        self._size = 0
        self.lost = 0

    def resolve(self, value: Json) -> Json:
        """The value with every reference replaced; raises ValueError when that makes it huge."""
        if isinstance(value, str):
            return self._text(value) if value.startswith(_REFERENCE) else value
        if isinstance(value, dict | Mapping):
            return {name: self.resolve(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.resolve(item) for item in value]
        return value

    def _text(self, value: str) -> str:
        found = self._texts.get(value.removeprefix(_REFERENCE))
        if not isinstance(found, str):
            self.lost += 1
            return value
        self._size += len(found)
        if self._size > _MOST_INLINED:
            raise ValueError("refers to attachments of more than 256 MiB in all")
        return found


def plain_content(content: Json) -> Json:
    """Text, or the list of parts in the common form: text, `image_url` and the like."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    parts: list[Json] = []
    for item in content:
        part = as_object(item)
        kind = part.get("type")
        if isinstance(item, str) or kind == "text":
            parts.append({"type": "text", "text": item if isinstance(item, str) else part.get("text")})
        elif isinstance(kind, str) and kind in _URLS and isinstance(part.get(kind), str):
            parts.append({"type": _URLS[kind], _URLS[kind]: {"url": part[kind]}})
        elif kind != "reasoning":
            parts.append(item)
    if all(as_object(part).get("type") == "text" for part in parts):
        return "\n".join(str(as_object(part).get("text") or "") for part in parts)
    return parts


def plain_text(content: Json) -> str:
    """The text of a message's content, without reasoning, images and the like."""
    if isinstance(content, str):
        return content
    texts = [
        as_object(item).get("text") for item in as_items(content) if as_object(item).get("type") == "text"
    ]
    return "\n".join(text for text in texts if isinstance(text, str))


def plain_message(message: Mapping[str, Json]) -> Row:
    """A chat message as providers take it: role, content, tool calls with arguments as JSON text."""
    plain: Row = {
        "role": text_at(message, "role") or "user",
        "content": plain_content(message.get("content")),
    }
    calls = [as_object(call) for call in as_items(message.get("tool_calls"))]
    if calls:
        plain["tool_calls"] = [
            {
                "id": str(call.get("id") or ""),
                "type": "function",
                "function": {
                    "name": str(call.get("function") or ""),
                    "arguments": _as_json_text(call.get("arguments")),
                },
            }
            for call in calls
        ]
    if message.get("tool_call_id") is not None:
        plain["tool_call_id"] = str(message["tool_call_id"])
    if plain["role"] == "tool" and message.get("function"):
        plain["name"] = str(message["function"])
    return plain


def message_spans(messages: Sequence[Json]) -> list[Row]:
    """A span for each tool call of a conversation, with what the tool said."""
    rows = [as_object(item) for item in messages]
    replies = ToolReplies(rows)
    spans: list[Row] = []
    for row in rows:
        for item in as_items(row.get("tool_calls")):
            call = as_object(item)
            reply = replies.take(call.get("id"))
            spans.append(
                _span(
                    call,
                    output=plain_text(reply.get("content")) if reply else None,
                    error=_error(reply.get("error")) or _error(call.get("parse_error")),
                )
            )
    return spans


def event_spans(events: Sequence[Json], attachments: Attachments) -> list[Row]:
    """Spans of the tool and model calls among a sample's events, with their times."""
    spans: list[Row] = []
    for item in events:
        event = as_object(item)
        kind = event.get("event")
        if kind == "tool":
            result = attachments.resolve(event.get("result"))
            text = plain_text(result) if isinstance(result, list) else result
            call = {**event, "arguments": attachments.resolve(event.get("arguments"))}
            spans.append({**_span(call, output=text, error=_error(event.get("error"))), **_times(event)})
        elif kind == "model":
            spans.append({**_model_span(event), **_times(event)})
        if kind in ("tool", "subtask"):
            spans += event_spans(as_items(event.get("events")), attachments)
    return spans


def _span(call: Mapping[str, Json], *, output: Json, error: str) -> Row:
    return {
        "name": str(call.get("function") or ""),
        "kind": "tool",
        "span_id": str(call.get("id") or ""),
        "input": call.get("arguments") if call.get("arguments") is not None else {},
        "output": output,
        "error": error,
    }


def _model_span(event: Mapping[str, Json]) -> Row:
    output = as_object(event.get("output"))
    attributes = {name: output.get(name) for name in ("usage", "stop_reason") if output.get(name)}
    if event.get("role"):
        attributes["role"] = event["role"]
    return {
        "name": str(event.get("model") or output.get("model") or ""),
        "kind": "llm",
        "error": _error(event.get("error")),
        "attributes": attributes,
    }


def _times(event: Mapping[str, Json]) -> Row:
    start = moment(event.get("timestamp"))
    took = seconds_between(event.get("timestamp"), event.get("completed"))
    if took is None:
        took = number_of(event.get("working_time"))
    return {"start_s": start.timestamp() if start else None, "duration_s": took}


def _error(value: Json) -> str:
    if isinstance(value, Mapping):
        kind, message = str(value.get("type") or ""), str(value.get("message") or "")
        return f"{kind}: {message}" if kind and message else kind or message
    return value if isinstance(value, str) else ""


def _as_json_text(arguments: Json) -> str:
    return arguments if isinstance(arguments, str) else canonical_json(arguments or {})
