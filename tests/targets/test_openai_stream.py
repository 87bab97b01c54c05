from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from steelyard.targets import RetryableFault


def event(delta: dict[str, Any], finish: str | None = None, **rest: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **rest}
    return b"data: " + json.dumps({"model": "mock-1", "choices": [choice]}).encode() + b"\n\n"


USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}\r\n\r\n'
DONE = b"data: [DONE]\n\n"


@pytest.fixture
def streaming(serve: Any, resolve: Any, ask: Any) -> Any:
    """The output of a target whose server sends these pieces."""

    async def run(*pieces: bytes | float) -> Any:
        async def handler(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
            await response.prepare(request)
            for piece in pieces:
                if isinstance(piece, float):
                    await asyncio.sleep(piece)
                else:
                    await response.write(piece)
            return response

        server = await serve(handler)
        target = resolve(f"openai:m?base_url={server.url}/v1&stream=true")
        await target.open()
        try:
            output = await target.answer(ask())
        finally:
            await target.close()
        assert server.bodies[0]["stream"] is True
        assert server.bodies[0]["stream_options"] == {"include_usage": True}
        return output

    return run


async def test_text_is_put_together_and_the_first_token_timed(streaming: Any) -> None:
    output = await streaming(
        b": keep-alive\n\n",
        event({"role": "assistant", "content": ""}),
        0.05,
        event({"content": "Xin "}, logprobs={"content": [{"token": "Xin"}]}),
        0.05,
        event({"content": "chào"}, logprobs={"content": [{"token": "chào"}]}),
        event({}, "stop"),
        USAGE,
        DONE,
    )
    assert output.value == "Xin chào"
    assert 0.04 < output.first_token_s < output.latency_s
    assert output.latency_s > 0.09
    assert output.usage.output_tokens == 3
    assert output.detail["finish_reason"] == "stop"
    assert output.detail["logprobs"] == [{"token": "Xin"}, {"token": "chào"}]


async def test_events_may_be_cut_anywhere(streaming: Any) -> None:
    whole = event({"content": "chào 👋"}) + event({}, "stop") + USAGE + DONE
    output = await streaming(*(whole[i : i + 1] for i in range(len(whole))))
    assert output.value == "chào 👋"


async def test_tool_calls_come_in_pieces(streaming: Any) -> None:
    def call(index: int, **function: str) -> bytes:
        start = {"id": f"t{index}"} if "name" in function else {}
        return event({"tool_calls": [{"index": index, **start, "function": function}]})

    output = await streaming(
        call(0, name="refund", arguments=""),
        call(0, arguments='{"order"'),
        call(1, name="close", arguments="{}"),
        call(0, arguments=": 7}"),
        event({}, "tool_calls"),
        DONE,
    )
    assert [(span.name, span.input) for span in output.trace] == [("refund", {"order": 7}), ("close", {})]
    assert output.first_token_s is not None


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ((event({"content": "half"}),), "ended before the answer did"),
        ((b'data: {"error": {"message": "boom"}}\n\n',), "the stream ended with an error"),
        ((), "ended before the answer did"),
    ],
)
async def test_a_stream_that_breaks_is_no_short_answer(
    streaming: Any, pieces: tuple[bytes, ...], message: str
) -> None:
    with pytest.raises(RetryableFault, match=message):
        await streaming(*pieces)


@pytest.mark.parametrize("data", [b"data: {broken\n\n", b"data: [1]\n\n"])
async def test_garbage_is_the_targets_fault(streaming: Any, data: bytes) -> None:
    output = await streaming(data, DONE)
    assert output.fault.kind == "invalid"


async def test_a_server_that_does_not_stream_is_read_all_the_same(
    serve: Any, resolve: Any, ask: Any, chat: Any
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(chat("whole"))

    server = await serve(handler)
    target = resolve(f"openai:m?base_url={server.url}/v1&stream=true")
    await target.open()
    output = await target.answer(ask())
    await target.close()
    assert output.value == "whole"
    assert output.first_token_s is None
