"""One HTTP endpoint: a pool of connections, and failures sorted by what to do about them."""

from __future__ import annotations

import asyncio
import importlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, cast

from yarl import URL

from steelyard.core import ConfigError, TargetError
from steelyard.targets._pool import DirectPool, Pool
from steelyard.targets._protocol import RetryableFault
from steelyard.targets._rates import pause_from_headers
from steelyard.targets._secrets import Redactor, url_without_secrets
from steelyard.targets._wire import LARGEST, Answer, LargeAnswerError

OPEN_S = 4.5
"""Seconds that `open` may take; the contract allows five."""


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
        self._url = _parsed(url, where=where)
        proxy = _proxy(self._url, environ)
        self._pool: Pool = DirectPool(self._url, headers, where=where)
        if proxy is not None:
            self._pool = _proxied(self._url, headers, proxy)
        self._opened = False

    def __repr__(self) -> str:
        return f"WebClient({self.shown!r})"

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self._url.host}:{self._url.port}"

    async def open(self) -> None:
        """Connect, unless behind a proxy; raises TargetError within five seconds when nothing listens."""
        try:
            async with asyncio.timeout(OPEN_S):
                await self._pool.open()
        except OSError as error:
            await self._pool.close()
            raise self._unreachable(error) from None
        self._opened = True

    async def close(self) -> None:
        """Close the pool."""
        self._opened = False
        await self._pool.close()

    async def probe(self, url: str) -> int | None:
        """The status of a GET with our headers at another path, or None when nothing came in time."""
        try:
            async with asyncio.timeout(OPEN_S), self._pool.stream("GET", b"", url=URL(url)) as answer:
                return answer.status
        except OSError:
            return None

    async def send(self, body: bytes, *, method: str = "POST") -> Reply:
        """Send a body, read the whole answer.

        Raises RetryableFault when the connection fails, TargetError when it can never succeed.
        """
        self._check_open()
        try:
            status, headers, raw = await self._pool.send(method, body)
        except OSError as error:
            raise self._failure(error) from None
        self._note_pace(headers)
        return Reply(status, headers, self.redact.clean_bytes(raw))

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[Answer]:
        """Send a body and hand the open answer out; errors while it is read are those of `send`."""
        self._check_open()
        try:
            async with self._pool.stream("POST", body) as answer:
                self._note_pace(answer.headers)
                yield answer
        except OSError as error:
            raise self._failure(error) from None

    async def reply(self, answer: Answer) -> Reply:
        """The whole of an open answer."""
        return Reply(answer.status, answer.headers, self.redact.clean_bytes(await answer.read()))

    def _note_pace(self, headers: Mapping[str, str]) -> None:
        if self.on_rate is not None:
            pause = pause_from_headers(headers)
            if pause is not None:
                self.on_rate(pause)

    def _check_open(self) -> None:
        if not self._opened:
            raise TargetError(
                "the target was not opened", where=self._where, hint="await target.open() first"
            )

    def _failure(self, error: BaseException) -> Exception:
        """What a failed exchange is to the caller."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._unreachable(error)
        if isinstance(error, LargeAnswerError):
            return RetryableFault("server", f"{self.place} answered more than {LARGEST} bytes")
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
            hint="Write it as http://HOST:PORT/PATH or https://…",
        )
    return parsed.with_user(None)


def _proxy(url: URL, environ: Mapping[str, str]) -> str | None:
    """The proxy that the environment asks for; read once, because a run keeps to one way."""
    chosen = environ.get(f"{url.scheme}_proxy") or environ.get(f"{url.scheme}_proxy".upper())
    excepted = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return None if not chosen or _is_excepted(url.host or "", excepted) else chosen


def _proxied(url: URL, headers: Mapping[str, str], proxy: str) -> Pool:
    module = importlib.import_module("steelyard.targets._proxied")
    return cast("Pool", module.ProxiedPool(url, headers, proxy=proxy))


def _is_excepted(host: str, excepted: str) -> bool:
    """Whether `no_proxy` names the host, a domain above it, or everything."""
    names = [name.strip().lstrip(".").lower() for name in excepted.split(",") if name.strip()]
    return any(name in {"*", host.lower()} or host.lower().endswith(f".{name}") for name in names)


def _reason(error: BaseException, place: str) -> tuple[str, str]:
    if isinstance(error, socket.gaierror):
        return "no such host", "check the spelling and the network"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused", "is the server running, and on this port?"
    if isinstance(error, ssl.SSLError):
        return f"no trusted TLS connection ({type(error).__name__})", (
            "check http against https; for a private certificate set SSL_CERT_FILE"
        )
    if isinstance(error, TimeoutError):
        return f"no answer within {OPEN_S:g} s", "check host, port and firewall"
    if "refused" in str(error).lower() or "Multiple exceptions" in str(error):
        return "connection refused", "is the server running, and on this port?"
    return f"{type(error).__name__}", f"check that {place} can be reached from here"
