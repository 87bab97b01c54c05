from __future__ import annotations

import asyncio
import base64
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from steelyard.core import Attachment, ConfigError, InputError, TargetError
from steelyard.targets import RetryableFault

PNG = b"\x89PNG fake"
KEY = "sk-planted0123456789abcdef"


def local(server: Any, path: str = "/v1") -> str:
    return f"openai:mock-1?base_url={server.url}{path}"


@pytest.fixture
def answering(serve: Any) -> Any:
    """Start a server that answers everything with one JSON body and status."""

    async def start(payload: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Any:
        async def handler(request: web.Request) -> web.StreamResponse:
            if isinstance(payload, bytes):
                return web.Response(body=payload, status=status, headers=headers)
            return web.json_response(payload, status=status, headers=headers)

        return await serve(handler)

    return start


async def exchange(target: Any, request: Any) -> Any:
    await target.open()
    try:
        return await target.answer(request)
    finally:
        await target.close()


async def test_sends_settings_and_reads_answer_and_usage(
    resolve: Any, ask: Any, answering: Any, chat: Any
) -> None:
    payload = chat("Paris")
    payload["usage"] |= {
        "prompt_tokens_details": {"cached_tokens": 16},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    server = await answering(payload)
    settings = {
        "system": "Be brief.",
        "temperature": 0,
        "top_p": 0.9,
        "max_tokens": 5,
        "stop": ["\n"],
        "response_format": {"type": "json_object"},
        "logprobs": 3,
        "extra": {"top_k": 40},
    }
    target = resolve(local(server), name="v2", settings=settings)
    output = await exchange(target, ask("Capital of France?", seed=11))
    assert output.value == "Paris"
    assert output.usage.input_tokens == 20
    assert output.usage.cached_tokens == 16
    assert output.usage.reasoning_tokens == 1
    assert output.latency_s is not None
    assert output.detail["model"] == "mock-1"
    assert output.detail["finish_reason"] == "stop"
    assert server.bodies == [
        {
            "model": "mock-1",
            "temperature": 0,
            "top_p": 0.9,
            "stop": ["\n"],
            "response_format": {"type": "json_object"},
            "max_tokens": 5,
            "logprobs": True,
            "top_logprobs": 3,
            "top_k": 40,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Capital of France?"},
            ],
            "seed": 11,
        }
    ]
    assert target.info.name == "v2"
    assert target.info.settings["temperature"] == 0
    assert target.info.prompt_texts == {"system": "Be brief."}


async def test_the_quick_body_equals_the_careful_one(
    resolve: Any, ask: Any, answering: Any, chat: Any
) -> None:
    server = await answering(chat())
    hard = 'quote " back \\ slash \u2028 \x00 \ud800 😀 {{ input }} tiếng Việt'
    plain = resolve(local(server), settings={"system": "Be brief."})
    templated = resolve(local(server), settings={"system": "Be brief.", "prompt": "{{ input }}"})
    for target in (plain, templated):
        await exchange(target, ask(hard, seed=3))
    assert server.bodies[0] == server.bodies[1]
    assert server.bodies[0]["messages"][1]["content"] == hard


async def test_prompt_files_are_hashed_kept_and_filled(
    resolve: Any, ask: Any, answering: Any, chat: Any, tmp_path: Path
) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/v2.md").write_bytes("\ufeffUse only:\r\n{{ context }}".encode())
    server = await answering(chat())
    settings = {"system": "file:prompts/v2.md", "prompt": "Q: {{ question }} ({{ user.tier }})"}
    target = resolve(local(server), settings=settings)
    case_input = {"question": "{{ context }} refund?", "user": {"tier": "gold"}}
    await exchange(target, ask(case_input, context=("Doc A", "Doc B")))
    assert server.bodies[0]["messages"] == [
        {"role": "system", "content": "Use only:\nDoc A\n\nDoc B"},
        {"role": "user", "content": "Q: {{ context }} refund? (gold)"},
    ]
    assert target.info.prompt_texts["prompts/v2.md"] == "Use only:\n{{ context }}"
    # printf 'Use only:\n{{ context }}' | sha256sum
    assert target.info.prompts["prompts/v2.md"] == (
        "a723629eac291004ecff88a0453d0b83a7f9387bcd9f5b8d03773c338df96586"
    )


async def test_a_missing_variable_names_file_and_placeholder(
    resolve: Any, ask: Any, answering: Any, chat: Any, tmp_path: Path
) -> None:
    (tmp_path / "p.md").write_text("{{ customer }}")
    server = await answering(chat())
    target = resolve(local(server), settings={"prompt": "file:p.md"})
    with pytest.raises(ConfigError, match=r"p\.md: the prompt asks for \{\{ customer \}\}, which case c1"):
        await exchange(target, ask({"question": "?"}))


async def test_the_expected_answer_is_never_offered_to_a_prompt(
    resolve: Any, ask: Any, answering: Any, chat: Any
) -> None:
    server = await answering(chat())
    target = resolve(local(server), settings={"prompt": "{{ expected }}"})
    with pytest.raises(ConfigError, match=r"asks for \{\{ expected \}\}"):
        await exchange(target, ask("q", expected="42"))


async def test_an_object_needs_a_prompt(resolve: Any, ask: Any, answering: Any, chat: Any) -> None:
    server = await answering(chat())
    with pytest.raises(ConfigError, match=r"prompt = \"\{\{ question \}\}\""):
        await exchange(resolve(local(server)), ask({"question": "?"}))


async def test_messages_and_conversations(resolve: Any, ask: Any, answering: Any, chat: Any) -> None:
    server = await answering(chat())
    own = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    target = resolve(local(server), settings={"system": "S"})
    await exchange(target, ask([*own, {"role": "user", "content": "c"}]))
    await exchange(target, ask("ignored", messages=own))
    system = {"role": "system", "content": "S"}
    assert server.bodies[0]["messages"] == [system, *own, {"role": "user", "content": "c"}]
    assert server.bodies[1]["messages"] == [system, *own]
    with pytest.raises(InputError, match="a message of the input has no role"):
        await exchange(target, ask(["loose text"]))


async def test_attachments_become_parts(resolve: Any, ask: Any, answering: Any, chat: Any) -> None:
    server = await answering(chat())
    stored = {"1" * 64: PNG, "2" * 64: b"%PDF", "3" * 64: b"notes", "4" * 64: b"RIFF"}
    items = tuple(
        Attachment(path=f"files/{name}", sha256=digit * 64, media_type=media)
        for digit, name, media in [
            ("1", "a.png", "image/png"),
            ("2", "b.pdf", "application/pdf"),
            ("3", "c.txt", "text/plain"),
            ("4", "d.wav", "audio/wav"),
        ]
    )
    request = ask("What is this?", attachments=items, attachment=stored.__getitem__)
    await exchange(resolve(local(server)), request)
    parts = server.bodies[0]["messages"][0]["content"]
    encoded = base64.b64encode(PNG).decode()
    assert parts[0] == {"type": "text", "text": "What is this?"}
    assert parts[1] == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}}
    assert parts[2]["file"]["filename"] == "b.pdf"
    assert parts[3] == {"type": "text", "text": "c.txt:\nnotes"}
    assert parts[4]["input_audio"]["format"] == "wav"
    with pytest.raises(TargetError, match=r"attachment files/a\.png is not stored"):
        await exchange(resolve(local(server)), ask("x", attachments=items))


