"""Chat messages out of the shapes in which instrumentations record them.

A message becomes `{"role", "content", "tool_calls"?, "tool_call_id"?, "name"?, "finish_reason"?}`: content is
text, or a list of parts where there is more than text; a tool call is `{"id", "name", "arguments"}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from steelyard.core import Json
from steelyard.traces._values import parsed, shown

Row = Mapping[str, Json]

_INDEXED = re.compile(
    r"^(?:llm\.(?P<oi>input|output)_messages\.(?P<oi_no>\d{1,5})\.message\.(?P<oi_rest>.+)"
    r"|gen_ai\.(?P<tl>prompt|completion)\.(?P<tl_no>\d{1,5})\.(?P<tl_rest>.+))$"
)
_TOOL_CALL = re.compile(r"^tool_calls\.(?P<no>\d{1,5})\.(?:tool_call\.)?(?P<rest>.+)$")
_PART = re.compile(r"^contents\.(?P<no>\d{1,5})\.message_content\.(?P<rest>.+)$")
_EVENT_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}


def input_messages(attributes: Row, events: Sequence[tuple[str, Row]] = ()) -> list[dict[str, Json]]:
    """What went into a model call; [] where nothing was recorded as messages."""
    system = parsed(attributes.get("gen_ai.system_instructions"))
    first = [{"role": "system", "content": _content(system)}] if system else []
    for key in ("gen_ai.input.messages", "ai.prompt.messages"):
        if key in attributes:
            return [*first, *messages_of(attributes[key])]
    indexed = _indexed(attributes, {"input", "prompt"})
    if indexed:
        return [*first, *indexed]
    said = [
        _event_message(name, row) for name, row in events if name in _EVENT_ROLES and name != "gen_ai.choice"
    ]
    if said:
        return [*first, *said]
    for _, row in events:
        if "gen_ai.input.messages" in row:
            return [*first, *messages_of(row["gen_ai.input.messages"])]
    return [*first, *messages_of(_inside(attributes.get("input.value")))]


def output_messages(attributes: Row, events: Sequence[tuple[str, Row]] = ()) -> list[dict[str, Json]]:
    """What came out of a model call; [] where nothing was recorded as messages."""
    if "gen_ai.output.messages" in attributes:
        return messages_of(attributes["gen_ai.output.messages"])
    indexed = _indexed(attributes, {"output", "completion"})
    if indexed:
        return indexed
    said = [_event_message(name, row) for name, row in events if name == "gen_ai.choice"]
    if said:
        return said
    for _, row in events:
        if "gen_ai.output.messages" in row:
            return messages_of(row["gen_ai.output.messages"])
    text = attributes.get("ai.response.text")
    return [{"role": "assistant", "content": text}] if isinstance(text, str) else []


def messages_of(value: Json) -> list[dict[str, Json]]:
    """Messages of a list, or of its JSON text; [] for everything else."""
    found = parsed(value)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [_message(item) for item in found if isinstance(item, Mapping) and "role" in item]


def _inside(value: Json) -> Json:
    found = parsed(value)
    return found.get("messages") if isinstance(found, Mapping) else found


def _message(row: Row) -> dict[str, Json]:
    given = row.get("parts")
    parts = [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []
    message: dict[str, Json] = {"role": shown(row.get("role"))}
    message["content"] = _content(parts) if parts else _plain(row.get("content"))
    calls = [_call(item) for item in [*parts, *_listed(row.get("tool_calls"))] if _is_call(item)]
    if calls:
        message["tool_calls"] = list(calls)
    for key in ("tool_call_id", "name", "finish_reason"):
        if row.get(key):
            message[key] = row[key]
    reply = next((item for item in parts if item.get("type") == "tool_call_response"), None)
    if reply is not None:
        message["tool_call_id"] = shown(reply.get("id"))
        message["content"] = reply.get("response", reply.get("result"))
    return message


def _plain(value: Json) -> Json:
    return _content(value) if isinstance(value, list) else value


def _content(value: Json) -> Json:
    """The text of parts that are text alone; otherwise the parts that are no calls."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    kept = [item for item in value if not (isinstance(item, Mapping) and _is_call(item))]
    texts = [_part_text(item) for item in kept]
    whole = [text for text in texts if text is not None]
    return "\n".join(whole) if len(whole) == len(texts) else kept


def _part_text(part: Json) -> str | None:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping) or part.get("type", "text") != "text":
        return None
    text = part.get("content", part.get("text"))
    return text if isinstance(text, str) else None


def _is_call(part: Row) -> bool:
    return part.get("type") in ("tool_call", "server_tool_call", "function", "tool-call", "tool_use")


def _call(part: Row) -> dict[str, Json]:
    function = part.get("function")
    source = function if isinstance(function, Mapping) else part
    arguments = source.get("arguments", source.get("args", source.get("input")))
    return {
        "id": shown(part.get("id", part.get("toolCallId"))),
        "name": shown(source.get("name", source.get("toolName"))),
        "arguments": parsed(arguments),
    }


def _listed(value: Json) -> Iterable[Row]:
    found = parsed(value)
    rows = found if isinstance(found, list) else []
    return [{"type": "function", **item} for item in rows if isinstance(item, Mapping)]


def _indexed(attributes: Row, sides: set[str]) -> list[dict[str, Json]]:
    """Messages written one attribute a field: `llm.input_messages.0.message.role` and its like."""
    found: dict[int, dict[str, Json]] = {}
    for key, value in attributes.items():
        match = _INDEXED.match(key)
        if match is not None and (match["oi"] or match["tl"]) in sides:
            found.setdefault(int(match["oi_no"] or match["tl_no"]), {})[
                match["oi_rest"] or match["tl_rest"]
            ] = value
    default = "assistant" if "output" in sides else "user"
    return [_gathered(fields, default) for _, fields in sorted(found.items())]


def _gathered(fields: Row, default: str) -> dict[str, Json]:
    calls: dict[int, dict[str, Json]] = {}
    parts: dict[int, dict[str, Json]] = {}
    message: dict[str, Json] = {
        "role": shown(fields.get("role")) or default,
        "content": fields.get("content"),
    }
    for key, value in fields.items():
        if call := _TOOL_CALL.match(key):
            calls.setdefault(int(call["no"]), {})[call["rest"].removeprefix("function.")] = value
        elif part := _PART.match(key):
            parts.setdefault(int(part["no"]), {})[part["rest"]] = value
        elif key in ("tool_call_id", "name", "finish_reason"):
            message[key] = value
    if parts and message["content"] is None:
        message["content"] = _content([row for _, row in sorted(parts.items())])
    if calls:
        message["tool_calls"] = [_call(row) for _, row in sorted(calls.items())]
    return message


def _event_message(name: str, row: Row) -> dict[str, Json]:
    """The older events: attributes, or a body, with `content` or `message`."""
    inner = parsed(row.get("message"))
    fields: Row = {**row, **inner} if isinstance(inner, Mapping) else row
    return _message({"role": _EVENT_ROLES[name], **{key: value for key, value in fields.items() if value}})
