"""One HTTP/1.1 connection: requests go out as bytes, answers come in through `httptools`, within limits.

The parser is llhttp in its strict mode. What it does not look after is looked after here: how long a
head, an answer and its framing may be, what closes a connection, and that nothing is read as an answer
that was not asked for.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from enum import Enum, auto
from typing import Protocol, cast

import httptools
from multidict import CIMultiDict, CIMultiDictProxy

LARGEST = 64 * 2**20
"""Bytes of the largest answer that is read."""
_OVERHEAD = 64 * 1024
"""Bytes that head, trailers and framing may take."""
_OVERHEAD_PER_PIECE = 64
_AHEAD = 2**20
"""Bytes of a stream that are held for a reader; then the server has to wait."""
_GZIP = 16 + zlib.MAX_WBITS
_NO_HEADERS: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())


class BrokenAnswerError(ConnectionError):
    """The connection ended, or brought what is no HTTP, before the answer was whole."""


class LargeAnswerError(ConnectionError):
    """The answer is larger than `LARGEST`."""


class Answer(Protocol):
    """An answer whose head has come."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, case-insensitive."""
        ...

    async def read(self) -> bytes:
        """The whole body, decompressed; raises LargeAnswerError above `LARGEST`."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        ...


class _Wants(Enum):
    HEAD = auto()
    PIECE = auto()
    WHOLE = auto()


class Connection(asyncio.Protocol):
    """One exchange at a time; `reusable` says whether another may follow."""

    status: int
    headers: Mapping[str, str]
    _fields: list[tuple[str, str]]
    _chunks: list[bytes]
    _size: int
    _received: int
    _body: int
    _bodies: int
    _framed: bool
    _unzip: zlib._Decompress | None

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._error: Exception | None = None
        self._complete = True
        self._keeps = True
        self._waiter: asyncio.Future[None] | None = None
        self._wants = _Wants.WHOLE
        self._paused = False
        self._forget()

    @property
    def reusable(self) -> bool:
        """Whether the last exchange is over and the connection still good."""
        return self._complete and self._keeps and self._error is None

    def begin(self, request: bytes, *, whole: bool) -> None:
        """Send a request; `whole` when its answer will be read at once."""
        self._forget()
        self._complete = False
        self._wants = _Wants.WHOLE if whole else _Wants.HEAD
        if self._transport is not None and self._error is None:
            self._transport.write(request)

    async def head(self) -> None:
        """Wait for status and headers."""
        if not self.status:
            await self._wait(_Wants.HEAD)

    async def read(self) -> bytes:
        """The whole body, decompressed; raises LargeAnswerError above `LARGEST`."""
        await self._wait(_Wants.WHOLE)
        chunks = self._chunks
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        while True:
            if not self._chunks:
                await self._wait(_Wants.PIECE)
            chunks, self._chunks, self._size = self._chunks, [], 0
            if not chunks:
                return
            self._resume()
            yield b"".join(chunks)

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._keeps = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio's protocol."""
        # uvloop's transports are no subclasses of asyncio's: they only do the same.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Part of asyncio's protocol."""
        if self._complete:
            self._break(BrokenAnswerError("the server sent what nobody asked for"))
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._break(BrokenAnswerError(f"the answer is not HTTP: {type(error).__name__}"))
            return
        if self._received - self._body > _OVERHEAD + _OVERHEAD_PER_PIECE * self._bodies:
            self._break(BrokenAnswerError("the answer's head or framing is too large"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio's protocol."""
        self._keeps = False
        if not self._complete and self.status and not self._framed and exc is None:
            self._finish()  # without a length, the end of the connection is the end of the answer
            return
        if not self._complete:
            what = "before the answer was whole" if self._received else "without an answer"
            self._break(BrokenAnswerError(f"the server closed the connection {what}"))
        elif self._error is None:
            self._error = BrokenAnswerError("the connection is closed")

    def on_message_begin(self) -> None:
        """Called by the parser: another answer in the same bytes was not asked for."""
        if self._complete:
            self._keeps = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for each header and trailer."""
        if not self.status:
            self._fields.append((_text(name), _text(value)))

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        if self._complete:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self._fields = []
            return
        self.headers = headers = CIMultiDict(self._fields)
        self.status = status
        self._framed = "Content-Length" in headers or "Transfer-Encoding" in headers
        coding = headers.get("Content-Encoding", "").strip().lower()
        if coding in ("gzip", "x-gzip"):
            self._unzip = zlib.decompressobj(_GZIP)
        elif coding not in ("", "identity"):
            self._break(BrokenAnswerError("the answer comes in a compression that was not asked for"))
        elif int(headers.get("Content-Length", "0")) > LARGEST and self._wants is _Wants.WHOLE:
            self._break(LargeAnswerError())
        elif self._wants is _Wants.HEAD:
            self._wake()

    def on_body(self, body: bytes) -> None:
        """Called by the parser for each piece of the body."""
        if self._complete or self._error is not None:
            return
        self._body += len(body)
        self._bodies += 1
        if self._unzip is not None:
            try:
                body = self._unzip.decompress(body, LARGEST + 1 - self._size)
            except zlib.error:
                self._break(BrokenAnswerError("the answer's compression is damaged"))
                return
            if not body:
                return
        self._chunks.append(body)
        self._size += len(body)
        if self._size > LARGEST:
            self._break(LargeAnswerError())
        elif self._wants is _Wants.PIECE:
            self._wake()
        if self._size > _AHEAD and self._wants is not _Wants.WHOLE:
            self._pause()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._complete or not self.status or self._error is not None:
            return
        self._keeps = self._keeps and self._parser.should_keep_alive()
        self._finish()

    def _forget(self) -> None:
        self.status = 0
        self.headers = _NO_HEADERS
        self._fields = []
        self._chunks = []
        self._size = 0
        self._received = 0
        self._body = 0
        self._bodies = 0
        self._framed = False
        self._unzip = None

    async def _wait(self, wants: _Wants) -> None:
        self._wants = wants
        self._resume()
        if self._error is not None and not self._complete:
            raise self._error
        if not self._complete:
            self._waiter = self._loop.create_future()
            await self._waiter

    def _finish(self) -> None:
        if self._unzip is not None and not self._unzip.eof:
            self._break(BrokenAnswerError("the answer's compression breaks off"))
            return
        self._complete = True
        self._wake()

    def _break(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
        self.abort()
        self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if self._error is not None and not self._complete:
            waiter.set_exception(self._error)
        else:
            waiter.set_result(None)

    def _pause(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
