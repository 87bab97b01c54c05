"""The first words of what went in or came out, without parsing all of it."""

from __future__ import annotations

import json
from json import decoder
from typing import Any

from steelyard.traces._clean import clean_text
from steelyard.traces._values import shown

LENGTH = 72
"""Characters of a preview."""
_SCAN: Any = decoder.scanstring  # type: ignore[attr-defined]  # the decoder's own, not in its stubs
_KEYS = ('"content":', '"text":')


def preview(value: Any, *, last: bool) -> str:
    """The beginning of a text, or of a message's content: of the last message, or of the first.

    A list of messages is JSON text as a rule. Only the one string that is shown is decoded.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else shown(value)
    if text[:1] in ("[", "{"):
        text = _content(text, last=last)
    return _one_line(text) if text else ""


def _one_line(text: str) -> str:
    """The beginning with single spaces for all white space; most texts need no change."""
    head = text[: LENGTH + 1]
    if head.isprintable() and "  " not in head and head[0] != " ":
        return head[:LENGTH] if len(head) > LENGTH else head.rstrip(" ")
    return " ".join(text[: 2 * LENGTH].split())[:LENGTH]


def _content(text: str, *, last: bool) -> str:
    for key in _KEYS:
        place = text.rfind(key) if last else text.find(key)
        while place >= 0:
            start = place + len(key)
            start += text.startswith(" ", start)
            if text.startswith('"', start):
                return _opening(text, start + 1)
            place = text.rfind(key, 0, place) if last else text.find(key, start)
    return text


def _opening(text: str, start: int) -> str:
    """The beginning of a JSON string whose first character is at `start`, decoded where it needs to be."""
    piece = text[start : start + 2 * LENGTH]
    end = piece.find('"')
    if "\\" not in piece:
        return piece if end < 0 else piece[:end]
    try:
        found, _ = _SCAN(text, start, False)  # noqa: FBT003 - the standard library's signature
    except json.JSONDecodeError:
        return text
    return clean_text(found)
