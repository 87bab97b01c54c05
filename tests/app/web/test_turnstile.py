"""Work that is ended once nobody waits for it, a few at a time."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from steelyard.app.web._refusals import TooManyError
from steelyard.app.web._turnstile import Turnstile, while_awaited


def request(*, leaves_after_s: float) -> Request:
    async def receive() -> Message:
        if asyncio.get_running_loop().time() < leaves:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    leaves = asyncio.get_running_loop().time() + leaves_after_s
    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


async def test_work_ends_when_its_asker_leaves() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(ClientDisconnect):
        await while_awaited(request(leaves_after_s=0.3), work())
    assert ended.is_set()


async def test_the_result_and_the_error_of_work_that_is_waited_for_come_back() -> None:
    async def works() -> int:
        await asyncio.sleep(0.3)
        return 7

    async def fails() -> int:
        raise ValueError("no")

    assert await while_awaited(request(leaves_after_s=60), works()) == 7
    with pytest.raises(ValueError, match="no"):
        await while_awaited(request(leaves_after_s=60), fails())


def test_who_comes_when_it_is_full_is_sent_away() -> None:
    gate = Turnstile(most=1)
    with gate.turn(), pytest.raises(TooManyError, match="already"), gate.turn():
        pass
    with gate.turn():
        pass
