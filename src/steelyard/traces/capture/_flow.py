"""Generators: a span that lasts as long as they do, and is the present one only while they work.

Between two pieces the reader's own context stands, so that what the reader does is no part of the stream;
what the generator had opened when it paused is there again when it goes on.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from types import TracebackType
from typing import Any

from opentelemetry.context import Context

from steelyard.traces.capture._context import Attached
from steelyard.traces.capture._plan import Begun, Plan

_PIECES = 50_000


class Stream:
    """The pieces that a generator yields, and the end of its span."""

    def __init__(self, plan: Plan, begun: Begun) -> None:
        self._plan = plan
        self._span = begun.span
        self._context: Context = begun.context
        self._pieces: list[Any] = []
        self._count = 0
        self._keeps = plan.outputs is not False and begun.span.recording

    def resume(self) -> Attached:
        """Work goes on."""
        return Attached(self._context)

    def pause(self, attached: Attached) -> None:
        """Work stops for a while."""
        left = attached.leave()
        if left is not None:
            self._context = left

    def took(self, piece: Any) -> None:
        """A piece went to the reader."""
        self._count += 1
        if self._keeps and self._count <= _PIECES:
            self._pieces.append(piece)

    def failed(self, error: BaseException) -> None:
        """The generator raised."""
        if not isinstance(error, GeneratorExit):
            self._span.fail(error)
        self.over()

    def over(self, returned: Any = None, *, closed: bool = False) -> None:
        """The generator is at its end, or its reader wants no more."""
        if closed:
            self._span.add({"steelyard.stream.closed": True})
        self._span.add({"steelyard.stream.pieces": self._count})
        if self._pieces:
            self._plan.give_output(self._span, self._joined())
        elif returned is not None:
            self._plan.give_output(self._span, returned)
        self._pieces = []
        self._keeps = False
        self._span.end()

    def _joined(self) -> Any:
        left_out = self._count - len(self._pieces)
        pieces = [*self._pieces, f"… {left_out:,} more pieces"] if left_out else self._pieces
        return "".join(pieces) if all(isinstance(piece, str) for piece in pieces) else pieces


class Flow(Generator[Any, Any, Any]):
    """A generator within its span."""

    def __init__(self, stream: Stream, inner: Generator[Any, Any, Any]) -> None:
        self._stream = stream
        self._inner = inner

    def send(self, value: Any) -> Any:
        """Go on with a value."""
        return self._advance(self._inner.send, value)

    def throw(self, error: Any, value: Any = None, _at: TracebackType | None = None, /) -> Any:
        """Go on with an exception."""
        return self._advance(self._inner.throw, error if value is None else value)

    def close(self) -> None:
        """The reader wants no more."""
        attached = self._stream.resume()
        try:
            self._inner.close()
        except BaseException as error:
            self._stream.failed(error)
            raise
        else:
            self._stream.over(closed=True)
        finally:
            self._stream.pause(attached)

    def _advance(self, go: Any, *given: Any) -> Any:
        attached = self._stream.resume()
        try:
            piece = go(*given)
        except StopIteration as stop:
            self._stream.over(stop.value)
            raise
        except BaseException as error:
            self._stream.failed(error)
            raise
        finally:
            self._stream.pause(attached)
        self._stream.took(piece)
        return piece


class AsyncFlow(AsyncGenerator[Any, Any]):
    """An asynchronous generator within its span."""

    def __init__(self, stream: Stream, inner: AsyncGenerator[Any, Any]) -> None:
        self._stream = stream
        self._inner = inner

    async def asend(self, value: Any) -> Any:
        """Go on with a value."""
        return await self._advance(self._inner.asend, value)

    async def athrow(self, error: Any, value: Any = None, _at: TracebackType | None = None, /) -> Any:
        """Go on with an exception."""
        return await self._advance(self._inner.athrow, error if value is None else value)

    async def aclose(self) -> None:
        """The reader wants no more."""
        attached = self._stream.resume()
        try:
            await self._inner.aclose()
        except BaseException as error:
            self._stream.failed(error)
            raise
        else:
            self._stream.over(closed=True)
        finally:
            self._stream.pause(attached)

    async def _advance(self, go: Any, *given: Any) -> Any:
        attached = self._stream.resume()
        try:
            piece = await go(*given)
        except StopAsyncIteration:
            self._stream.over()
            raise
        except BaseException as error:
            self._stream.failed(error)
            raise
        finally:
            self._stream.pause(attached)
        self._stream.took(piece)
        return piece
