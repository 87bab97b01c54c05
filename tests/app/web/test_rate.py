from __future__ import annotations

from datetime import UTC, datetime

import pytest

from steelyard.app.web._rate import _REMEMBERED, Buckets
from steelyard.core import FixedClock


def test_a_bucket_empties_and_fills_again() -> None:
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    buckets = Buckets(size=2, per_second=0.5, clock=clock)
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 2.0]
    assert buckets.take("b") == 0.0
    clock.advance(1)
    assert buckets.take("a") == pytest.approx(1.0)
    clock.advance(1)
    assert [buckets.take("a"), buckets.take("a")] == [0.0, 2.0]
    clock.advance(1000)
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 2.0]


def test_many_who_ask_once_do_not_fill_the_memory() -> None:
    buckets = Buckets(size=1, per_second=1, clock=FixedClock(datetime(2026, 3, 1, tzinfo=UTC)))
    for number in range(_REMEMBERED + 5):
        buckets.take(str(number))
    assert len(buckets._found) == _REMEMBERED
