"""Loopback servers and short ways to make cases, targets and callers."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from steelyard.core import Case, Json, SystemClock
from steelyard.targets import AnswerCache, Caller, Limits, Request, Target, resolve_target

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Resolve = Callable[..., Target]


class Server:
    """A real HTTP server on loopback that remembers what it was sent."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.bodies: list[Any] = []
        self.headers: list[Mapping[str, str]] = []
        self.queries: list[Mapping[str, str]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if request.method != "GET":
            self.bodies.append(json.loads(raw) if raw else None)
            self.headers.append(dict(request.headers))
            self.queries.append(dict(request.query))
        return await self.handler(request)


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[Server]]]:
    """Start a server for a handler; all are stopped at the end of the test."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> Server:
        server = Server(handler)
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/{path:.*}", server.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        server.url = f"http://127.0.0.1:{port}"
        return server

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def resolve(tmp_path: Path) -> Resolve:
    """`resolve_target` in the test's own folder, with no environment unless one is given."""

    def make(uri: str, **options: Any) -> Target:
        options.setdefault("folder", tmp_path)
        options.setdefault("environ", {})
        return resolve_target(uri, **options)

    return make


@pytest.fixture
def caller_of() -> Callable[..., Caller]:
    """A caller with quick retries and a fixed seed."""

    def make(target: Target, *, cache: AnswerCache | None = None, **limits: Any) -> Caller:
        limits.setdefault("backoff_s", 0.001)
        return Caller(target, Limits(**limits), clock=SystemClock(), rng=random.Random(7), cache=cache)

    return make


@pytest.fixture
def ask() -> Callable[..., Request]:
    """A request for a case with this input."""

    def make(text: Json = "hello", *, id: str = "c1", epoch: int = 1, **rest: Any) -> Request:  # noqa: A002
        options = {key: rest.pop(key) for key in ("messages", "seed", "attachment") if key in rest}
        return Request(case=Case(id=id, input=text, **rest), epoch=epoch, **options)

    return make


@pytest.fixture
def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def completion(text: str | None = "42", **message: Any) -> dict[str, Any]:
    """A chat completion object as a server answers it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "mock-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21},
    }


@pytest.fixture
def chat() -> Callable[..., dict[str, Any]]:
    """Makes chat completion objects."""
    return completion
