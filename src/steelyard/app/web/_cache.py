"""Figures that take a while are worked out once, off the request, and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

KEPT = 64
_WORKERS = 2

T = TypeVar("T")


class Answers:
    """Results by key, at most one computation of each key at a time, the least used forgotten first.

    A key names everything its result depends on, so that nothing kept is ever out of date.
    """

    def __init__(self, *, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="steelyard-figures")
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="steelyard-slow-figures")

    def get(
        self, key: Hashable, make: Callable[[], T], *, seconds: float | None = None, slow: bool = False
    ) -> T | None:
        """The result, however long it takes; with `seconds`, None while it is still being worked out then.

        What `make` raises is raised here, and not kept. What is `slow` never holds up the others.
        """
        future = self._future(key, make, slow=slow)
        wait([future], timeout=seconds)
        if not future.done():
            return None
        result: T = future.result()
        return result

    def known(self, key: Hashable) -> object | None:
        """The result if it is there already; nothing is begun."""
        with self._lock:
            future = self._found.get(key)
        return future.result() if future is not None and future.done() and not future.exception() else None

    def begin(self, key: Hashable, make: Callable[[], object], *, slow: bool = False) -> None:
        """Start working a result out, for somebody who will ask soon."""
        self._future(key, make, slow=slow)

    def close(self) -> None:
        """Stop what has not begun; what is being worked out ends by itself."""
        for pool in (self._pool, self._slow):
            pool.shutdown(wait=True, cancel_futures=True)

    def _future(self, key: Hashable, make: Callable[[], T], *, slow: bool) -> Future[T]:
        with self._lock:
            known = self._found.get(key)
            if known is not None and not (known.done() and known.exception() is not None):
                self._found.move_to_end(key)
                return known
            future = (self._slow if slow else self._pool).submit(make)
            self._found[key] = future
            while len(self._found) > self._kept:
                self._found.popitem(last=False)
            return future
