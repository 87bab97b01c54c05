"""From the event loop to the store of spans: a bounded queue, a few threads, one transaction."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal

from steelyard.app._trace_settings import read_trace_settings
from steelyard.app.web._cache import Answers
from steelyard.app.web._inflate import TooLargeError, inflate
from steelyard.app.web._site import Site
from steelyard.core import SteelyardError, StoreError, UserError
from steelyard.store.spans import spans_of
from steelyard.traces import Ingest, IngestResult

NAMELESS = "default"
"""What a project without a name is called in the store, as on the command line."""

_THREADS = 8
_REQUESTS = 256
_BYTES = 128 * 2**20
_INDEX_EVERY_S = 1.0
_INDEX_IDLE, _INDEX_BUSY = 2_000, 400
"""Spans that are indexed at a time."""
_OPENED = 4
_LOG = logging.getLogger("steelyard.web")


class BusyError(UserError):
    """More has come than is stored in time."""

    kind = "busy"


class Room:
    """The place of one request among those that wait."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.held = 0

    def grow(self, size: int) -> None:
        """Hold so many bytes more; raises BusyError when there is no room and TooLargeError for too many."""
        if self.held + size > self._intake.most:
            raise TooLargeError(
                f"the body has more than {self._intake.most:,} bytes", hint="Send smaller batches"
            )
        if self._intake.bytes + size > _BYTES:
            raise BusyError("too much is waiting to be stored", hint="Try again")
        self._intake.bytes += size
        self.held += size


class Intake:
    """Takes requests in. What `take` returns for is durable.

    Reading and mapping go on in a few threads; the store writes whatever waits in one transaction, one at a
    time. What does not fit is refused before it is read, so that a slow disk never fills the memory.
    """

    def __init__(self, site: Site) -> None:
        self.spans = spans_of(site.store, clock=site.clock)
        self.project = site.project.name or NAMELESS
        where = f"{site.project.file or ''} [traces]".strip()
        self.settings = read_trace_settings(site.project.traces, where=where)
        self.ingest = Ingest(self.spans, redaction=self.settings.span_redaction())
        self.opened = Answers(kept=_OPENED)
        self.bytes = 0
        self.trouble: StoreError | None = None
        self._requests = 0
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="steelyard-ingest")
        self._stop = threading.Event()
        self._indexing: threading.Thread | None = None

    @property
    def most(self) -> int:
        """Bytes of one request, before and after decompression."""
        return self.ingest.limits.body_bytes

    @contextmanager
    def room(self) -> Iterator[Room]:
        """A place in the queue, held until the answer; raises BusyError when there is none."""
        if self._requests >= _REQUESTS:
            raise BusyError("too many requests are waiting to be stored", hint="Try again")
        self._requests += 1
        room = Room(self)
        try:
            yield room
        finally:
            self._requests -= 1
            self.bytes -= room.held

    async def take(
        self,
        body: bytes,
        signal: Literal["traces", "logs"],
        *,
        coding: str,
        encoding: Literal["protobuf", "json"],
    ) -> IngestResult:
        """Store one request; raises InputError, TooLargeError and StoreError."""

        def work() -> IngestResult:
            whole = inflate(body, coding, most=self.most)
            try:
                result = self.ingest.request(whole, signal, encoding, project=self.project)
            except StoreError as error:
                self.trouble = error
                raise
            self.trouble = None
            return result

        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def check(self) -> None:
        """Raise StoreError where the last request could not be stored and another could not be either."""
        if self.trouble is not None:
            self.spans.check_room()
            self.trouble = None

    def begin(self) -> None:
        """Start bringing the search index forward, in the background."""
        self._indexing = threading.Thread(target=self._index, name="steelyard-index", daemon=True)
        self._indexing.start()

    def close(self) -> None:
        """Finish what was begun."""
        self._stop.set()
        self._pool.shutdown(wait=True)
        if self._indexing is not None:
            self._indexing.join()
            self._indexing = None
        self.opened.close()
        self.spans.close()

    def _index(self) -> None:
        """A little at a time, and a twentieth of the time while requests wait: a search may lag."""
        wait = 0.0
        while not self._stop.wait(wait):
            busy = self._requests > 0
            began = time.monotonic()
            try:
                more = self.spans.index_spans(limit=_INDEX_BUSY if busy else _INDEX_IDLE)
            except SteelyardError as error:  # the index is rebuilt from the spans: it may wait
                _LOG.warning("the search index waits: %s", error)
                wait = 10 * _INDEX_EVERY_S
                continue
            took = time.monotonic() - began
            wait = max(19 * took, _INDEX_EVERY_S) if busy else 0.05 if more else _INDEX_EVERY_S
