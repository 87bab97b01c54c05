"""How often somebody may ask: token buckets in this process (the leaky bucket as a meter, ITU-T I.371)."""

from __future__ import annotations

import threading
from collections import OrderedDict

from steelyard.core import Clock

_REMEMBERED = 10_000


class Buckets:
    """A bucket for each of those who ask: it holds some tokens, a request takes one, and they grow back."""

    def __init__(self, *, size: float, per_second: float, clock: Clock) -> None:
        self._size = size
        self._rate = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._found: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> float:
        """Take a token: 0, or the seconds until there is one.

        The least recent of more than ten thousand are forgotten, which gives them a full bucket again.
        """
        now = self._clock.monotonic()
        with self._lock:
            tokens, seen = self._found.pop(who, (self._size, now))
            tokens = min(self._size, tokens + (now - seen) * self._rate)
            enough = tokens >= 1
            self._found[who] = (tokens - 1 if enough else tokens, now)
            while len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        return 0.0 if enough else (1 - tokens) / self._rate
