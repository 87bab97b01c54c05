"""The texts inside a value, and what a case asks in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.core import Case, Json


def texts_of(value: Json) -> list[str]:
    """All texts in a value, in order; of chat messages only the content."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        if "role" in value and "content" in value:
            return texts_of(value["content"])
        return [text for item in value.values() for text in texts_of(item)]
    if isinstance(value, Sequence):
        return [text for item in value for text in texts_of(item)]
    return [] if value is None else [str(value)]


def asked_text(case: Case) -> str:
    """What a case asks in words: input, turns or goal, without context and attachments."""
    asked: list[Json] = [case.input, *(turn.get("content") for turn in case.turns)]
    if case.scenario is not None:
        asked.append(case.scenario.goal)
    return "\n".join(texts_of(asked))
