"""The HTTP connection against servers that do not behave: real sockets, on both event loops."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from steelyard.core import ConfigError, TargetError
from steelyard.targets._protocol import RetryableFault
from steelyard.targets._secrets import Redactor
from steelyard.targets._web import Reply, WebClient

Body = Callable[[WebClient], Awaitable[Any]]
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = HEAD + b"Content-Encoding: gzip\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n42"


class Scripted:
    """Answers the n-th request with the n-th script: bytes are sent, `None` closes, a float waits."""

    def __init__(self, *scripts: Any) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._scripts = list(scripts)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self._scripts:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                script = self._scripts.pop(0)
                for step in script if isinstance(script, list) else [script]:
                    if step is None:
                        return
                    if isinstance(step, float):
                        await asyncio.sleep(step)
                        continue
                    writer.write(step)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def talk(request: Any) -> Callable[..., Any]:
    """Run a conversation of a client with a scripted server, on a loop of its own."""

    def go(server: Scripted, body: Body, *, headers: dict[str, str] | None = None) -> Any:
        async def main() -> Any:
            listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=2**20)
            port = listener.sockets[0].getsockname()[1]
            client = WebClient(
                f"http://127.0.0.1:{port}/v1/a?b=c",
                headers=headers or {},
                redact=Redactor(),
                environ={},
                where="test",
            )
            try:
                await client.open()
                async with asyncio.timeout(10):
                    return await body(client)
            finally:
                await client.close()
                listener.close()

        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(main())

    return go


async def _send(client: WebClient) -> Reply:
    return await client.send(b"{}")


def test_requests_share_one_connection(talk: Any) -> None:
    server = Scripted(OK, OK, OK)

    async def thrice(client: WebClient) -> list[Reply]:
        return [await client.send(b"{}"), await client.send(b"[]", method="PUT"), await client.send(b"")]

    replies = talk(server, thrice, headers={"X-Team": "größe"})
    assert [reply.body for reply in replies] == [b"42"] * 3
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /v1/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert "\r\nX-Team: größe\r\n".encode() in server.requests[0]
    assert server.requests[0].endswith(b"Content-Length: 2\r\n\r\n{}")
    assert server.requests[1].startswith(b"PUT /v1/a?b=c HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("script", "body"),
    [
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n4\r\n", b"1\r\n2\r\n0\r\n\r\n"], b"42"),
        ([bytes([byte]) for byte in OK], b"42"),
        ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", OK], b"42"),
        ([b"HTTP/1.1 200 OK\r\n\r\n4", b"2", None], b"42"),
        ([b"HTTP/1.0 200 OK\r\n\r\n42", None], b"42"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
    ids=["chunked", "byte by byte", "interim", "until the end", "http/1.0", "204", "empty"],
)
def test_framings(talk: Any, script: Any, body: bytes) -> None:
    assert talk(Scripted(script), _send).body == body


def test_gzip_is_undone(talk: Any) -> None:
    packed = gzip.compress(b"42" * 1000, mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert talk(Scripted(head + packed), _send).body == b"42" * 1000


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "closed the connection without an answer"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n42", None], "before the answer was whole"),
        ([CHUNKED + b"2\r\n42", None], "before the answer was whole"),
        ([b"HTTP/1.1 200 OK\r\nContent-Le", None], "before the answer was whole"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n42", "is not HTTP"),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n42", "is not HTTP"),
        (b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "is not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nX-Long: ", *[b"a" * 8192] * 20], "head or framing is too large"),
        ([b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n" * 1000] * 20], "head or framing is too large"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" * 1000] * 4, "head or framing is too large"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", *[b"X-A: b\r\n" * 1000] * 20],
            "head or framing is too large",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "answered more than"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n42", "not asked for"),
        (GZIP + b"Content-Length: 2\r\n\r\n42", "compression is damaged"),
        (
            GZIP + b"Content-Length: 9\r\n\r\n" + gzip.compress(b"42", mtime=0)[:9],
            "compression breaks off",
        ),
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_a_lost_connection(talk: Any, script: Any, message: str) -> None:
    with pytest.raises(RetryableFault, match=message):
        talk(Scripted(script), _send)


def test_a_bomb_is_not_unpacked(talk: Any) -> None:
    packed = gzip.compress(bytes(80 * 2**20), 1, mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with pytest.raises(RetryableFault, match="answered more than"):
        talk(Scripted([head + packed]), _send)


@pytest.mark.parametrize(
    "script",
    [
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        [OK, 0.05, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"],
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n42",
        [OK, None],
    ],
    ids=["in the same bytes", "later", "close", "closed silently"],
)
def test_an_answer_nobody_asked_for_is_never_given_to_the_next_request(talk: Any, script: Any) -> None:
    server = Scripted(script, OK)

    async def twice(client: WebClient) -> list[bytes]:
        first = (await client.send(b"1")).body
        await asyncio.sleep(0.15)
        return [first, (await client.send(b"2")).body]

    assert talk(server, twice) == [b"42", b"42"]
    assert server.connections == 2


def test_a_cancelled_exchange_gives_up_its_connection(talk: Any) -> None:
    late = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"
    server = Scripted([0.2, late], OK)

    async def body(client: WebClient) -> bytes:
        with pytest.raises(TimeoutError, match=r"^$"):
            async with asyncio.timeout(0.05):
                await client.send(b"1")
        await asyncio.sleep(0.3)
        return (await client.send(b"2")).body

    assert talk(server, body) == b"42"
    assert server.connections == 2


def test_a_redirect_is_an_answer_and_not_followed(talk: Any) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    server = Scripted(moved)
    assert talk(server, _send).status == 307
    assert len(server.requests) == 1


def test_a_slow_reader_of_a_stream_gets_everything(talk: Any) -> None:
    """More than is held for a reader: the server has to wait, and nothing is lost."""
    piece = b"20000\r\n" + b"x" * 0x20000 + b"\r\n"
    script = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[piece] * 40, b"0\r\n\r\n"]

    async def body(client: WebClient) -> int:
        size = 0
        async with client.stream(b"{}") as answer:
            await asyncio.sleep(0.1)
            async for part in answer.pieces():
                size += len(part)
                await asyncio.sleep(0.001)
        return size

    assert talk(Scripted(script), body) == 40 * 0x20000


def test_a_stream_that_is_left_early_gives_up_its_connection(talk: Any) -> None:
    server = Scripted([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", 0.1], OK)

    async def body(client: WebClient) -> bytes:
        async with client.stream(b"{}") as answer:
            async for part in answer.pieces():
                assert part == b"a"
                break
        return (await client.send(b"2")).body

    assert talk(server, body) == b"42"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Transfer-Encoding", "chunked"),
        ("content-length", "7"),
        ("Connection", "close"),
        ("X-A", "a\r\nX-B: b"),
        ("X A", "a"),
        ("X:A", "a"),
    ],
)
def test_headers_that_cannot_be_sent(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot be set|no header may hold"):
        WebClient("http://127.0.0.1:1/", headers={name: value}, redact=Redactor(), environ={}, where="t")


async def test_it_must_be_opened() -> None:
    client = WebClient("http://127.0.0.1:1/", headers={}, redact=Redactor(), environ={}, where="t")
    with pytest.raises(TargetError, match="was not opened"):
        await client.send(b"")


async def test_a_proxy_gets_the_whole_address() -> None:
    server = Scripted(OK, [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n42", None])
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    client = WebClient(
        "http://example.invalid/v1",
        headers={"X-A": "b"},
        redact=Redactor(),
        environ={"http_proxy": f"http://127.0.0.1:{port}"},
        where="t",
    )
    await client.open()
    try:
        assert (await client.send(b"{}")).body == b"42"
        assert server.requests[0].startswith(b"POST http://example.invalid/v1 HTTP/1.1\r\n")
        with pytest.raises(RetryableFault, match=r"connection to example\.invalid:80 failed"):
            await client.send(b"{}")
    finally:
        await client.close()
        listener.close()
