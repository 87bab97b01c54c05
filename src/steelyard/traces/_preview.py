"""The first words of what went in or came out, without parsing all of it."""

from __future__ import annotations

import json
from json import decoder
from typing import Any

from steelyard.traces._values import clean_text, shown

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
    return " ".join(text[: 2 * LENGTH].split())[:LENGTH] if text else ""


def _content(text: str, *, last: bool) -> str:
    for key in _KEYS:
        place = text.rfind(key) if last else text.find(key)
        while place >= 0:
            start = place + len(key)
            while text[start : start + 1] == " ":
                start += 1
            if text[start : start + 1] == '"':
                try:
                    found, _ = _SCAN(text, start + 1, False)  # noqa: FBT003 - the standard library's signature
                except json.JSONDecodeError:
                    return text
                return clean_text(found)
            place = text.rfind(key, 0, place) if last else text.find(key, start)
    return text
