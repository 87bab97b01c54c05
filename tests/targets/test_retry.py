from __future__ import annotations

import random

from steelyard.targets import Limits, RetryableFault
from steelyard.targets._retry import Retry

LOST = RetryableFault("connection", "lost")


def test_pauses_double_with_jitter_and_end() -> None:
    retry = Retry(Limits(max_attempts=5, backoff_s=1.0, max_backoff_s=3.0), rng=random.Random(1))
    delays = [retry.delay(LOST) for _ in range(5)]
    assert delays[4] is None
    for delay, longest in zip(delays, [1.0, 2.0, 3.0, 3.0], strict=False):
        assert delay is not None
        assert longest / 2 <= delay <= longest


def test_pauses_are_reproducible() -> None:
    first, second = (Retry(Limits(), rng=random.Random(3)) for _ in range(2))
    assert [first.delay(LOST) for _ in range(4)] == [second.delay(LOST) for _ in range(4)]


def test_retry_after_is_a_lower_bound_with_a_little_spread() -> None:
    fault = RetryableFault("rate-limit", "later", retry_after_s=5.0, throttled=True)
    retry = Retry(Limits(), rng=random.Random(1))
    delays = [retry.delay(fault) for _ in range(20)]
    assert all(delay is not None and 5.0 <= delay <= 5.5 for delay in delays)
    assert len(set(delays)) == 20


def test_lack_of_capacity_has_its_own_allowance() -> None:
    busy = RetryableFault("rate-limit", "busy", throttled=True)
    retry = Retry(Limits(max_attempts=2, max_throttled=4), rng=random.Random(1))
    assert [retry.delay(busy) is None for _ in range(5)] == [False] * 4 + [True]
