"""Model calls that hand back the provider's answer: model, tokens and messages are read from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from tests.traces.capture.conftest import Spans

import steelyard
from steelyard.traces.capture import configure_trace

CALL = {"id": "call_1", "type": "function", "function": {"name": "get_order", "arguments": '{"number":7}'}}
MESSAGE = {"role": "assistant", "content": "It left.", "tool_calls": [CALL]}
CHAT = {
    "id": "c-1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "finish_reason": "stop", "message": MESSAGE}],
    "usage": {
        "prompt_tokens": 12, "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2},
    },
}  # fmt: skip
RESPONSES = {
    "id": "c-1", "object": "response", "model": "gpt-4o-mini-2024-07-18",
    "output": [
        {"type": "message", "content": [{"type": "output_text", "text": text} for text in ("It ", "left.")]},
        {"type": "function_call", "call_id": "call_1", "name": "get_order", "arguments": '{"number":7}'},
    ],
    "usage": {
        "input_tokens": 12, "output_tokens": 5,
        "input_tokens_details": {"cached_tokens": 4}, "output_tokens_details": {"reasoning_tokens": 2},
    },
}  # fmt: skip
# Anthropic counts 5 fresh, 4 read and 3 written tokens apart (Messages API, `usage`).
ANTHROPIC = {
    "id": "c-1", "type": "message", "role": "assistant", "model": "claude-sonnet-4",
    "stop_reason": "end_turn",
    "content": [
        {"type": "text", "text": "It left."},
        {"type": "tool_use", "id": "call_1", "name": "get_order", "input": {"number": 7}},
    ],
    "usage": {
        "input_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 3, "output_tokens": 5,
    },
}  # fmt: skip


class Model(BaseModel):
    """An answer as the providers' clients give it: a model with fields beyond the known ones."""

    model_config = {"extra": "allow"}


def chunks() -> list[dict[str, Any]]:
    """`CHAT` as a stream."""
    head = {"id": "c-1", "object": "chat.completion.chunk", "model": "gpt-4o-mini-2024-07-18"}
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": "It "},
        {"content": "left."},
        {
            "tool_calls": [
                {"index": 0, "id": "call_1", "function": {"name": "get_order", "arguments": '{"num'}}
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": 'ber":7}'}}]},
    ]
    pieces = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    end = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return [*pieces, end, {**head, "choices": [], "usage": CHAT["usage"]}]


def check(said: dict[str, Any], *, cached: int = 4, written: int | None = 2) -> None:
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (12, 5)
    assert said["gen_ai.usage.cache_read.input_tokens"] == cached
    assert said.get("gen_ai.usage.reasoning.output_tokens") == written
    assert said["gen_ai.response.id"] == "c-1"
    (message,) = said["gen_ai.output.messages"]
    assert (message["role"], message["content"]) == ("assistant", "It left.")
    (call,) = message["tool_calls"]
    assert (call["id"], call["function"]["name"]) == ("call_1", "get_order")
    assert call["function"]["arguments"] in ('{"number":7}', {"number": 7})


@pytest.mark.parametrize("answer", [CHAT, Model(**CHAT), RESPONSES, Model(**RESPONSES)])
def test_an_answer_of_openai(spans: Spans, answer: Any) -> None:
    assert steelyard.trace("call", kind="llm")(lambda: answer)() is answer
    said = spans.said("call")
    check(said)
    assert said["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert "output.value" not in said


@pytest.mark.parametrize("answer", [ANTHROPIC, Model(**ANTHROPIC)])
def test_an_answer_of_anthropic_counts_cached_tokens_as_input(spans: Spans, answer: Any) -> None:
    steelyard.trace("call", kind="llm")(lambda: answer)()
    said = spans.said("call")
    check(said, written=None)
    assert said["gen_ai.response.finish_reasons"] == ("end_turn",)


@pytest.mark.parametrize("model", [False, True])
def test_a_streamed_answer_is_put_together(spans: Spans, *, model: bool) -> None:
    @steelyard.trace(kind="llm")
    def call() -> Iterator[Any]:
        yield from [Model(**chunk) for chunk in chunks()] if model else chunks()

    assert len(list(call())) == 6
    check(spans.said())


def test_tokens_are_known_where_content_is_not_recorded(spans: Spans) -> None:
    configure_trace(content=False)
    steelyard.trace("call", kind="llm")(lambda: CHAT)()
    said = spans.said("call")
    assert said["gen_ai.usage.input_tokens"] == 12
    assert "gen_ai.output.messages" not in said


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": "all"},
        {"choices": [{"message": 7}], "usage": {"prompt_tokens": "many", "prompt_tokens_details": 7}},
        {"object": "response", "output": [7, {"type": "message", "content": 7}], "usage": 7},
        {"type": "message", "role": "assistant", "content": [], "usage": {"cache_read_input_tokens": "x"}},
        [{"object": "chat.completion.chunk", "choices": [7, {"delta": {"tool_calls": [7, {"index": "x"}]}}]}],
        [{"object": "chat.completion.chunk", "choices": 7}],
        [],
        None,
    ],
)
def test_answers_that_only_look_like_some_break_nothing(spans: Spans, answer: Any) -> None:
    assert steelyard.trace("call", kind="llm")(lambda: answer)() is answer
    assert spans.names() == ["call"]
