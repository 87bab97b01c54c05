from __future__ import annotations

import asyncio
import time

import pytest

from steelyard.targets._deadlines import Deadlines


async def test_each_call_has_its_own_time() -> None:
    deadlines = Deadlines(0.1)
    ended: dict[str, float] = {}

    async def call(name: str, wait: float, *, after: float = 0.0) -> str:
        await asyncio.sleep(after)
        started = time.perf_counter()
        try:
            with deadlines.start():
                await asyncio.sleep(wait)
        except TimeoutError:
            return "late"
        finally:
            ended[name] = time.perf_counter() - started
        return "done"

    results = await asyncio.gather(
        call("quick", 0.01), call("slow", 9), call("later", 9, after=0.05), call("fine", 0.08, after=0.05)
    )
    assert list(results) == ["done", "late", "late", "done"]
    assert 0.09 < ended["slow"] < 0.4
    assert 0.09 < ended["later"] < 0.4


async def test_no_timer_is_left_behind() -> None:
    deadlines = Deadlines(60)
    for _ in range(3):
        with deadlines.start():
            await asyncio.sleep(0)
    assert deadlines._timer is None
    assert not deadlines._open


async def test_a_cancellation_from_outside_is_none_of_ours() -> None:
    deadlines = Deadlines(60)

    async def call() -> None:
        with deadlines.start():
            await asyncio.sleep(60)

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError, match=r"^$"):
        await task
    assert not deadlines._open


async def test_both_at_once_is_a_cancellation() -> None:
    deadlines = Deadlines(0.01)

    async def call() -> None:
        with deadlines.start():
            time.sleep(0.03)
            await asyncio.sleep(60)

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError, match=r"^$"):
        await task


async def test_errors_and_answers_pass_through() -> None:
    deadlines = Deadlines(60)
    with pytest.raises(ValueError, match="mine"), deadlines.start():
        raise ValueError("mine")


async def test_the_task_can_be_used_after_it_ran_out() -> None:
    deadlines = Deadlines(0.01)
    for _ in range(2):
        with pytest.raises(TimeoutError, match=r"^$"), deadlines.start():
            await asyncio.sleep(9)
    await asyncio.sleep(0.001)
