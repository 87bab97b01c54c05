"""Errors that tools report in their result instead of raising them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from steelyard.core import Json
from steelyard.metrics._answer import read_json

_WORDS = re.compile(
    r"\s*(?:error|exception|traceback \(most recent call last\)|[a-z]+(?:error|exception))\b\s*[:!]", re.I
)
_FLAGS = ("is_error", "isError")
_MOST = 300
_LONGEST = 10_000

SAYS_SO = "the tool says that it failed"


def result_error(result: Json) -> str:
    """The error that a result tells, in one line; empty when it tells none.

    A text that begins with `Error:` or the name of an exception and a colon; an object whose `error` is
    neither empty nor false, or whose `is_error` (`isError`) is true. Other wording is not guessed at.
    """
    if isinstance(result, str):
        if _WORDS.match(result[:200]):
            return _line(result)
        result = _object(result)
    if not isinstance(result, Mapping):
        return ""
    error = result.get("error")
    if error not in (None, False, "", 0):
        return _line(error if isinstance(error, str) else str(error)[: 2 * _MOST])
    return SAYS_SO if any(result.get(flag) is True for flag in _FLAGS) else ""


def _object(text: str) -> Json:
    """An object that came as short text; None for anything else."""
    if len(text) > _LONGEST or not text.lstrip().startswith("{"):
        return None
    try:
        return read_json(text)
    except ValueError:
        return None


def _line(text: str) -> str:
    return " ".join(text[: 2 * _MOST].split())[:_MOST] or "error without a message"
