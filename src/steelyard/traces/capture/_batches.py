"""Spans to an exporter in the background, and a program's end that no silent server holds up."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_LOG = logging.getLogger("steelyard.trace")
_LONGEST_EXIT_S = 30.0
_KEPT = ("OTEL_BSP_MAX_QUEUE_SIZE", 2_048)
_TOGETHER = ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)
_DELAY_MS = ("OTEL_BSP_SCHEDULE_DELAY", 5_000)


class SpanBatches(SpanProcessor):
    """Sends ended spans a batch at a time, from a thread of its own.

    The SDK's own processor waits at exit, and in `force_flush`, for as long as the exporter tries. This one
    waits at exit while batches are taken, and `exit_s` after the last one that was.
    """

    def __init__(
        self, exporter: SpanExporter, *, exit_s: float, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._exporter = exporter
        self._exit_s = exit_s
        self._kept = _number(environ, *_KEPT)
        self._together = min(_number(environ, *_TOGETHER), self._kept)
        self._delay_s = _number(environ, *_DELAY_MS) / 1e3
        self._closed = False
        self._begin()
        if hasattr(os, "register_at_fork"):
            begin = weakref.WeakMethod(self._begin)
            os.register_at_fork(after_in_child=lambda: (found := begin()) and found())

    def _begin(self) -> None:
        """Also in a forked child: what waited is its parent's, and threads do not come along."""
        self._changed = threading.Condition()
        self._waiting: deque[ReadableSpan] = deque()
        self._under_way = 0
        self._lost = 0
        self._full = False
        self._hurry = False
        self._taken_at = 0.0
        self._thread: threading.Thread | None = None

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span; when the queue is full the oldest makes room, which is said once."""
        if self._closed or span.context is None or not span.context.trace_flags.sampled:
            return
        with self._changed:
            full = len(self._waiting) >= self._kept
            if full:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(span)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="steelyard-spans", daemon=True)
                self._thread.start()
            if len(self._waiting) in (1, self._together):
                self._changed.notify_all()
        if full and not self._full:
            self._full = True
            _LOG.warning("spans are dropped: the server does not take them in time")

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether all that waited was taken within the time."""
        with self._changed:
            lost = self._lost
            self._hasten()
            done = self._changed.wait_for(self._is_idle, timeout_millis / 1e3)
            return done and self._lost == lost

    def shutdown(self) -> None:
        """Send what waits, as long as the server takes it."""
        if self._closed:
            return
        self._closed = True
        begun = time.monotonic()
        with self._changed:
            self._hasten()
            while not self._is_idle():
                ends = min(max(begun, self._taken_at) + self._exit_s, begun + _LONGEST_EXIT_S)
                if not self._changed.wait(max(0.0, ends - time.monotonic())) and time.monotonic() >= ends:
                    break
            left = len(self._waiting) + self._under_way
            self._waiting.clear()
        if left:
            _LOG.warning(
                "%d spans are not sent: the server did not take them within %g s", left, self._exit_s
            )
        self._exporter.shutdown()

    def _is_idle(self) -> bool:
        return not self._waiting and not self._under_way

    def _hasten(self) -> None:
        """Called with the lock held."""
        self._hurry = bool(self._waiting)
        self._changed.notify_all()

    def _run(self) -> None:
        while batch := self._batch():
            token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True))
            taken = False
            try:
                taken = self._exporter.export(batch) is SpanExportResult.SUCCESS
            except Exception:  # noqa: BLE001 - any exporter's failure; spans must never break the program
                _LOG.warning("spans are not sent", exc_info=True)
            finally:
                detach(token)
                with self._changed:
                    self._under_way = 0
                    self._lost += 0 if taken else len(batch)
                    self._taken_at = time.monotonic() if taken else self._taken_at
                    self._changed.notify_all()

    def _batch(self) -> list[ReadableSpan]:
        """The next batch, once it is full, old enough or in a hurry; empty when all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._closed:
                self._changed.wait_for(
                    lambda: len(self._waiting) >= self._together or self._hurry or self._closed, self._delay_s
                )
            count = min(self._together, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            self._under_way = count
            self._hurry = self._hurry and bool(self._waiting)
            return batch


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    """A number of OpenTelemetry's variables; what is no positive number counts as left out, as in the SDK."""
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        _LOG.warning("%s is no positive number: %d is taken", name, default)
        return default
    return int(text)
