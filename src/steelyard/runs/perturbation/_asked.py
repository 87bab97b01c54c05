"""The text that a case asks: found in plain input, in the last user message, or in an object's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from steelyard.core import Case, Json, Message

ChangeText = Callable[[str, str], str]
"""(text, name of its place) to the changed text."""

_NO_TEXT = frozenset(
    {"options", "choices", "id", "url", "uri", "path", "type", "role", "name", "language", "lang", "model"}
)
"""Fields of an object that are not put in words of the asker's own."""


def change_asked(case: Case, change: ChangeText) -> Case:
    """The case with the text asked changed: plain input, last user message, text fields of an object.

    Options, identifiers and addresses in objects stay. A conversation's script has its last user turn
    changed. An empty text is never passed on, and never put in place of one that is not.
    """
    turns = case.turns
    if turns:
        turns = cast("tuple[Message, ...]", tuple(_messages(turns, change, "turns")))
    value = _value(case.input, change, "input")
    return replace(case, input=value, turns=turns)


def map_texts(value: Json, change: Callable[[str], str]) -> Json:
    """A JSON value with every text in it changed; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: map_texts(item, change) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [map_texts(item, change) for item in value]
    return value


def is_messages(value: Json) -> bool:
    """Whether a JSON value is a list of chat messages."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) and "role" in item for item in value)
    )


def _value(value: Json, change: ChangeText, place: str) -> Json:
    if isinstance(value, str):
        return _text(value, change, place)
    if is_messages(value):
        return _messages(cast("Sequence[Message]", value), change, place)
    if isinstance(value, Mapping):
        return {
            key: item if key.casefold() in _NO_TEXT else _value(item, change, f"{place}.{key}")
            for key, item in value.items()
        }
    if isinstance(value, Sequence):
        return [_value(item, change, f"{place}.{number}") for number, item in enumerate(value)]
    return value


def _text(text: str, change: ChangeText, place: str) -> str:
    if not text.strip():
        return text
    changed = change(text, place)
    return changed if changed.strip() else text


def _messages(messages: Sequence[Message], change: ChangeText, place: str) -> list[Json]:
    last = max((at for at, message in enumerate(messages) if message.get("role") == "user"), default=None)
    return [
        dict(message) if at != last else {**message, "content": _content(message, change, f"{place}.{at}")}
        for at, message in enumerate(messages)
    ]


def _content(message: Message, change: ChangeText, place: str) -> Json:
    content = message.get("content")
    if isinstance(content, str):
        return _text(content, change, place)
    if not isinstance(content, Sequence):
        return content
    return [_part(part, change, f"{place}.{number}") for number, part in enumerate(content)]


def _part(part: Json, change: ChangeText, place: str) -> Json:
    if not isinstance(part, Mapping):
        return part
    text = part.get("text")
    return {**part, "text": _text(text, change, place)} if isinstance(text, str) else part
