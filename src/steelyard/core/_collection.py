"""Spans that a piece of work leaves behind: who asks for them and who records them meet in the context."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from steelyard.core._span import Span

_OPEN: ContextVar[SpanCollection | None] = ContextVar("steelyard-span-collection", default=None)
_recorders: list[Callable[[], object]] = []


class SpanCollection:
    """The spans of one piece of work. Threads may add to it."""

    def __init__(self) -> None:
        self._finished: list[Callable[[], Iterable[Span]]] = []
        self._closed = False

    def add(self, finished: Callable[[], Iterable[Span]]) -> None:
        """Take what finished, as a function that tells it: telling takes time that the work must not pay.

        What comes after the work was over is left out.
        """
        if not self._closed:
            self._finished.append(finished)

    def spans(self) -> tuple[Span, ...]:
        """What came, earliest start first; to be asked for once, when the work is over."""
        return tuple(sorted((span for tell in self._finished for span in tell()), key=_start))

    def close(self) -> None:
        """Take nothing any more."""
        self._closed = True


def before_collecting(prepare: Callable[[], object]) -> None:
    """Have something called at the beginning of every collection, in its context: to be ready to record.

    So that what a recorder loads at first is not measured as part of the work.
    """
    _recorders.append(prepare)


def open_collection() -> SpanCollection | None:
    """The collection that the present context asks spans for; None where nobody does."""
    return _OPEN.get()


@contextmanager
def collecting_spans() -> Iterator[SpanCollection]:
    """Ask for the spans of the work inside, in this context and in those copied from it."""
    collection = SpanCollection()
    token = _OPEN.set(collection)
    try:
        for prepare in _recorders:
            prepare()
        yield collection
    finally:
        collection.close()
        _OPEN.reset(token)


def _start(span: Span) -> float:
    return 0.0 if span.start_s is None else span.start_s
