"""What a case expects, as the texts that metrics of text compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.core import Case, Json, Skipped, canonical_json

NOT_TEXT = Skipped(reason="the expectation is an object, not text")


def expected_texts(case: Case) -> tuple[str, ...]:
    """The acceptable texts: text itself, each of a list, numbers and truths as JSON; empty when unknown.

    An object gives the texts under `text` or `answer` when it has one of these keys, otherwise none.
    """
    expected = case.expected
    if isinstance(expected, str):
        return (expected,)
    if expected is None:
        return ()
    if isinstance(expected, Mapping):
        for key in ("text", "answer"):
            if key in expected:
                return _texts(expected[key])
        return ()
    return _texts(expected)


def nothing_to_compare(case: Case) -> Skipped:
    """Why `expected_texts` was empty."""
    return NOT_TEXT if isinstance(case.expected, Mapping) else Skipped(reason="nothing expected")


def _texts(value: Json) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence):
        return tuple(
            item if isinstance(item, str) else canonical_json(item) for item in value if item is not None
        )
    return (canonical_json(value),)


def shorten(text: str, length: int = 80) -> str:
    """The text in one line of at most `length` characters, for reasons."""
    head = " ".join(text[: 4 * length].split())
    return head if len(head) <= length and len(text) <= 4 * length else head[: length - 1] + "…"
