from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from steelyard.core import Attachment, ConfigError, TargetError
from steelyard.targets import RetryableFault

KEY = "sk-ant-planted0123456789"
MESSAGE = {
    "type": "message",
    "model": "claude-mock",
    "content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 5, "cache_read_input_tokens": 10, "output_tokens": 2},
}


@pytest.fixture
def exchange(serve: Any, resolve: Any) -> Any:
    """Answer one request with a server that sends this; gives output and server."""

    async def run(request: Any, payload: Any = MESSAGE, *, status: int = 200, **settings: Any) -> Any:
        async def handler(incoming: web.Request) -> web.StreamResponse:
            if isinstance(payload, bytes):
                return web.Response(body=payload, content_type="text/event-stream")
            return web.json_response(payload, status=status)

        server = await serve(handler)
        settings = {"base_url": f"{server.url}/v1", **settings}
        target = resolve("anthropic:claude-mock", settings=settings, environ={"ANTHROPIC_API_KEY": KEY})
        await target.open()
        try:
            return await target.answer(request), server
        finally:
            await target.close()

    return run


async def test_a_plain_exchange(exchange: Any, ask: Any) -> None:
    output, server = await exchange(ask("Hi"), system="Be kind.", temperature=0.5, stop="END")
    assert output.value == "Hello"
    assert output.usage.as_json() == {"input_tokens": 15, "output_tokens": 2, "cached_tokens": 10}
    assert output.detail["finish_reason"] == "end_turn"
    headers = {name.lower(): value for name, value in server.headers[0].items()}
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-version"] == "2023-06-01"
    assert server.bodies[0] == {
        "model": "claude-mock",
        "max_tokens": 4096,
        "temperature": 0.5,
        "stop_sequences": ["END"],
        "system": "Be kind.",
        "messages": [{"role": "user", "content": "Hi"}],
    }


async def test_tools_and_a_conversation_with_their_results(exchange: Any, ask: Any) -> None:
    tools = [{"type": "function", "function": {"name": "refund", "parameters": {"type": "object"}}}]
    arguments = '{"order": 7}'
    messages = [
        {"role": "user", "content": "refund 7"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "t1", "function": {"name": "refund", "arguments": arguments}}],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "done"},
        {"role": "user", "content": "thanks"},
    ]
    use = {"type": "tool_use", "id": "t2", "name": "close", "input": {"ticket": 1}}
    payload = {**MESSAGE, "content": [{"type": "thinking", "thinking": "hm"}, use], "stop_reason": "tool_use"}
    output, server = await exchange(ask(None, messages=messages), payload, tools=tools)
    assert server.bodies[0]["tools"][0]["input_schema"] == {"type": "object"}
    turns = server.bodies[0]["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert turns[1]["content"] == [{"type": "tool_use", "id": "t1", "name": "refund", "input": {"order": 7}}]
    assert turns[2]["content"][0] == {"type": "tool_result", "tool_use_id": "t1", "content": "done"}
    assert turns[2]["content"][1] == {"type": "text", "text": "thanks"}
    assert output.trace[0].input == {"ticket": 1}
    assert output.detail["reasoning"] == "hm"


async def test_images_and_documents(exchange: Any, ask: Any) -> None:
    stored = {"1" * 64: b"img", "2" * 64: b"pdf", "3" * 64: b"text"}
    items = tuple(
        Attachment(path=path, sha256=digit * 64, media_type=media)
        for digit, path, media in [
            ("1", "a.png", "image/png"),
            ("2", "b.pdf", "application/pdf"),
            ("3", "c.txt", "text/plain"),
        ]
    )
    _, server = await exchange(ask("see", attachments=items, attachment=stored.__getitem__))
    kinds = [part["type"] for part in server.bodies[0]["messages"][0]["content"]]
    assert kinds == ["text", "image", "document", "document"]
    video = Attachment(path="d.mp4", sha256="1" * 64, media_type="video/mp4")
    with pytest.raises(ConfigError, match=r"attachment d\.mp4 is video/mp4, which this target does not take"):
        await exchange(ask("see", attachments=(video,), attachment=stored.__getitem__))


def events(*rows: dict[str, Any]) -> bytes:
    return b"".join(f"event: {row['type']}\ndata: {json.dumps(row)}\n\n".encode() for row in rows)


START = {"type": "message_start", "message": {"model": "claude-mock", "usage": {"input_tokens": 4}}}
STOP = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 6}}


async def test_a_stream(exchange: Any, ask: Any) -> None:
    payload = events(
        START,
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "one "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "two"}},
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}},
        },
        {"type": "content_block_delta", "index": 1, "delta": {"partial_json": '{"a":'}},
        {"type": "content_block_delta", "index": 1, "delta": {"partial_json": " 1}"}},
        STOP,
        {"type": "message_stop"},
    )
    output, _ = await exchange(ask(), payload, stream=True)
    assert output.value == "one two"
    assert output.trace[0].input == {"a": 1}
    assert output.usage.as_json() == {"input_tokens": 4, "output_tokens": 6}
    assert output.first_token_s is not None


@pytest.mark.parametrize(
    ("payload", "throttled", "message"),
    [
        (events(START), False, "ended before the answer did"),
        (events({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}), True, "busy"),
    ],
)
async def test_a_stream_that_breaks(
    exchange: Any, ask: Any, payload: bytes, throttled: bool, message: str
) -> None:
    with pytest.raises(RetryableFault, match=message) as caught:
        await exchange(ask(), payload, stream=True)
    assert caught.value.throttled is throttled


async def test_errors_are_sorted(exchange: Any, ask: Any) -> None:
    def error(kind: str, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": kind, "message": message}}

    long = error("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")
    output, _ = await exchange(ask(), long, status=400)
    assert output.fault.kind == "overflow"
    with pytest.raises(RetryableFault, match="Overloaded") as caught:
        await exchange(ask(), error("overloaded_error", "Overloaded"), status=529)
    assert caught.value.throttled
    with pytest.raises(TargetError, match="refuses the key"):
        await exchange(ask(), error("authentication_error", "invalid x-api-key"), status=401)


async def test_malformed_answers(exchange: Any, ask: Any) -> None:
    payloads: list[Any] = [{}, [], {"content": "text"}]
    for payload in payloads:
        output, _ = await exchange(ask(), payload)
        assert output.fault.kind == "invalid"


async def test_a_refusal_is_noted(exchange: Any, ask: Any) -> None:
    output, _ = await exchange(ask(), {**MESSAGE, "stop_reason": "refusal", "content": []})
    assert output.value == ""
    assert output.detail["refusal"] == "refused without a text"


def test_the_provider_needs_a_key(resolve: Any) -> None:
    with pytest.raises(ConfigError, match="environment variable ANTHROPIC_API_KEY is not set"):
        resolve("anthropic:claude-haiku-4-5")
