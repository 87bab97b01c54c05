from __future__ import annotations

import asyncio
import time

import pytest

from steelyard.targets import Limiter, Stopped


def fill(limiter: Limiter) -> int:
    count = 0
    while limiter.try_acquire():
        count += 1
    return count


async def test_it_starts_low_and_doubles_a_round_while_all_is_well() -> None:
    limiter = Limiter(100)
    assert fill(limiter) == 25
    sizes = [limiter.limit]
    for _ in range(3):
        for _ in range(sizes[-1]):
            limiter.succeeded()
            limiter.release()
            fill(limiter)
        sizes.append(limiter.limit)
    assert sizes == [25, 50, 100, 100]


async def test_a_refusal_halves_once_for_all_that_were_sent_before() -> None:
    limiter = Limiter(64, adaptive=True)
    assert fill(limiter) == 16
    for _ in range(10):
        limiter.throttled(sent_after_cut=0)
    assert limiter.limit == 8
    limiter.throttled(sent_after_cut=1)
    assert limiter.limit == 4


async def test_it_never_falls_below_one_and_grows_back_by_one_a_round() -> None:
    limiter = Limiter(64)
    for cut in range(20):
        limiter.throttled(sent_after_cut=cut)
    assert limiter.limit == 1
    for _ in range(3):
        count = fill(limiter)
        for _ in range(count):
            limiter.succeeded()
        for _ in range(count):
            limiter.release()
    assert limiter.limit in {3, 4}


async def test_idle_capacity_does_not_grow_the_limit() -> None:
    limiter = Limiter(64)
    for _ in range(100):
        limiter.try_acquire()
        limiter.succeeded()
        limiter.release()
    assert limiter.limit == 16


async def test_a_fixed_limit_stays() -> None:
    limiter = Limiter(40, adaptive=False)
    assert fill(limiter) == 40
    limiter.throttled(sent_after_cut=0)
    assert limiter.limit == 40


async def test_waiters_go_in_order_and_second_tries_first() -> None:
    limiter = Limiter(1)
    assert limiter.try_acquire()
    order: list[str] = []

    async def wait(name: str, *, again: bool = False) -> None:
        await limiter.acquire(again=again)
        order.append(name)
        limiter.release()

    tasks = [asyncio.create_task(wait("a")), asyncio.create_task(wait("b"))]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(wait("retry", again=True)))
    await asyncio.sleep(0)
    limiter.release()
    await asyncio.gather(*tasks)
    assert order == ["retry", "a", "b"]
    assert limiter.in_flight == 0


async def test_a_pause_holds_everyone_and_the_longest_wins() -> None:
    limiter = Limiter(8)
    started = time.perf_counter()
    limiter.pause(0.1)
    limiter.pause(0.02)
    assert limiter.paused
    assert not limiter.try_acquire()
    await asyncio.gather(*(limiter.acquire() for _ in range(3)))
    assert time.perf_counter() - started >= 0.09
    assert limiter.in_flight == 3


async def test_a_cancelled_waiter_leaves_no_hole() -> None:
    limiter = Limiter(1)
    await limiter.acquire()
    first, second = (asyncio.create_task(limiter.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    limiter.release()
    first.cancel()
    await second
    assert limiter.in_flight == 1
    limiter.release()
    assert limiter.try_acquire()


async def test_stopping_ends_every_wait_and_lets_calls_under_way_finish() -> None:
    limiter = Limiter(1)
    await limiter.acquire()
    waits = [asyncio.create_task(limiter.acquire()), asyncio.create_task(limiter.sleep(60))]
    await asyncio.sleep(0)
    limiter.stop()
    results = await asyncio.gather(*waits, return_exceptions=True)
    assert [type(result) for result in results] == [Stopped, Stopped]
    assert limiter.in_flight == 1
    limiter.release()
    assert not limiter.try_acquire()
    with pytest.raises(Stopped, match=r"^$"):
        await limiter.acquire()
