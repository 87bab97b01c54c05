"""How many calls may be under way: a limit that finds its own level."""

from __future__ import annotations

import asyncio
from collections import deque

_START = 16


class Stopped(Exception):  # noqa: N818 - a signal that ends a run cleanly, no error
    """No further call may start; those under way are still answered."""


class Limiter:
    """Additive increase, multiplicative decrease, with a pause that holds for all.

    As in TCP (RFC 5681): the limit starts at 16 or a quarter of its ceiling, and grows by one with every
    success while it is in full use, until the target first refuses for lack of capacity; that halves
    it, and from then on it grows by one a round. Refusals of calls that were sent before the last cut
    do not cut again. The limit never falls below one call, and always grows back: no state of it is
    final. A `careful` one starts with a single call, because what calls cost is not known before it
    comes back.
    """

    def __init__(self, ceiling: int, *, adaptive: bool = True, careful: bool = False) -> None:
        self._ceiling = float(ceiling)
        start = 1 if careful else max(_START, ceiling // 4)
        self._limit = float(min(ceiling, start) if adaptive else ceiling)
        self._adaptive = adaptive
        self._slow_start = True
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._pause: asyncio.TimerHandle | None = None
        self._sleeping: set[asyncio.Future[None]] = set()
        self._stopped = False
        self.cuts = 0

    @property
    def limit(self) -> int:
        """Calls that may be under way now."""
        return int(self._limit)

    @property
    def in_flight(self) -> int:
        """Calls that are under way."""
        return self._in_flight

    @property
    def paused(self) -> bool:
        """Whether no call may start until a pause is over."""
        return self._pause is not None

    def try_acquire(self) -> bool:
        """Take a slot if one is free and nobody waits for it."""
        if self._in_flight >= int(self._limit) or self._waiting or self._pause is not None or self._stopped:
            return False
        self._in_flight += 1
        return True

    async def acquire(self, *, again: bool = False) -> None:
        """Take a slot, waiting for it; a call that tries `again` goes first. Raises Stopped after `stop`."""
        if self.try_acquire():
            return
        if self._stopped:
            raise Stopped
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if again:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release()
            raise

    def release(self) -> None:
        """Give the slot back."""
        self._in_flight -= 1
        if self._waiting:
            self._wake()

    def succeeded(self) -> None:
        """A call was answered: room for more, if all the room was used."""
        if self._limit < self._ceiling and self._adaptive and self._in_flight >= int(self._limit):
            step = 1.0 if self._slow_start else 1.0 / self._limit
            self._limit = min(self._ceiling, self._limit + step)

    def throttled(self, *, sent_after_cut: int) -> None:
        """A call that was sent when `cuts` was this number was refused for lack of capacity."""
        if self._adaptive and sent_after_cut == self.cuts:
            self.cuts += 1
            self._slow_start = False
            self._limit = max(1.0, min(self._limit, float(self._in_flight)) / 2)

    def pause(self, seconds: float) -> None:
        """Let no call start for this long; the longest pause wins."""
        if seconds <= 0:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._pause is not None:
            if self._pause.when() >= until:
                return
            self._pause.cancel()
        self._pause = loop.call_at(until, self._resume)

    def stop(self) -> None:
        """Let no further call start: whoever waits or sleeps gets Stopped, now and later."""
        self._stopped = True
        for turn in (*self._waiting, *self._sleeping):
            if not turn.done():
                turn.set_exception(Stopped())
        self._waiting.clear()

    async def sleep(self, seconds: float) -> None:
        """Wait before another try; raises Stopped when `stop` comes first."""
        if self._stopped:
            raise Stopped
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        handle = loop.call_later(seconds, _settle, over)
        self._sleeping.add(over)
        try:
            await over
        finally:
            self._sleeping.discard(over)
            handle.cancel()

    def _resume(self) -> None:
        self._pause = None
        self._wake()

    def _wake(self) -> None:
        while self._waiting and self._pause is None and self._in_flight < int(self._limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
