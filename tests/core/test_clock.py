"""Clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from steelyard.core import Clock, FixedClock, SystemClock


def test_the_machine_s_clock_is_aware_and_never_goes_back() -> None:
    clock: Clock = SystemClock()
    before, now, later = clock.monotonic(), clock.now(), clock.monotonic()
    assert now.tzinfo is UTC
    assert before <= later
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    start = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    clock = FixedClock(start)
    assert (clock.now(), clock.monotonic()) == (start, 0.0)
    clock.advance(90)
    clock.advance(0.5)
    assert (clock.now(), clock.monotonic()) == (start + timedelta(seconds=90.5), 90.5)
