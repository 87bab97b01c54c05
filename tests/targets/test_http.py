from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from steelyard.core import Attachment, ConfigError, TargetError
from steelyard.targets import RetryableFault


@pytest.fixture
def exchange(serve: Any, resolve: Any) -> Any:
    """Answer one request with a server that sends this; gives output and server."""

    async def run(request: Any, payload: Any, *, status: int = 200, **settings: Any) -> Any:
        async def handler(incoming: web.Request) -> web.StreamResponse:
            if isinstance(payload, bytes):
                return web.Response(body=payload, status=status)
            return web.json_response(payload, status=status)

        server = await serve(handler)
        target = resolve(f"http:{server.url}/ask?tenant=7", settings=settings)
        await target.open()
        try:
            return await target.answer(request), server
        finally:
            await target.close()

    return run


async def test_the_default_body_and_an_answer_in_the_recorded_form(exchange: Any, ask: Any) -> None:
    payload = {"output": "yes", "cost_usd": 0.25, "usage": {"input_tokens": 3}}
    output, server = await exchange(ask("Is it?"), payload)
    assert server.bodies == [{"input": "Is it?"}]
    assert server.queries == [{"tenant": "7"}]
    assert (output.value, output.cost_usd, output.usage.input_tokens) == ("yes", 0.25, 3)


async def test_a_template_keeps_types_and_cannot_be_injected(exchange: Any, ask: Any) -> None:
    body = {
        "q": "{{ question }}",
        "all": "{{ input }}",
        "say": "[{{ question }}] {{ n }}",
        "docs": ["{{ context }}", 7, None, True],
        "id": "{{ id }}-{{ epoch }}",
        "n": "{{ n }}",
    }
    sent = {"question": '", "admin": true, "x": "{{ n }}', "n": 3}
    output, server = await exchange(
        ask(sent, context=("d1", "d2")), {"a": [{"b": "deep"}]}, body=body, answer="a.0.b"
    )
    assert output.value == "deep"
    assert server.bodies[0] == {
        "q": sent["question"],
        "all": sent,
        "say": f"[{sent['question']}] 3",
        "docs": ["d1\n\nd2", 7, None, True],
        "id": "c1-1",
        "n": 3,
    }


@pytest.mark.parametrize(
    ("payload", "settings", "value"),
    [
        ("text", {}, "text"),
        ({"label": "x"}, {}, {"label": "x"}),
        (b"plain words", {}, "plain words"),
        ({"rows": [1, 2]}, {"answer": "rows.-1"}, 2),
        ({"answer": None}, {"answer": "answer"}, None),
    ],
)
async def test_answers(exchange: Any, ask: Any, payload: Any, settings: Any, value: Any) -> None:
    output, _ = await exchange(ask(), payload, **settings)
    assert output.value == value
    assert output.fault is None


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"other": 1}, "the answer has nothing at data.text"),
        ({"data": []}, "the answer has nothing at data.text"),
        (b"<html>", "the answer is not JSON"),
    ],
)
async def test_an_answer_without_the_path_is_the_targets_fault(
    exchange: Any, ask: Any, payload: Any, message: str
) -> None:
    output, _ = await exchange(ask(), payload, answer="data.text")
    assert output.fault.kind == "invalid"
    assert message in output.fault.message


async def test_statuses(exchange: Any, ask: Any) -> None:
    output, _ = await exchange(ask(), {"detail": "bad field"}, status=422)
    assert output.fault.kind == "rejected"
    assert "bad field" in output.fault.message
    with pytest.raises(TargetError, match="answers HTTP 404"):
        await exchange(ask(), {}, status=404)
    with pytest.raises(RetryableFault, match="answers HTTP 502"):
        await exchange(ask(), {}, status=502)


async def test_conversations_and_attachments_need_a_place(exchange: Any, ask: Any) -> None:
    messages = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
    ]
    _, server = await exchange(ask(None, messages=messages), "ok")
    assert server.bodies[0] == {"input": "three", "messages": messages}
    with pytest.raises(ConfigError, match="case c1 has messages, and the body has no place for them"):
        await exchange(ask(None, messages=messages), "ok", body={"q": "{{ input }}"})
    item = Attachment(path="a.png", sha256="1" * 64, media_type="image/png")
    request = ask("x", attachments=(item,), attachment=lambda _: b"img")
    _, server = await exchange(request, "ok")
    assert server.bodies[0]["attachments"][0]["data"] == "aW1n"


async def test_a_missing_field_is_named(exchange: Any, ask: Any) -> None:
    with pytest.raises(ConfigError, match=r"body: the prompt asks for \{\{ city \}\}"):
        await exchange(ask("x"), "ok", body={"q": "{{ city }}"})


@pytest.mark.parametrize("uri", ["http:localhost", "http:ftp://x/", "http:", "http:http://"])
def test_not_a_web_address(resolve: Any, uri: str) -> None:
    with pytest.raises(ConfigError, match="not a web address"):
        resolve(uri)


def test_method_and_uri_forms(resolve: Any) -> None:
    with pytest.raises(ConfigError, match="method must be POST, PUT or PATCH"):
        resolve("http:http://h/", settings={"method": "GET"})
    uris = ["http:http://h:1/x", "http://h:1/x"]
    assert {resolve(uri).info.uri for uri in uris} == {"http:http://h:1/x"}
    assert resolve("https://h/x?key=planted-value").info.uri == "http:https://h/x?key=***"
