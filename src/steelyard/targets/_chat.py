"""What chat protocols have in common: one exchange, plain or streamed."""

from __future__ import annotations

import abc
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from steelyard.core import Output, TargetError, UsageError
from steelyard.targets._access import Access
from steelyard.targets._json_body import decode_body, invalid_output
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._refusal import refused_output
from steelyard.targets._spec import TargetSpec
from steelyard.targets._web import WebClient


class ChatTarget(abc.ABC):
    """A model behind a chat protocol. Subclasses write the request and read the answer."""

    def __init__(self, spec: TargetSpec, *, access: Access, web: WebClient, info: TargetInfo) -> None:
        self._where = spec.where
        self._clock = spec.clock
        self._access = access
        self._web = web
        self._info = info
        self._stream = info.settings.get("stream") is True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._info.uri!r})"

    @property
    def info(self) -> TargetInfo:
        """The pinned configuration."""
        return self._info

    @property
    def cache_scope(self) -> str:
        """SHA-256 of address and headers: what can change an answer and is not in `info`."""
        return self._access.scope

    def on_rate(self, listener: Callable[[float], None]) -> None:
        """Tell the listener for how many seconds the server's rate headers ask to pause."""
        self._web.on_rate = listener

    async def open(self) -> None:
        """Connect; raises TargetError when nothing listens or the server refuses the key."""
        await self._web.open()
        if self._access.key and await self._web.probe(self._access.at("/models")) in {401, 403}:
            await self._web.close()
            raise TargetError(
                f"{self._web.place} refuses the key",
                where=self._where,
                hint="Check the key and what it may use",
            )

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def answer(self, request: Request) -> Output:
        """One exchange; a malformed answer is a fault of the target."""
        body = self.rendered(request)
        monotonic = self._clock.monotonic
        started = monotonic()
        if self._stream:
            async with self._web.stream(body) as answer:
                if answer.status == 200 and _is_event_stream(answer.headers):
                    return await self._read_stream(answer.pieces(), started)
                reply = await self._web.reply(answer)
        else:
            reply = await self._web.send(body)
        seconds = monotonic() - started
        if reply.status != 200:
            return refused_output(reply, self._web, where=self._where, seconds=seconds)
        try:
            payload = decode_body(reply.body)
        except ValueError as error:
            reason = self._web.redact(f"the answer is not JSON: {error}")
            return invalid_output(reason, seconds=seconds)
        return self._read_answer(payload, seconds)

    @abc.abstractmethod
    def rendered(self, request: Request) -> bytes:
        """The request's body, byte for byte."""

    @abc.abstractmethod
    def _read_answer(self, payload: Any, seconds: float) -> Output:
        """The output that a whole answer holds."""

    @abc.abstractmethod
    async def _read_stream(self, chunks: AsyncIterator[bytes], started: float) -> Output:
        """The output that a stream of events spells out."""


def _is_event_stream(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/event-stream"


def split_model(spec: TargetSpec) -> tuple[str, dict[str, str]]:
    """Model and query of `MODEL[?setting=value&…]`."""
    model, _, query = spec.rest.partition("?")
    if not model:
        raise UsageError(f"{spec.scheme}: needs a model", where=spec.where, hint=f"Write {spec.scheme}:MODEL")
    return model, dict(parse_qsl(query, keep_blank_values=True))
