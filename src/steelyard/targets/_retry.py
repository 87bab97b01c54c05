"""When to try again, and after how long."""

from __future__ import annotations

import random

from steelyard.targets._limits import Limits
from steelyard.targets._protocol import RetryableFault


class Retry:
    """The tries of one call: exponential backoff with equal jitter.

    A pause is drawn uniformly between half of and the whole of `backoff · 2^k`, capped (Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). A server's own `Retry-After` is a
    lower bound, with up to a tenth more so that waiting calls do not come back in one moment. Tries
    refused for lack of capacity have an allowance of their own.
    """

    __slots__ = ("_failed", "_limits", "_rng", "_throttled")

    def __init__(self, limits: Limits, *, rng: random.Random) -> None:
        self._limits = limits
        self._rng = rng
        self._failed = 0
        self._throttled = 0

    def delay(self, fault: RetryableFault) -> float | None:
        """Seconds to wait before the next try; None when there is to be none."""
        limits = self._limits
        if fault.throttled:
            self._throttled += 1
        else:
            self._failed += 1
        if self._failed >= limits.max_attempts or self._throttled > limits.max_throttled:
            return None
        tries = self._failed + self._throttled
        backoff = min(limits.max_backoff_s, limits.backoff_s * 2.0 ** min(tries - 1, 20))
        delay = backoff * self._rng.uniform(0.5, 1.0)
        if fault.retry_after_s is None:
            return delay
        if fault.retry_after_s > limits.max_wait_s:
            return None
        return max(delay if not fault.throttled else 0.0, fault.retry_after_s * self._rng.uniform(1.0, 1.1))
