"""Steps out of chat messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from steelyard.core import Json
from steelyard.metrics._answer import is_list
from steelyard.metrics.agent._arguments import parsed
from steelyard.metrics.agent._result_error import SAYS_SO, result_error
from steelyard.metrics.agent._step import NO_AGENT, Step


def message_steps(messages: Json) -> list[Step]:
    """A step for each assistant message and for each of its tool calls, with what the tool answered.

    Reads OpenAI's `tool_calls` and `tool` messages, Steelyard's flat `{"id", "name", "arguments"}`, and
    Anthropic's `tool_use` and `tool_result` blocks. What is no message is passed over.
    """
    steps: list[Step] = []
    open_calls: dict[str, int] = {}
    unnamed: list[int] = []
    for message in _rows(messages):
        role = message.get("role")
        if role == "assistant":
            _speak(message, steps, open_calls, unnamed)
        elif role in ("tool", "function"):
            key = message.get("tool_call_id")
            _answer(message.get("content"), key, failed=False, steps=steps, places=(open_calls, unnamed))
        for block in _blocks(message, "tool_result"):
            _answer(
                block.get("content"),
                block.get("tool_use_id"),
                failed=block.get("is_error") is True,
                steps=steps,
                places=(open_calls, unnamed),
            )
    return steps


def _speak(
    message: Mapping[str, Json], steps: list[Step], open_calls: dict[str, int], unnamed: list[int]
) -> None:
    name = message.get("name")
    agent = name if isinstance(name, str) and name else NO_AGENT
    said = _text(message.get("content"))
    steps.append(Step(number=len(steps) + 1, kind="model", name="assistant", agent=agent, result=said))
    for call in [*_rows(message.get("tool_calls")), *_blocks(message, "tool_use")]:
        function = call.get("function")
        row = function if isinstance(function, Mapping) else call
        arguments = row.get("arguments", row.get("input"))
        key = call.get("id")
        if isinstance(key, str) and key:
            open_calls[key] = len(steps)
        else:
            unnamed.append(len(steps))
        steps.append(
            Step(
                number=len(steps) + 1,
                kind="tool",
                name=str(row.get("name") or ""),
                agent=agent,
                arguments=parsed(arguments),
            )
        )


def _answer(
    content: Json,
    key: Json,
    *,
    failed: bool,
    steps: list[Step],
    places: tuple[dict[str, int], list[int]],
) -> None:
    open_calls, unnamed = places
    if isinstance(key, str) and key in open_calls:
        at = open_calls.pop(key)
    elif unnamed:
        at = unnamed.pop(0)
    else:
        return
    result = _text(content) if is_list(content) else content
    error = result_error(result) or (SAYS_SO if failed else "")
    steps[at] = replace(steps[at], result=result, error=error)


def _rows(value: Json) -> list[Mapping[str, Json]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [item for item in value if isinstance(item, Mapping)]


def _blocks(message: Mapping[str, Json], kind: str) -> list[Mapping[str, Json]]:
    return [block for block in _rows(message.get("content")) if block.get("type") == kind]


def _text(content: Json) -> str:
    if isinstance(content, str):
        return content
    texts = [block.get("text") for block in _rows(content)]
    return "\n".join(text for text in texts if isinstance(text, str))
