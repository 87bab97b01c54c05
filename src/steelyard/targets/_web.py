"""One HTTP endpoint: a pool of connections, and failures sorted by what to do about them."""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from steelyard.core import ConfigError, TargetError
from steelyard.targets._protocol import RetryableFault
from steelyard.targets._rates import pause_from_headers
from steelyard.targets._secrets import Redactor, url_without_secrets

OPEN_S = 4.5
"""Seconds that `open` may take; the contract allows five."""
LARGEST = 64 * 2**20
"""Bytes of the largest answer that is read."""
_STREAMED = 2**20
"""Bodies above this are sent from a buffer, in pieces."""


class Reply(NamedTuple):
    """What a server answered."""

    status: int
    """The HTTP status."""
    headers: Mapping[str, str]
    """Its headers, case-insensitive."""
    body: bytes
    """The whole body, decompressed, our own secrets taken out."""


class WebClient:
    """Sends one kind of request to one URL. Never follows redirects: they would carry the key along."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        redact: Redactor,
        environ: Mapping[str, str],
        where: str,
    ) -> None:
        self.shown = url_without_secrets(url)
        self.redact = redact
        self.on_rate: Callable[[float], None] | None = None
        self._where = where
        self._environ = environ
        self._headers = CIMultiDict(headers)
        self._session: aiohttp.ClientSession | None = None
        self._url = _parsed(url, where=where)
        self._proxy = _proxy(self._url, environ)

    def __repr__(self) -> str:
        return f"WebClient({self.shown!r})"

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self._url.host}:{self._url.port}"

    async def open(self) -> None:
        """Make the pool and see that something listens; raises TargetError within five seconds if not."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=600),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
                headers=self._headers,
            )
        if self._proxy is not None:
            return
        secure = ssl.create_default_context() if self._url.scheme == "https" else None
        try:
            async with asyncio.timeout(OPEN_S):
                _, writer = await asyncio.open_connection(self._url.host, self._url.port, ssl=secure)
        except (TimeoutError, OSError) as error:
            await self.close()
            raise self._unreachable(error) from None
        writer.close()

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def probe(self, url: str) -> int | None:
        """The status of a GET with our headers, or None when nothing came in time."""
        try:
            async with (
                asyncio.timeout(OPEN_S),
                self._pool.get(URL(url), allow_redirects=False, proxy=self._proxy) as response,
            ):
                return response.status
        except (TimeoutError, aiohttp.ClientError, OSError):
            return None

    async def send(self, body: bytes, *, method: str = "POST") -> Reply:
        """Send a body, read the whole answer.

        Raises RetryableFault when the connection fails, TargetError when it can never succeed.
        """
        try:
            response = await self._request(body, method)
            try:
                return await self.reply(response)
            finally:
                response.release()
        except (aiohttp.ClientError, OSError) as error:
            raise self._failure(error) from None

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a body and hand the open response out; errors while it is read are those of `send`."""
        try:
            async with self._request(body, "POST") as response:
                self._note_pace(response)
                yield response
        except (aiohttp.ClientError, OSError) as error:
            raise self._failure(error) from None

    async def reply(self, response: aiohttp.ClientResponse) -> Reply:
        """The whole of a response; raises RetryableFault when it is larger than `LARGEST`."""
        length = response.content_length
        if length is not None and length <= LARGEST and "Content-Encoding" not in response.headers:
            raw = await response.read()
        else:
            raw = await self._read_bounded(response)
        self._note_pace(response)
        return Reply(response.status, response.headers, self.redact.clean_bytes(raw))

    def _request(self, body: bytes, method: str) -> aiohttp.client._RequestContextManager:
        # A payload made here spares the client a search for one; a large body is sent in pieces.
        data = aiohttp.BytesPayload(body) if len(body) < _STREAMED else io.BytesIO(body)
        return self._pool.request(method, self._url, data=data, allow_redirects=False, proxy=self._proxy)

    async def _read_bounded(self, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > LARGEST:
                raise RetryableFault("server", f"{self.place} answered more than {LARGEST} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def _note_pace(self, response: aiohttp.ClientResponse) -> None:
        if self.on_rate is not None:
            pause = pause_from_headers(response.headers)
            if pause is not None:
                self.on_rate(pause)

    @property
    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise TargetError(
                "the target was not opened", where=self._where, hint="await target.open() first"
            )
        return self._session

    def _failure(self, error: BaseException) -> Exception:
        """What a failed exchange is to the caller."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return self._unreachable(error)
        text = self.redact(f"{type(error).__name__} {error}".strip())
        return RetryableFault("connection", f"connection to {self.place} failed: {text}")

    def _unreachable(self, error: BaseException) -> TargetError:
        reason, hint = _reason(error, self.place)
        return TargetError(f"cannot reach {self.place}: {reason}", where=self._where, hint=hint)


def _parsed(url: str, *, where: str) -> URL:
    try:
        parsed = URL(url)
    except ValueError:
        parsed = URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigError(
            f"not a web address: {url_without_secrets(url)}",
            where=where,
            hint="write it as http://HOST:PORT/PATH or https://…",
        )
    return parsed.with_user(None)


def _proxy(url: URL, environ: Mapping[str, str]) -> str | None:
    """The proxy that the environment asks for; read once, because aiohttp would read it on every call."""
    chosen = environ.get(f"{url.scheme}_proxy") or environ.get(f"{url.scheme}_proxy".upper())
    excepted = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return None if not chosen or _is_excepted(url.host or "", excepted) else chosen


def _is_excepted(host: str, excepted: str) -> bool:
    """Whether `no_proxy` names the host, a domain above it, or everything."""
    names = [name.strip().lstrip(".").lower() for name in excepted.split(",") if name.strip()]
    return any(name in {"*", host.lower()} or host.lower().endswith(f".{name}") for name in names)


def _reason(error: BaseException, place: str) -> tuple[str, str]:
    if isinstance(error, socket.gaierror):
        return "no such host", "check the spelling and the network"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused", "is the server running, and on this port?"
    if isinstance(error, ssl.SSLError | aiohttp.ClientConnectorCertificateError):
        return f"no trusted TLS connection ({type(error).__name__})", (
            "check http against https; for a private certificate set SSL_CERT_FILE"
        )
    if isinstance(error, TimeoutError):
        return f"no answer within {OPEN_S:g} s", "check host, port and firewall"
    if "refused" in str(error).lower() or "Multiple exceptions" in str(error):
        return "connection refused", "is the server running, and on this port?"
    return f"{type(error).__name__}", f"check that {place} can be reached from here"
