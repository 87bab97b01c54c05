"""How far a run is: a record, and the meter that makes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from steelyard.core import Clock

EVERY_S = 0.1
_WINDOW_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is; `done` never goes back."""

    done: int
    """Samples answered and scored, those of earlier sittings included."""
    total: int
    """Samples planned."""
    failed: int
    """Samples of this sitting on which some metric Failed."""
    rate: float
    """Samples per second, over the last 15 seconds."""
    cost_usd: float | None
    """Spent so far over all sittings; None when no price is known."""
    seconds: float
    """Seconds in this sitting."""
    seconds_left: float | None
    """Expected seconds to the end; None before anything is done."""
    connections: int
    """Caller in flight."""


ProgressCallback: TypeAlias = Callable[[Progress], None]


class Meter:
    """Counts samples and tells the callback, at most ten times a second."""

    def __init__(self, callback: ProgressCallback | None, *, clock: Clock, total: int, done: int) -> None:
        self.done = done
        self.failed = 0
        self.connections = 0
        self.cost_usd: float | None = None
        self._callback = callback
        self._clock = clock
        self._total = total
        self._began = clock.monotonic()
        self._window: deque[tuple[float, int]] = deque([(self._began, done)])

    @property
    def seconds(self) -> float:
        """Seconds since the sitting began."""
        return self._clock.monotonic() - self._began

    def add_cost(self, cost_usd: float | None) -> None:
        """Add what a call cost, when that is known."""
        if cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + cost_usd

    def tell(self) -> None:
        """Hand the present state to the callback."""
        if self._callback is None:
            return
        now = self._clock.monotonic()
        window = self._window
        window.append((now, self.done))
        while len(window) > 2 and now - window[0][0] > _WINDOW_S:
            window.popleft()
        since, before = window[0]
        rate = (self.done - before) / (now - since) if now > since else 0.0
        left = self._total - self.done
        self._callback(
            Progress(
                done=self.done,
                total=self._total,
                failed=self.failed,
                rate=rate,
                cost_usd=self.cost_usd,
                seconds=now - self._began,
                seconds_left=left / rate if rate > 0 else (0.0 if left == 0 else None),
                connections=self.connections,
            )
        )
