"""What takes long and leaves this machine: only so many at once, and ended once nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from steelyard.app.web._refusals import TooManyError

_LOOK_S = 0.2
_AGAIN_S = 5

T = TypeVar("T")


class Turnstile:
    """Lets a few in at a time; who comes when it is full is sent away, not kept waiting."""

    def __init__(self, *, most: int = 4) -> None:
        self._most = most
        self._inside = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A place inside; raises TooManyError when there is none."""
        if self._inside >= self._most:
            raise TooManyError("others are trying something out already", wait_s=_AGAIN_S)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


async def while_awaited(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of some work, which is cancelled when the one who asked has gone.

    Raises ClientDisconnect then.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=_LOOK_S)
            if not task.done() and await request.is_disconnected():
                raise ClientDisconnect
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
