"""The one writer: a thread that stores samples in batches, so that the event loop never waits for a disk."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable

from steelyard.core import Clock
from steelyard.runs._owner import RENEW_S
from steelyard.runs._record import SampleRow
from steelyard.runs._store import SampleStore

_BATCH_ROWS = 1_000
_BATCH_CHARACTERS = 4_000_000
_BATCH_S = 0.2
_WAITING_ROWS = 4_096
_WAITING_CHARACTERS = 32_000_000


class SampleWriter:
    """Takes rows from the event loop, writes them from its own thread.

    Everything but `_write_all` runs on the loop's thread. The first error ends the writing; it is
    handed to `on_error` on the loop, and raised again by `close`.
    """

    def __init__(
        self,
        store: SampleStore,
        run_id: str,
        *,
        clock: Clock,
        heartbeat: Callable[[], None],
        on_error: Callable[[], None],
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._clock = clock
        self._heartbeat = heartbeat
        self._on_error = on_error
        self._loop = asyncio.get_running_loop()
        self._batch: list[SampleRow] = []
        self._batch_size = 0
        self._batch_began = 0.0
        self._queue: queue.SimpleQueue[tuple[list[SampleRow], int] | None] = queue.SimpleQueue()
        self._waiting_rows = 0
        self._waiting_size = 0
        self._room = asyncio.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._write_all, name="sample-writer", daemon=True)
        self._thread.start()

    @property
    def crowded(self) -> bool:
        """True while so much is waiting to be written that answering should pause."""
        return self._waiting_rows > _WAITING_ROWS or self._waiting_size > _WAITING_CHARACTERS

    async def room(self) -> None:
        """Wait until the writer has caught up; returns at once when writing has failed."""
        while self.crowded and self._error is None:
            self._room.clear()
            await self._room.wait()

    def put(self, row: SampleRow) -> None:
        """Take a row; it is stored within a fraction of a second."""
        if not self._batch:
            self._batch_began = self._clock.monotonic()
        self._batch.append(row)
        value = row.output.value
        self._batch_size += len(value) if isinstance(value, str) else 256
        if len(self._batch) >= _BATCH_ROWS or self._batch_size >= _BATCH_CHARACTERS:
            self._hand_over()

    def tick(self) -> None:
        """Hand over a batch that has waited long enough; called several times a second."""
        if self._batch and self._clock.monotonic() - self._batch_began >= _BATCH_S:
            self._hand_over()

    def close(self) -> None:
        """Write what is left and end the thread; raises what went wrong in it."""
        self._hand_over()
        self._queue.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _hand_over(self) -> None:
        if not self._batch:
            return
        self._waiting_rows += len(self._batch)
        self._waiting_size += self._batch_size
        self._queue.put((self._batch, self._batch_size))
        self._batch, self._batch_size = [], 0

    def _write_all(self) -> None:
        try:
            seen = self._clock.monotonic()
            while True:
                try:
                    item = self._queue.get(timeout=RENEW_S / 4)
                except queue.Empty:
                    item = ([], 0)
                if item is None:
                    return
                rows, size = item
                if rows:
                    self._store.append(self._run_id, rows)
                    self._loop.call_soon_threadsafe(self._written, len(rows), size)
                if self._clock.monotonic() - seen >= RENEW_S:
                    self._heartbeat()
                    seen = self._clock.monotonic()
        except Exception as error:  # noqa: BLE001 - a thread's errors are raised again by close()
            self._error = error
            self._loop.call_soon_threadsafe(self._failed)

    def _written(self, rows: int, size: int) -> None:
        self._waiting_rows -= rows
        self._waiting_size -= size
        self._room.set()

    def _failed(self) -> None:
        self._room.set()
        self._on_error()
