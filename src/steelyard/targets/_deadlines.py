"""Timeouts for many calls of one length, at the price of a dictionary entry each."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Deadlines:
    """Cancels calls that take longer than `seconds`.

    `asyncio.timeout` arms a timer of the event loop for every call, a third of our own cost of one.
    Here all calls have the same length, so they run out in the order they began, and one timer for
    the oldest is enough.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._open: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> Deadline:
        """A deadline for the running task, used as a context manager."""
        loop = asyncio.get_running_loop()
        deadline = Deadline(self, loop.time() + self.seconds)
        self._open[deadline] = None
        if self._timer is None:
            self._timer = loop.call_at(deadline.at, self._expire)
        return deadline

    def finish(self, deadline: Deadline) -> None:
        """Forget a deadline; the timer goes with the last."""
        self._open.pop(deadline, None)
        if not self._open and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        for deadline in list(self._open):
            if deadline.at > now:
                self._timer = loop.call_at(deadline.at, self._expire)
                return
            del self._open[deadline]
            deadline.expire()


class Deadline:
    """One call's deadline: leaves as TimeoutError when it ran out, and lets other cancellations pass."""

    __slots__ = ("_cancelling", "_expired", "_owner", "_task", "at")

    def __init__(self, owner: Deadlines, at: float) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline needs a running task")
        self.at = at
        self._owner = owner
        self._task = task
        self._cancelling = task.cancelling()
        self._expired = False

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._owner.finish(self)
        if (
            self._expired
            and self._task.uncancel() <= self._cancelling
            and isinstance(error, asyncio.CancelledError)
        ):
            raise TimeoutError from error

    def expire(self) -> None:
        """Cancel the call."""
        self._expired = True
        self._task.cancel()
