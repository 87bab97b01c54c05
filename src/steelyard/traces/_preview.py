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
            while text[start : start + 1] == " ":
                start += 1
            if text[start : start + 1] == '"':
                opening = text[start + 1 : start + 1 + 2 * LENGTH]
                if '"' not in opening and "\\" not in opening:
                    return opening
                try:
                    found, _ = _SCAN(text, start + 1, False)  # noqa: FBT003 - the standard library's signature
                except json.JSONDecodeError:
                    return text
                return clean_text(found)
            place = text.rfind(key, 0, place) if last else text.find(key, start)
    return text
