"""What was asked and answered, out of the shapes in which tracing tools keep it."""

from __future__ import annotations

from collections.abc import Mapping

from steelyard.bench._json_rows import Row
from steelyard.bench._row import as_text
from steelyard.bench._trajectory import conversation_output, is_conversation
from steelyard.bench.importers._values import as_items, as_object, number_of, parsed_cell, shown_text, text_at
from steelyard.core import Json, canonical_json

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "chat": "user"}
_CLASSES = {
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "AIMessageChunk": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "function",
}
_KNOWN_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def asked(value: Json) -> Json:
    """The input of a case: text, chat messages, or an object; None when there is nothing.

    JSON text is parsed, and an object of one key is what stands under it where that is text or messages.
    """
    value = parsed_cell(value)
    if value in (None, "", [], {}):
        return None
    if isinstance(value, Mapping):
        inner = parsed_cell(next(iter(value.values()))) if len(value) == 1 else None
        if isinstance(inner, str) and inner.strip():
            return inner
        messages = chat_messages(inner) if inner is not None else None
        return messages if messages is not None else value
    if isinstance(value, list):
        messages = chat_messages(value)
        return messages if messages is not None else {"items": value}
    return as_text(value)


def expected(value: Json) -> Json:
    """The expectation of a case: text, texts, or an object; None when nothing is known."""
    value = parsed_cell(value)
    if value in (None, "", [], {}):
        return None
    if isinstance(value, Mapping):
        return _expected_object(value)
    return _expected_list(value) if isinstance(value, list) else as_text(value)


def _expected_object(value: Mapping[str, Json]) -> Json:
    text = _message_text(value)
    if text is not None:
        return text
    inner = next(iter(value.values())) if len(value) == 1 else None
    if isinstance(inner, list):
        plain = all(not isinstance(item, Mapping | list) for item in inner)
        return expected(inner) if plain else value
    return value if inner is None or isinstance(inner, Mapping) else as_text(inner)


def _expected_list(value: list[Json]) -> Json:
    messages = chat_messages(value)
    if messages is not None:
        return as_text(answer(messages)["output"])
    if all(isinstance(item, Mapping) and isinstance(item.get("name"), str) for item in value):
        return {"tool_calls": value}
    if any(isinstance(item, Mapping | list) or item is None for item in value):
        return {"items": value}
    return [as_text(item) for item in value]


def answer(value: Json) -> Row:
    """The recorded-output line of an answer: its value, and where it is a conversation its tool calls."""
    value = parsed_cell(value)
    if isinstance(value, Mapping):
        text = _message_text(value)
        if text is not None:
            return _spoken([value]) if value.get("tool_calls") else {"output": text}
        for key in ("messages", "output", "generations", "choices"):
            found = _nested_answer(value.get(key), key)
            if found is not None and (len(value) == 1 or key != "output"):
                return found
        inner = next(iter(value.values())) if len(value) == 1 else None
        if isinstance(inner, str | int | float):
            return {"output": as_text(inner)}
        return {"output": value}
    messages = chat_messages(value) if isinstance(value, list) else None
    if messages is not None and is_conversation(messages):
        return conversation_output(messages)
    return {"output": value if isinstance(value, str | list) or value is None else as_text(value)}


def chat_messages(value: Json) -> list[Mapping[str, Json]] | None:
    """Chat messages in the common shape, also from LangChain's; None when it is not a list of them."""
    items = as_items(value)
    if len(items) == 1 and isinstance(items[0], list):
        items = items[0]
    messages = [_message(item) for item in items]
    whole = [message for message in messages if message is not None]
    return whole if whole and len(whole) == len(messages) else None


def marks(value: Json) -> tuple[dict[str, float], Row]:
    """Scores by name as numbers, and those that are words or carry a comment.

    Read are `{name: value}`, `{name: [values]}`, `{name: {"average" | "avg" | "score" | "value": …}}` and
    lists of `{"name" | "key", "value" | "score", "comment"}`. Several numbers of one name are averaged.
    """
    found: dict[str, list[float]] = {}
    said: Row = {}
    value = parsed_cell(value)
    if isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        pairs = [(text_at(as_object(item), "name", "key"), item) for item in as_items(value)]
    for name, item in pairs:
        if not name:
            continue
        numbers, words = _mark(item)
        found.setdefault(name, []).extend(numbers)
        if words:
            said[name] = words
    return {name: sum(numbers) / len(numbers) for name, numbers in found.items() if numbers}, said