async def test_a_large_body_is_sent_whole(resolve: Any, ask: Any, answering: Any, chat: Any) -> None:
    server = await answering(chat())
    text = "long " * 600_000
    await exchange(resolve(local(server)), ask(text))
    assert server.bodies[0]["messages"][0]["content"] == text


async def test_tool_calls_become_spans(resolve: Any, ask: Any, answering: Any, chat: Any) -> None:
    calls = [
        {"id": "t1", "type": "function", "function": {"name": "refund", "arguments": '{"order": 7}'}},
        {"id": "t2", "type": "function", "function": {"name": "broken", "arguments": '{"order": '}},
    ]
    server = await answering(chat(None, tool_calls=calls))
    tools = [{"type": "function", "function": {"name": "refund", "parameters": {"type": "object"}}}]
    output = await exchange(resolve(local(server), settings={"tools": tools}), ask())
    assert server.bodies[0]["tools"] == tools
    assert output.value == ""
    assert [(span.kind, span.name, span.input) for span in output.trace] == [
        ("tool", "refund", {"order": 7}),
        ("tool", "broken", '{"order": '),
    ]
    assert "not JSON" in output.trace[1].error
    assert output.detail["tool_calls"][0] == {"id": "t1", "name": "refund", "arguments": {"order": 7}}


