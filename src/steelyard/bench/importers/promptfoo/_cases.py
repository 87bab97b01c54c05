"""Tests of promptfoo to cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.bench._json_rows import parse_strict
from steelyard.bench._trajectory import is_conversation
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers.promptfoo._expectation import Expectations, read_expectations
from steelyard.bench.importers.promptfoo._test import PromptfooTest
from steelyard.core import Json

_LONGEST_NAME = 200
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a fanned-out test asks of the system."""

    test: PromptfooTest
    """The test, its variables single values."""
    input: Json
    """The rendered prompt as text or messages, or the variables."""
    is_prompt: bool
    """Whether the input is the prompt; the variables are then kept in metadata."""


def take_cases(asked: Sequence[Asked], gathering: Gathering) -> tuple[list[str | None], Expectations]:
    """Validate and keep a case for each; their ids, and what is expected of them.

    A case is named by its description where that is unique, otherwise by what it asks.
    """
    expectations = read_expectations([item.test for item in asked])
    names = Counter(item.test.description for item in asked)
    ids: list[str | None] = []
    for index, item in enumerate(asked):
        test = item.test
        derived = gathering.derived_id(dict(test.vars) or item.input)
        if not test.description or len(test.description) > _LONGEST_NAME:
            wanted = derived
        elif names[test.description] > 1:
            wanted = f"{test.description} {derived.removeprefix('case-')}"
        else:
            wanted = test.description
        slices = (
            {"expectation": expectations.kinds[index]}
            if expectations.kinds and expectations.kinds[index]
            else {}
        )
        row: dict[str, Json] = {
            "id": gathering.fresh_id(wanted),
            "input": item.input,
            "expected": expectations.values[index],
            "group": test.conversation or None,
            "slices": slices,
            "metadata": test.case_metadata(with_vars=item.is_prompt),
        }
        ids.append(gathering.take_case(test.line, row, place=f"test {test.line}"))
    return ids, expectations


def as_input(prompt: str) -> Json:
    """A rendered prompt as the messages that are written in it, or as text."""
    if not prompt.lstrip().startswith("["):
        return prompt
    try:
        value = parse_strict(prompt)
    except ValueError:
        return prompt
    return value if is_messages(value) else prompt


def is_messages(value: Json) -> bool:
    """Whether a value is a list of chat messages."""
    if not isinstance(value, list) or not value:
        return False
    if is_conversation(value):
        return True
    return all(
        isinstance(item, dict)
        and item.get("role") in _ROLES
        and (isinstance(item.get("content"), str | list) or item.get("tool_calls"))
        for item in value
    )