def _mark(item: Json) -> tuple[list[float], Json]:
    """Numbers of one score, and the words that came with it."""
    if isinstance(item, Mapping):
        words = text_at(item, "comment", "reasoning", "reason", "rationale")
        for key in ("average", "avg", "score", "value", "values"):
            if item.get(key) is not None:
                numbers, more = _mark(item[key])
                return numbers, words or text_at(item, "stringValue", "string_value") or more
        return [], words or text_at(item, "stringValue", "string_value")
    if isinstance(item, list):
        parts = [_mark(part) for part in item]
        return [number for numbers, _ in parts for number in numbers], [w for _, w in parts if w] or None
    number = number_of(item)
    if number is not None:
        return [number], None
    return [], item if isinstance(item, str) and item else None


def _message(item: Json) -> Mapping[str, Json] | None:
    row = as_object(item)
    if isinstance(row.get("kwargs"), Mapping) and isinstance(row.get("id"), list):
        name = next(reversed(as_items(row["id"])), "")
        row = {**as_object(row["kwargs"]), "role": _CLASSES.get(str(name), "")}
    elif isinstance(row.get("data"), Mapping) and isinstance(row.get("type"), str):
        row = {**as_object(row["data"]), "type": row["type"]}
    role = row.get("role")
    if not isinstance(role, str):
        kind = row.get("type")
        role = _ROLES.get(kind, kind) if isinstance(kind, str) else None
    role = _ROLES.get(role, role) if isinstance(role, str) else None
    if role not in _KNOWN_ROLES or not isinstance(row.get("content"), str | list | None):
        return None
    content = row.get("content")
    calls = _tool_calls(row)
    if content is None and not calls:
        return None
    message: Row = {"role": role, "content": content}
    for name in ("name", "tool_call_id"):
        if isinstance(row.get(name), str):
            message[name] = row[name]
    return {**message, "tool_calls": calls} if calls else message


def _tool_calls(row: Mapping[str, Json]) -> list[Json]:
    """Calls in the shape of chat completions, from that or from LangChain's `{"name", "args", "id"}`."""
    listed = row.get("tool_calls") or as_object(row.get("additional_kwargs")).get("tool_calls")
    calls: list[Json] = []
    for item in as_items(listed):
        call = as_object(item)
        if isinstance(call.get("function"), Mapping):
            calls.append(call)
        elif isinstance(call.get("name"), str):
            arguments = call.get("args", call.get("arguments"))
            text = arguments if isinstance(arguments, str) else canonical_json(arguments or {})
            function: Row = {"name": call["name"], "arguments": text}
            calls.append({"id": str(call.get("id") or ""), "type": "function", "function": function})
    return calls


def _message_text(value: Mapping[str, Json]) -> str | None:
    """The text of a single message of an assistant; None when it is something else."""
    message = _message(value) if {"content", "kwargs"} & value.keys() else None
    if message is None or message.get("role") != "assistant":
        return None
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(text_at(as_object(part), "text") for part in as_items(content))


def _spoken(items: list[Json]) -> Row:
    messages = chat_messages(items)
    return conversation_output(messages) if messages is not None else {"output": shown_text(items)}


def _nested_answer(value: Json, key: str) -> Row | None:
    """The answer inside the envelopes of chat completions and of LangChain; None when there is none."""
    if key == "choices":
        choice = as_object(next(iter(as_items(value)), None))
        return answer(choice["message"]) if isinstance(choice.get("message"), Mapping) else None
    if key == "generations":
        first = next(iter(as_items(value)), None)
        first = next(iter(as_items(first)), None) if isinstance(first, list) else first
        generation = as_object(first)
        if isinstance(generation.get("message"), Mapping):
            return answer(generation["message"])
        return {"output": generation["text"]} if isinstance(generation.get("text"), str) else None
    messages = chat_messages(value) if isinstance(value, list) else None
    if messages is not None and is_conversation(messages):
        return conversation_output(messages)
    if isinstance(value, Mapping):
        text = _message_text(value)
        return None if text is None else {"output": text}
    return None