async def test_refusal_reasoning_and_logprobs_are_kept(
    resolve: Any, ask: Any, answering: Any, chat: Any
) -> None:
    payload = chat(None, refusal="I can't help with that.", reasoning_content="hmm")
    payload["choices"][0]["logprobs"] = {"content": [{"token": "I", "logprob": -0.1}]}
    server = await answering(payload)
    output = await exchange(resolve(local(server)), ask())
    assert output.value == "I can't help with that."
    assert output.detail["refusal"] == "I can't help with that."
    assert output.detail["reasoning"] == "hmm"
    assert output.detail["logprobs"] == [{"token": "I", "logprob": -0.1}]


@pytest.mark.parametrize(
    "payload",
    [
        b"<html>oops</html>",
        b"",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": "text"}]}',
        b'{"choices": [{"message": {"content": 7}}]}',
        b'{"choices": [{"message": {"content": NaN}}]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
async def test_a_malformed_answer_is_the_targets_fault(
    resolve: Any, ask: Any, answering: Any, payload: bytes
) -> None:
    server = await answering(payload)
    output = await exchange(resolve(local(server)), ask())
    assert output.fault.owner == "target"
    assert output.fault.kind == "invalid"


async def test_odd_usage_is_unknown_usage(resolve: Any, ask: Any, answering: Any, chat: Any) -> None:
    payload = {
        **chat(),
        "usage": {"prompt_tokens": "20", "completion_tokens": -1, "prompt_tokens_details": 3},
    }
    server = await answering(payload)
    output = await exchange(resolve(local(server)), ask())
    assert output.usage.as_json() == {}


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"code": "context_length_exceeded", "message": "too long"}, "overflow"),
        (400, {"message": "This model's maximum context length is 4096 tokens"}, "overflow"),
        (413, {"message": "payload"}, "overflow"),
        (400, {"message": "image is broken"}, "rejected"),
        (422, {"message": "cannot"}, "rejected"),
    ],
)
async def test_refusals_of_one_case(
    resolve: Any, ask: Any, answering: Any, status: int, error: Any, kind: str
) -> None:
    server = await answering({"error": error}, status=status)
    output = await exchange(resolve(local(server)), ask())
    assert (output.fault.owner, output.fault.kind) == ("target", kind)


