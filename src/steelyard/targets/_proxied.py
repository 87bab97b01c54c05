"""Requests through a proxy, by aiohttp. Loaded only where a proxy is set: importing it takes time."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from steelyard.targets._wire import LARGEST, Answer, BrokenAnswerError, LargeAnswerError

_STREAMED = 2**20
"""Bodies above this are sent from a buffer, in pieces."""


class ProxiedPool:
    """Sends what `DirectPool` sends, through a proxy."""

    def __init__(self, url: URL, headers: Mapping[str, str], *, proxy: str) -> None:
        self._url = url
        self._headers = headers
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the pool; a proxy is not asked whether it is there."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=600),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
                headers=self._headers,
            )

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, method: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and whole body of an answer; raises OSError when the exchange fails."""
        async with self.stream(method, body) as answer:
            return answer.status, answer.headers, await answer.read()

    @asynccontextmanager
    async def stream(self, method: str, body: bytes, *, url: URL | None = None) -> AsyncIterator[Answer]:
        """An answer whose body may be read as it comes; `url` for another path of the same address."""
        if self._session is None:
            raise BrokenAnswerError("the pool is closed")
        data = aiohttp.BytesPayload(body) if len(body) < _STREAMED else io.BytesIO(body)
        try:
            async with self._session.request(
                method, url or self._url, data=data, allow_redirects=False, proxy=self._proxy
            ) as response:
                yield _Answer(response)
        except aiohttp.ClientConnectorCertificateError as error:
            raise error.certificate_error from None
        except aiohttp.ClientError as error:
            raise BrokenAnswerError(f"{type(error).__name__} {error}".strip()) from None


class _Answer:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def read(self) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.pieces():
            size += len(chunk)
            if size > LARGEST:
                raise LargeAnswerError
            chunks.append(chunk)
        return b"".join(chunks)

    def pieces(self) -> AsyncIterator[bytes]:
        return self._response.content.iter_any()
