"""One sitting of a run: calls what is missing, scores it, hands it to the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from steelyard.core import Clock, Failed, Output, Score
from steelyard.metrics import Metric
from steelyard.runs._conversation import Player
from steelyard.runs._order import Planned, sample_seed
from steelyard.runs._progress import EVERY_S, Meter
from steelyard.runs._record import SampleRow
from steelyard.runs._scorer import Scorer
from steelyard.runs._store import SampleStore
from steelyard.runs._writer import SampleWriter
from steelyard.targets import BudgetReached, Stopped

_BREATHE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a sitting works on, and with."""

    run_id: str
    """The run."""
    todo: Sequence[Planned]
    """The samples to call, in the planned order."""
    player: Player
    """Gets an output for a sample."""
    metrics: Sequence[Metric]
    """What scores it."""
    store: SampleStore
    """Where rows go."""
    heartbeat: Callable[[], None]
    """Renews the claim on the run, now and then; raises when it was lost."""
    should_stop: Callable[[], bool]
    """True once no new sample should be begun."""
    clock: Clock
    """Time."""
    seed: int | None
    """The run's seed when calls get sampling seeds, otherwise None."""
    connections: int
    """Samples in work at once."""


class Sitting:
    """Runs a fixed number of workers over one iterator; `stopped` says why it ended early."""

    def __init__(self, work: Work, meter: Meter) -> None:
        self.stopped = ""
        self._work = work
        self._meter = meter
        self._scorer = Scorer(work.metrics, clock=work.clock)
        self._todo: Iterator[Planned] = iter(work.todo)
        self._breathed = 0.0
        self._workers: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Call until all is done or something stops it; raises what a target, metric or store raised."""
        await self._scorer.open()
        try:
            await self._run()
        finally:
            await self._scorer.close()

    async def _run(self) -> None:
        work = self._work
        writer = SampleWriter(
            work.store,
            work.run_id,
            clock=work.clock,
            heartbeat=work.heartbeat,
            on_error=self._cancel_workers,
        )
        ticker = asyncio.create_task(self._tick(writer))
        count = max(1, min(work.connections, len(work.todo)))
        self._workers = [asyncio.create_task(self._answer_all(writer)) for _ in range(count)]
        try:
            await self._finish_workers()
        finally:
            ticker.cancel()
            self._cancel_workers()
            writer.close()
        with suppress(asyncio.CancelledError):
            await ticker
        self._meter.connections = 0
        self._meter.tell()

    async def _finish_workers(self) -> None:
        finished, _ = await asyncio.wait(self._workers, return_when=asyncio.FIRST_EXCEPTION)
        errors = [error for task in finished if not task.cancelled() and (error := task.exception())]
        if errors:
            self._cancel_workers()
            await asyncio.wait(self._workers)
            raise errors[0]

    def _cancel_workers(self) -> None:
        for task in self._workers:
            task.cancel()

    async def _tick(self, writer: SampleWriter) -> None:
        meter, limiter = self._meter, self._work.player.caller.limiter
        while True:
            meter.connections = limiter.in_flight
            meter.tell()
            writer.tick()
            self._look_for_stop()
            await asyncio.sleep(EVERY_S)

    def _look_for_stop(self) -> None:
        if not self.stopped and self._work.should_stop():
            self._stop("on request")

    def _stop(self, why: str) -> None:
        """Begin nothing more; calls under way are still awaited."""
        if not self.stopped:
            self.stopped = why
            for caller in (self._work.player.caller, self._work.player.simulator):
                if caller is not None:
                    caller.stop()

    async def _answer_all(self, writer: SampleWriter) -> None:
        clock, play, run_seed = self._work.clock, self._work.player.play, self._work.seed
        for position, case, epoch in self._todo:
            self._look_for_stop()
            if self.stopped:
                return
            try:
                seed = None if run_seed is None else sample_seed(run_seed, case.id, epoch)
                output = await play(case, epoch, seed=seed)
            except BudgetReached as reached:
                self._stop(f"at a cap: {reached}")
                return
            except Stopped:
                return
            scores = await self._scorer.score(case, output)
            writer.put(
                SampleRow(case_id=case.id, epoch=epoch, position=position, output=output, scores=scores)
            )
            self._count(output, scores)
            if writer.crowded:
                await writer.room()
            elif clock.monotonic() - self._breathed > _BREATHE_S:
                await asyncio.sleep(0)  # targets that answer at once never yield: let timers run
                self._breathed = clock.monotonic()

    def _count(self, output: Output, scores: dict[str, Score]) -> None:
        meter = self._meter
        meter.done += 1
        meter.add_cost(output.cost_usd)
        for score in scores.values():
            if isinstance(score, Failed):
                meter.failed += 1
                break