async def test_a_content_filter_is_an_empty_answer_and_noted(resolve: Any, ask: Any, answering: Any) -> None:
    server = await answering({"error": {"code": "content_filter", "message": "policy"}}, status=400)
    output = await exchange(resolve(local(server)), ask())
    assert output.value == ""
    assert output.fault is None
    assert output.detail["content_filter"] == "policy"


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (401, {"message": "bad key"}, r"refuses the key \(HTTP 401\): bad key"),
        (403, {"message": "no"}, "refuses the key"),
        (404, {"message": "no such model"}, "answers HTTP 404: no such model"),
        (307, {}, "answers HTTP 307"),
        (429, {"code": "insufficient_quota", "message": "pay"}, "the quota is used up"),
        (400, {"code": "unsupported_parameter", "message": "no top_k"}, "does not take these settings"),
    ],
)
async def test_refusals_that_end_the_run(
    resolve: Any, ask: Any, answering: Any, status: int, error: Any, message: str
) -> None:
    server = await answering({"error": error}, status=status, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(TargetError, match=message):
        await exchange(resolve(local(server)), ask())


@pytest.mark.parametrize(
    ("status", "headers", "after", "throttled"),
    [
        (429, {"Retry-After": "7"}, 7.0, True),
        (429, {"retry-after-ms": "120"}, 0.12, True),
        (429, {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m30s"}, 90.0, True),
        (503, {}, None, True),
        (500, {}, None, False),
        (408, {}, None, False),
        (409, {}, None, False),
    ],
)
async def test_what_may_pass_is_retryable(
    resolve: Any, ask: Any, answering: Any, status: int, headers: Any, after: float | None, throttled: bool
) -> None:
    server = await answering({"error": {"message": "later"}}, status=status, headers=headers)
    with pytest.raises(RetryableFault, match="later") as caught:
        await exchange(resolve(local(server)), ask())
    assert caught.value.retry_after_s == after
    assert caught.value.throttled is throttled


async def test_a_lost_connection_is_retryable(resolve: Any, ask: Any, serve: Any) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    server = await serve(cut)
    with pytest.raises(RetryableFault, match=r"connection to 127\.0\.0\.1:\d+ failed"):
        await exchange(resolve(local(server)), ask())


async def test_an_answer_that_breaks_off_is_retryable(resolve: Any, ask: Any, serve: Any) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"choices": [')
        assert request.transport is not None
        request.transport.close()
        return response

    server = await serve(half)
    with pytest.raises(RetryableFault, match="connection to"):
        await exchange(resolve(local(server)), ask())


@pytest.mark.parametrize("scheme", ["openai", "anthropic", "http"])
async def test_a_refused_connection_is_said_at_once(resolve: Any, closed_port: int, scheme: str) -> None:
    place = f"127.0.0.1:{closed_port}"
    uri = f"http:http://{place}/x" if scheme == "http" else f"{scheme}:m?base_url=http://{place}/v1"
    started = time.perf_counter()
    with pytest.raises(
        TargetError, match=rf"cannot reach {place}: connection refused.*is the server running"
    ):
        await resolve(uri).open()
    assert time.perf_counter() - started < 5


async def test_an_unknown_host_is_said(resolve: Any) -> None:
    with pytest.raises(TargetError, match=r"cannot reach nohost\.invalid:80: no such host"):
        await resolve("openai:m?base_url=http://nohost.invalid/v1").open()


async def test_a_server_that_speaks_no_tls(resolve: Any, answering: Any) -> None:
    server = await answering({})
    uri = f"openai:m?base_url={server.url.replace('http:', 'https:')}/v1"
    with pytest.raises(TargetError, match="no trusted TLS connection"):
        await resolve(uri).open()


async def test_a_bad_key_is_found_when_opening(resolve: Any, serve: Any) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        good = request.headers.get("Authorization") == f"Bearer {KEY}"
        return web.json_response({"data": []}, status=200 if good else 401)

    server = await serve(handler)
    good = resolve(local(server), environ={"OPENAI_API_KEY": KEY})
    await good.open()
    await good.close()
    with pytest.raises(TargetError, match="refuses the key"):
        await resolve(local(server), environ={"OPENAI_API_KEY": "sk-wrong-wrong-wrong"}).open()


async def test_a_server_without_a_list_of_models_is_fine(
    resolve: Any, ask: Any, serve: Any, chat: Any
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({}, status=404)
        return web.json_response(chat())

    server = await serve(handler)
    output = await exchange(resolve(local(server), environ={"OPENAI_API_KEY": KEY}), ask())
    assert output.value == "42"
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_the_provider_needs_a_key(resolve: Any) -> None:
    with pytest.raises(ConfigError, match="environment variable OPENAI_API_KEY is not set"):
        resolve("openai:gpt-4o-mini")


def test_a_model_is_needed(resolve: Any) -> None:
    with pytest.raises(Exception, match="openai: needs a model"):
        resolve("openai:")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temprature": 0}, "unknown setting 'temprature'. Did you mean temperature"),
        ({"temperature": "hot"}, "temperature must be a number, not str"),
        ({"max_tokens": 1.5}, "max_tokens must be a whole number"),
        ({"stream": "yes"}, "stream must be true or false"),
        ({"logprobs": 99}, r"logprobs must be true, false, or how many alternatives \(0 to 20\)"),
        ({"extra": {"messages": []}}, "extra cannot hold messages"),
        ({"timeout": 0}, "timeout must be above 0 seconds"),
        ({"system": "file:none.md"}, r"system names a file that does not exist: none\.md"),
        ({"headers": {"X-Org": "$ORG_UNSET"}}, "environment variable ORG_UNSET is not set"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "header X-A holds a character"),
        ({"tools": "search"}, "tools must be a list of tables"),
    ],
)
def test_settings_are_checked(resolve: Any, settings: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve("openai:m?base_url=http://127.0.0.1:1/v1", name="v2", settings=settings)


def test_the_query_gives_settings_too(resolve: Any) -> None:
    uri = "openai:m?base_url=http://127.0.0.1:1/v1&temperature=0.5&max_tokens=9&stream=true"
    settings = resolve(uri).info.settings
    assert (settings["temperature"], settings["max_tokens"], settings["stream"]) == (0.5, 9, True)
    with pytest.raises(ConfigError, match="unknown setting 'temp'"):
        resolve("openai:m?base_url=http://127.0.0.1:1/v1&temp=1")
    with pytest.raises(ConfigError, match="not a web address"):
        resolve("openai:m?base_url=localhost:8000")


async def test_the_key_never_leaves_in_a_record_or_an_error(
    resolve: Any, ask: Any, serve: Any, chat: Any
) -> None:
    """A server that echoes the Authorization header everywhere; keys in base_url, query, headers."""
    status = 200

    async def echo(request: web.Request) -> web.StreamResponse:
        said = f"{request.headers['Authorization']} {request.headers['X-Team']} {request.query_string}"
        payload = chat(said) if status == 200 else {"error": {"message": f"denied: {said}"}}
        return web.json_response(payload, status=status)

    server = await serve(echo)
    url = server.url.replace("http://", "http://user:planted-password@") + "/v1?token=planted-query"
    target = resolve(
        f"openai:m?base_url={url}",
        environ={"OPENAI_API_KEY": KEY, "TEAM": "planted-team-secret"},
        settings={"headers": {"X-Team": "$TEAM"}},
    )
    await target.open()
    seen = [repr(target), repr(target.info), str(target.info.as_json())]
    output = await target.answer(ask())
    seen += [repr(output), str(output.as_json())]
    for status in (400, 401, 404, 429, 500, 413):  # noqa: B007 - read by the server
        try:
            seen.append(repr(await target.answer(ask())))
        except (TargetError, RetryableFault) as error:
            seen += [str(error), repr(error), repr(error.__dict__), repr(error.__cause__)]
    await target.close()
    assert "planted" not in "\n".join(seen)
    assert KEY not in "\n".join(seen)
    assert "***" in output.value
    assert server.queries[0] == {"token": "planted-query"}


def test_a_key_is_not_sent_across_a_network_in_the_clear(resolve: Any) -> None:
    environ = {"OPENAI_API_KEY": KEY}
    remote = resolve("openai:m?base_url=http://10.1.2.3:8000/v1", environ=environ)
    asked = resolve(
        "openai:m?base_url=http://10.1.2.3:8000/v1", environ=environ, settings={"api_key": "$OPENAI_API_KEY"}
    )
    secure = resolve("openai:m?base_url=https://llm.example/v1", environ=environ)
    keys = [target._access.key for target in (remote, asked, secure)]
    assert keys == ["", KEY, KEY]


async def test_many_at_once(resolve: Any, ask: Any, serve: Any, chat: Any, caller_of: Any) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        text = (await request.json())["messages"][0]["content"]
        await asyncio.sleep(0.001)
        return web.json_response(chat(text[::-1]))

    server = await serve(handler)
    async with caller_of(resolve(local(server)), max_connections=32) as caller:
        outputs = await asyncio.gather(*(caller.call(ask(f"text {i}", id=str(i))) for i in range(200)))
    assert [output.value for output in outputs] == [f"text {i}"[::-1] for i in range(200)]
