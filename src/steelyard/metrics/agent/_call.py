"""Tool calls: those an output made, and those a case expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import Json, Output
from steelyard.metrics._answer import answer_json, is_list
from steelyard.metrics.agent._arguments import parsed
from steelyard.metrics.agent._step import NO_AGENT
from steelyard.metrics.agent._trajectory import trajectory

_ARGUMENT_KEYS = ("arguments", "kwargs", "args", "input")
_EXPECTED_KEYS = ("tool_calls", "actions")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool."""

    name: str
    """The tool."""
    arguments: Json
    """Its arguments."""
    schema: Json = None
    """For an expected call: a JSON Schema that the arguments must satisfy; None: compare by value."""
    error: str = ""
    """For a call made: what went wrong."""
    agent: str = NO_AGENT
    """For a call made: which agent made it."""


def made_calls(output: Output) -> list[Call] | None:
    """The calls of an output: of its trajectory, else `tool_calls` in the answer or its details.

    None when the answer says `tool_calls` and they cannot be read.
    """
    steps = trajectory(output).calls
    if steps:
        return [Call(step.name, step.arguments, None, step.error, step.agent) for step in steps]
    answer = answer_json(output)
    if isinstance(answer, Mapping) and "tool_calls" in answer:
        return read_calls(answer["tool_calls"])
    if "tool_calls" in output.detail:
        return read_calls(output.detail["tool_calls"])
    if is_list(answer) and answer:
        return read_calls(answer)
    return []


def expected_calls(expected: Json) -> list[Call] | None:
    """The calls under `tool_calls` or `actions`, a list of calls, or one call; None for anything else."""
    if isinstance(expected, Mapping):
        for key in _EXPECTED_KEYS:
            if key in expected:
                return read_calls(expected[key])
        return read_calls([expected])
    return read_calls(expected)


def has_calls(expected: Json) -> bool:
    """Whether an expectation speaks about calls, and not about something else."""
    if isinstance(expected, Mapping):
        return any(key in expected for key in _EXPECTED_KEYS)
    return is_list(expected) and bool(expected) and read_calls(expected) is not None


def read_calls(value: Json) -> list[Call] | None:
    """Calls in any of the common shapes; None when something in the list is no call."""
    if value is None:
        return []
    if not is_list(value) or not isinstance(value, Sequence):
        return None
    calls = []
    for item in value:
        call = item.get("function", item) if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(call, str):
            call = {**item, "name": call}
        if not isinstance(call, Mapping) or not isinstance(call.get("name"), str):
            return None
        arguments = next((call[key] for key in _ARGUMENT_KEYS if key in call), {})
        calls.append(Call(str(call["name"]), parsed(arguments), call.get("schema")))
    return calls


def call_names(calls: Sequence[Call]) -> str:
    """The first ten names, in at most 160 characters."""
    return ", ".join(call.name for call in calls[:10])[:160]
