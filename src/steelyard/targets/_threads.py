"""Threads for functions that block: as many as are needed, and none that hold up the end of the process."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeAlias

_Job: TypeAlias = "tuple[Callable[[], Any], asyncio.AbstractEventLoop, asyncio.Future[Any]]"


class DaemonThreads:
    """Runs blocking calls on daemon threads.

    A pool of the standard library joins its threads at exit, so one hanging call would hang the
    process for ever. Here a call that was given up on (its awaiting task was cancelled) keeps its
    thread until it returns, and the next call gets another one.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._idle = 0
        self._count = 0
        self._lock = threading.Lock()

    async def run(self, call: Callable[[], Any]) -> Any:
        """The call's result, with the context of whoever awaits it; its exception is raised here."""
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        future: asyncio.Future[Any] = loop.create_future()
        with self._lock:
            fresh = self._idle == 0
            if fresh:
                self._count += 1
            else:
                self._idle -= 1
        if fresh:
            threading.Thread(target=self._work, daemon=True, name="steelyard-target").start()
        self._jobs.put((lambda: context.run(call), loop, future))
        return await future

    def close(self) -> None:
        """Let every thread end when it is done with its call."""
        for _ in range(self._count):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            call, loop, future = job
            result: Any = None
            failure: BaseException | None = None
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001 - handed to the awaiting task, whatever it is
                failure = error
            with self._lock:
                self._idle += 1
            _deliver(loop, future, result, failure)


def _deliver(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: Any, failure: BaseException | None
) -> None:
    def settle() -> None:
        if future.done():
            return
        if failure is None:
            future.set_result(result)
        elif isinstance(failure, Exception) and not isinstance(failure, StopIteration):
            future.set_exception(failure)
        else:
            future.set_exception(RuntimeError(f"{type(failure).__name__}: {failure}"))

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        # The loop was closed while the call went on; nobody waits for the result any more.
        return
