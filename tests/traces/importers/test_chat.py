"""Logs of chat requests: every shape in which OpenAI's interfaces leave them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.traces.importers.conftest import Import

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is order 7?"}]
REQUEST = {"model": "gpt-4o-mini", "messages": ASKED, "temperature": 0, "user": "u-17"}
CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "get_order", "arguments": '{"number": 7}'}}
]
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_760_000_000,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "It left today."}}
    ],
    "usage": {
        "prompt_tokens": 1200,
        "completion_tokens": 88,
        "prompt_tokens_details": {"cached_tokens": 200},
        "completion_tokens_details": {"reasoning_tokens": 8},
    },
}
TO_RESPONSES = {"model": "gpt-4o-mini", "instructions": "Be brief.", "input": "Where is order 7?"}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_760_000_000,
    "model": "gpt-4o-mini-2024-07-18",
    "output": [
        {"type": "reasoning", "summary": []},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "It left today."}],
        },
        {"type": "function_call", "call_id": "call_1", "name": "get_order", "arguments": '{"number": 7}'},
    ],
    "usage": {
        "input_tokens": 1200,
        "output_tokens": 88,
        "input_tokens_details": {"cached_tokens": 200},
        "output_tokens_details": {"reasoning_tokens": 8},
    },
}
BATCH = {
    "id": "batch_req_1",
    "custom_id": "a",
    "response": {"status_code": 200, "body": ANSWER},
    "error": None,
}


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ({"request": REQUEST, "response": ANSWER, "latency_s": 1.5}, True),
        ({**REQUEST, "response": ANSWER}, True),
        ({**REQUEST, "completion": ANSWER}, True),
        ({"request": {"body": REQUEST}, "response": {"status_code": 200, "body": ANSWER}}, True),
        (ANSWER, False),
        (BATCH, False),
        ({"request": TO_RESPONSES, "response": RESPONSE}, True),
        (RESPONSE, False),
    ],
    ids=["pair", "beside", "completion", "bodies", "answer alone", "batch", "responses", "response alone"],
)  # fmt: skip
def test_a_call_in_every_shape(take: Import, row: dict[str, Any], asked: bool) -> None:
    found = take([row], name="log.jsonl")
    (span,), (detail,) = found.rows, found.details
    assert (span.kind, span.model, span.start_us) == ("llm", "gpt-4o-mini-2024-07-18", 1_760_000_000_000_000)
    assert (span.input_tokens, span.output_tokens, span.cached_tokens, span.reasoning_tokens) == (
        1200,
        88,
        200,
        8,
    )
    assert span.cost_usd == pytest.approx((1000 * 0.15 + 200 * 0.075 + 88 * 0.60) / 1e6)
    (said,) = detail.output_messages
    assert (said["role"], said["content"]) == ("assistant", "It left today.")
    assert [message["content"] for message in detail.input_messages] == (
        ["Be brief.", "Where is order 7?"] if asked else []
    )


def test_a_list_of_stored_completions(take: Import) -> None:
    found = take({"object": "list", "data": [ANSWER, {**ANSWER, "id": "chatcmpl-2"}], "has_more": False})
    assert found.traces() == 2


def test_calls_that_failed_say_why(take: Import) -> None:
    refused = {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}
    rows = [
        {"request": REQUEST, "response": {"error": refused}},
        {"custom_id": "a", "response": {"status_code": 429, "body": {"error": refused}}, "error": None},
        {"custom_id": "b", "response": {"status_code": 500, "body": {}}, "error": None},
        {"custom_id": "c", "response": None, "error": {"code": "batch_expired", "message": "Too late"}},
    ]
    found = take(rows, name="log.jsonl")
    assert [row.error for row in found.rows] == [
        "Rate limit reached", "Rate limit reached", "status 500", "Too late",
    ]  # fmt: skip
    assert found.traces() == 4


def test_a_conversation_becomes_calls_and_tools(take: Import) -> None:
    messages = [
        *ASKED,
        {"role": "assistant", "content": None, "tool_calls": CALLS},
        {"role": "tool", "tool_call_id": "call_1", "content": "Error: no order 7"},
        {"role": "assistant", "content": "There is no order 7."},
    ]
    found = take(
        [{"messages": messages, "model": "gpt-4o", "session_id": "s", "user": "u"}], name="log.jsonl"
    )
    assert found.tree() == [
        ("agent", "conversation", ""),
        ("llm", "chat gpt-4o", "conversation"),
        ("tool", "execute_tool get_order", "chat gpt-4o"),
        ("llm", "chat gpt-4o", "conversation"),
    ]
    root, _, tool, _ = found.rows
    assert (root.user, root.session, root.input_preview) == ("u", "s", "Where is order 7?")
    assert root.output_preview == "There is no order 7."
    assert (tool.tool, tool.input_preview, tool.error) == ("get_order", '{"number":7}', "Error: no order 7")


def test_requests_alone_and_rows_that_mean_harm(take: Import) -> None:
    rows: list[Any] = [
        {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": REQUEST},
        {
            "messages": [
                {"role": "assistant", "tool_calls": [None, {"function": 7}, {"function": {"name": {}}}]}
            ]
        },
        {
            **REQUEST,
            "response": {"choices": [7, {"message": 7}], "usage": {"prompt_tokens": "many"}, "created": "x"},
        },
        {"messages": "all of them"},
        7,
    ]
    found = take(rows, name="log.jsonl")
    assert found.traces() == 3
    assert not found.rejected
