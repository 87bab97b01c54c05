from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import pytest

from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, Output, StoreError, SystemClock, UserError
from steelyard.runs import RunRecord, SampleRow
from steelyard.runs._writer import SampleWriter
from steelyard.store import Store
from steelyard.targets import Request

Add = Callable[[Iterable[Case]], BenchmarkVersion]
Start = Callable[..., RunRecord]


class BrokenStore:
    """A store whose disk fills up after some rows, until it is mended."""

    def __init__(self, store: Store, *, room: int) -> None:
        self._store = store
        self.room = room

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def append(self, run_id: str, rows: Sequence[SampleRow]) -> None:
        if len(rows) > self.room:
            raise StoreError("the disk is full", where="store.db", hint="Make room")
        self.room -= len(rows)
        self._store.append(run_id, rows)


def _cases(count: int) -> list[Case]:
    return [Case(id=f"c{number}", input="q", expected="yes") for number in range(count)]


async def _yes(request: Request) -> Output:
    await asyncio.sleep(0.001)
    return Output(value="yes")


def test_a_full_disk_ends_the_run_and_it_can_be_resumed(
    add: Add, start: Start, go_on: Start, store: Store
) -> None:
    version = add(_cases(3000))
    with pytest.raises(StoreError, match=r"disk is full.*Make room.*steelyard resume run-"):
        start(version, _yes, on=BrokenStore(store, room=1000))
    run = store.get_run("latest")
    assert (run.status, run.owner) == ("partial", "")
    stored = store.totals(run.id).samples
    assert 0 < stored <= 1000
    assert f"{stored} of 3000" in run.notes[0]
    run = go_on(run, _yes)
    assert (run.status, store.totals(run.id).samples) == ("complete", 3000)


def test_a_slow_store_holds_up_the_calls_and_not_the_memory(add: Add, start: Start, store: Store) -> None:
    ahead: list[int] = []
    asked = 0
    written = 0

    class SlowStore(BrokenStore):
        def append(self, run_id: str, rows: Sequence[SampleRow]) -> None:
            nonlocal written
            ahead.append(asked - written)
            time.sleep(0.02)
            super().append(run_id, rows)
            written += len(rows)

    def quick(request: Request) -> Output:
        nonlocal asked
        asked += 1
        return Output(value="yes")

    run = start(add(_cases(12_000)), quick, on=SlowStore(store, room=12_000), metrics=[])
    assert run.status == "complete"
    assert max(ahead) < 8_000


def test_rows_are_written_by_one_thread_that_is_not_the_loops(add: Add, start: Start, store: Store) -> None:
    threads: set[int] = set()

    class NotingStore(BrokenStore):
        def append(self, run_id: str, rows: Sequence[SampleRow]) -> None:
            threads.add(threading.get_ident())
            super().append(run_id, rows)

    start(add(_cases(2000)), _yes, on=NotingStore(store, room=10_000))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_a_run_taken_over_by_another_process_is_left_alone(add: Add, start: Start, store: Store) -> None:
    run = start(add(_cases(2)), _yes)

    async def lose() -> list[str]:
        cancelled: list[str] = []

        def beat() -> None:
            raise UserError("another process took this run over", where=run.id)

        class HastyClock(SystemClock):
            def monotonic(self) -> float:
                return super().monotonic() * 1e6  # a minute passes in 60 µs

        writer = SampleWriter(
            store, run.id, clock=HastyClock(), heartbeat=beat, on_error=lambda: cancelled.append("all")
        )
        output = Output(value="yes")
        for number in range(600):
            writer.put(SampleRow(case_id="c0", epoch=1, position=number, output=output, scores={}))
        while not cancelled:
            await asyncio.sleep(0.01)
        with pytest.raises(UserError, match="another process took"):
            writer.close()
        return cancelled

    assert asyncio.run(lose()) == ["all"]
