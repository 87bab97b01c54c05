"""Connections to one address, kept open between calls."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import aiohappyeyeballs
from yarl import URL

from steelyard.core import ConfigError
from steelyard.targets._wire import Answer, Connection

_CONNECT_S = 10.0
_KEEP_S = 60.0
_RESOLVED_S = 600.0
_NEXT_ADDRESS_S = 0.25
"""RFC 8305 recommends 250 ms between attempts at a host's addresses."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that say how a message is framed or what becomes of the connection."""


class Pool(Protocol):
    """What sends requests to one address. Never follows redirects: they would carry the key along."""

    async def open(self) -> None:
        """Get ready, and see that something listens where that can be seen."""
        ...

    async def close(self) -> None:
        """Close every connection that is not in use."""
        ...

    async def send(self, method: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and whole body of an answer; raises OSError when the exchange fails."""
        ...

    def stream(
        self, method: str, body: bytes, *, url: URL | None = None
    ) -> AbstractAsyncContextManager[Answer]:
        """An answer whose body may be read as it comes; `url` for another path of the same address."""
        ...


class DirectPool:
    """Connects without a proxy; the most recently used connection goes first."""

    def __init__(self, url: URL, headers: Mapping[str, str], *, where: str) -> None:
        self._url = url
        self._secure: ssl.SSLContext | None = None
        self._fields = _head_fields(url, headers, where=where)
        self._idle: list[Connection] = []
        self._closed = False
        self._addresses: list[aiohappyeyeballs.AddrInfoType] = []
        self._resolved = 0.0
        self._heads: dict[str, bytes] = {}

    async def open(self) -> None:
        """Connect once; the connection is kept for the first call."""
        self._closed = False
        if self._url.scheme == "https" and self._secure is None:
            self._secure = ssl.create_default_context()
            self._secure.set_alpn_protocols(["http/1.1"])
        if not self._idle:
            self._give_back(await self._connect())

    async def close(self) -> None:
        """Close every connection that is not in use; those in use are closed after it."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()
        await asyncio.sleep(0)  # lets the transports close before the event loop does

    async def send(self, method: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and whole body of an answer; raises OSError when the exchange fails."""
        connection = self._kept() or await self._connect()
        try:
            connection.begin(self._request(method, body), whole=True)
            answer = await connection.read()
            return connection.status, connection.headers, answer
        finally:
            self._give_back(connection)

    @asynccontextmanager
    async def stream(self, method: str, body: bytes, *, url: URL | None = None) -> AsyncIterator[Answer]:
        """An answer whose body may be read as it comes; `url` for another path of the same address."""
        connection = self._kept() or await self._connect()
        try:
            connection.begin(self._request(method, body, url=url), whole=False)
            await connection.head()
            yield connection
        finally:
            self._give_back(connection)

    def _request(self, method: str, body: bytes, *, url: URL | None = None) -> bytes:
        head = self._heads.get(method) if url is None else None
        if head is None:
            line = f"{method} {(url or self._url).raw_path_qs} HTTP/1.1\r\n"
            head = (line + self._fields).encode()
            if url is None:
                self._heads[method] = head
        return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)

    def _kept(self) -> Connection | None:
        oldest = asyncio.get_running_loop().time() - _KEEP_S
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.idle_since > oldest:
                return connection
            connection.abort()
        return None

    def _give_back(self, connection: Connection) -> None:
        if connection.reusable and not self._closed:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.abort()

    async def _connect(self) -> Connection:
        """A new connection; raises OSError (TimeoutError, ssl.SSLError, socket.gaierror among them)."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_S):
                plain = await aiohappyeyeballs.start_connection(
                    await self._resolve(), happy_eyeballs_delay=_NEXT_ADDRESS_S, interleave=1
                )
                try:
                    _, connection = await loop.create_connection(
                        Connection,
                        sock=plain,
                        ssl=self._secure,
                        server_hostname=self._url.host if self._secure else None,
                    )
                except BaseException:
                    plain.close()
                    raise
        except OSError:
            self._addresses = []  # the name may have moved
            raise
        return connection

    async def _resolve(self) -> list[aiohappyeyeballs.AddrInfoType]:
        loop = asyncio.get_running_loop()
        if not self._addresses or loop.time() - self._resolved > _RESOLVED_S:
            found = await loop.getaddrinfo(self._url.host, self._url.port, type=socket.SOCK_STREAM)
            self._addresses = list(found)
            self._resolved = loop.time()
        return self._addresses


def _head_fields(url: URL, headers: Mapping[str, str], *, where: str) -> str:
    """Every header but the length; raises ConfigError for one that cannot be sent."""
    names = {name.lower() for name in headers}
    lines = [] if "host" in names else [f"Host: {url.host_port_subcomponent}\r\n"]
    lines += [] if "accept" in names else ["Accept: */*\r\n"]
    lines += [] if "accept-encoding" in names else ["Accept-Encoding: gzip\r\n"]
    for name, value in headers.items():
        if name.lower() in _OURS:
            raise ConfigError(f"header {name} cannot be set: the connection sets it", where=where)
        if _TOKEN.fullmatch(name) is None or any(sign in value for sign in "\r\n\0"):
            raise ConfigError(f"header {name} holds a character that no header may hold", where=where)
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines)
