"""Progress on stderr: one line that counts, with the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from steelyard.core import Clock

if TYPE_CHECKING:
    from steelyard.bench import CorpusProgress
    from steelyard.runs import Progress

PLAIN_EVERY_S = 10.0


@contextmanager
def progress_line(*, quiet: bool = False) -> Iterator[Callable[[Progress], None] | None]:
    """A callback that draws progress: in place on a terminal, a line every ten seconds elsewhere."""
    if quiet:
        yield None
        return
    line = _Line(terminal=sys.stderr.isatty())
    try:
        yield line.show
    finally:
        line.end()


@contextmanager
def corpus_line(clock: Clock, *, quiet: bool = False) -> Iterator[Callable[[CorpusProgress], None] | None]:
    """A callback that draws how far a pass over a corpus is, like `progress_line`."""
    if quiet:
        yield None
        return
    line = _Line(terminal=sys.stderr.isatty())
    began = clock.monotonic()

    def show(progress: CorpusProgress) -> None:
        seconds = clock.monotonic() - began
        line.draw(corpus_text(progress, seconds), seconds)

    try:
        yield show
    finally:
        line.end()


def corpus_text(progress: CorpusProgress, seconds: float) -> str:
    """`1,240 MB · 84 MB/s · 24 s left`; the rest of a packed file counts when it is finished."""
    megabytes = progress.done / 1e6
    parts = [f"{megabytes:,.0f} MB", f"{megabytes / max(seconds, 1e-3):,.0f} MB/s"]
    if 0.0 < progress.share < 1.0:
        parts.append(f"{_duration(seconds * (1.0 / progress.share - 1.0))} left")
    return " · ".join(parts)


def progress_text(progress: Progress) -> str:
    """`412 of 1,319 · 3 failed · 38/s · $0.12 · 24 s left`."""
    parts = [f"{progress.done:,} of {progress.total:,}"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    parts.append(f"{progress.rate:,.0f}/s" if progress.rate >= 10 else f"{progress.rate:.1f}/s")
    if progress.cost_usd is not None:
        parts.append(f"${progress.cost_usd:,.2f}")
    if progress.seconds_left is not None and progress.done < progress.total:
        parts.append(f"{_duration(progress.seconds_left)} left")
    return " · ".join(parts)


class _Line:
    def __init__(self, *, terminal: bool) -> None:
        self._terminal = terminal
        self._drawn = 0
        self._last = 0.0

    def show(self, progress: Progress) -> None:
        self.draw(progress_text(progress), progress.seconds)

    def draw(self, text: str, seconds: float) -> None:
        if self._terminal:
            sys.stderr.write("\r" + text + " " * max(0, self._drawn - len(text)))
            sys.stderr.flush()
            self._drawn = len(text)
        elif seconds - self._last >= PLAIN_EVERY_S:
            sys.stderr.write(text + "\n")
            self._last = seconds

    def end(self) -> None:
        if self._drawn:
            sys.stderr.write("\r" + " " * self._drawn + "\r")
            sys.stderr.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
