"""Group commit: batches that wait for the disk together are written together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Waiting(Generic[T, R]):
    __slots__ = ("done", "error", "item", "result")

    def __init__(self, item: T) -> None:
        self.item = item
        self.done = threading.Event()
        self.result: R | None = None
        self.error: BaseException | None = None


class GroupCommit(Generic[T, R]):
    """Hands items of many threads to one writer, as many at once as have come while it was busy.

    Each caller gets its own result once the transaction that holds its item is committed. A transaction of
    several that fails is tried again one by one, so that nobody fails for another's item.
    """

    def __init__(
        self, write: Callable[[Sequence[T]], Sequence[R]], *, size: Callable[[T], int], most: int
    ) -> None:
        self._write = write
        self._size = size
        self._most = most
        self._queue: list[_Waiting[T, R]] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def submit(self, item: T) -> R:
        """Write an item, together with those of other threads; raises what its transaction raised."""
        mine: _Waiting[T, R] = _Waiting(item)
        with self._lock:
            self._queue.append(mine)
        with self._writing:
            while not mine.done.is_set():
                self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]

    def _lead(self) -> None:
        group = self._next()
        try:
            results = self._write([waiting.item for waiting in group])
        except BaseException as error:  # noqa: BLE001 - handed to the caller it belongs to
            if len(group) == 1:
                _finish(group[0], None, error)
                return
            for waiting in group:
                self._alone(waiting)
            return
        for waiting, result in zip(group, results, strict=True):
            _finish(waiting, result, None)

    def _alone(self, waiting: _Waiting[T, R]) -> None:
        try:
            result = self._write([waiting.item])[0]
        except BaseException as error:  # noqa: BLE001 - handed to the caller it belongs to
            _finish(waiting, None, error)
        else:
            _finish(waiting, result, None)

    def _next(self) -> list[_Waiting[T, R]]:
        group: list[_Waiting[T, R]] = []
        held = 0
        with self._lock:
            while self._queue and (not group or held < self._most):
                held += self._size(self._queue[0].item)
                group.append(self._queue.pop(0))
        return group


def _finish(waiting: _Waiting[T, R], result: R | None, error: BaseException | None) -> None:
    waiting.result, waiting.error = result, error
    waiting.done.set()
