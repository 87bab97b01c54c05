"""One sitting from end to end: reach the target, claim the run, work, and leave its row in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from steelyard.core import BugError, Clock, Json, StoreError, UserError
from steelyard.metrics import Metric
from steelyard.runs._claim import Claim
from steelyard.runs._conversation import Player
from steelyard.runs._loop import run_to_end
from steelyard.runs._order import Planned
from steelyard.runs._plan import RunHooks, RunStores
from steelyard.runs._progress import Meter
from steelyard.runs._record import RunRecord
from steelyard.runs._sitting import Sitting, Work
from steelyard.targets import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A run that was claimed, with what is left to do."""

    run: RunRecord
    """Its row."""
    claim: Claim
    """Our claim on it."""
    planned: int
    """Samples in all."""
    todo: Sequence[Planned]
    """Samples that are missing."""
    metrics: Sequence[Metric]
    """What scores them."""
    connections: int
    """Samples in work at once."""


class Session:
    """Works on one run; whatever ends the work, stored samples stay and the row says what happened."""

    def __init__(self, store: RunStores, caller: Caller, *, clock: Clock, hooks: RunHooks) -> None:
        self._store = store
        self._caller = caller
        self._clock = clock
        self._hooks = hooks
        self._opened: Opened | None = None
        self._sitting: Sitting | None = None
        self._began = clock.monotonic()

    def sit(self, begin: Callable[[], Opened]) -> RunRecord:
        """Open the target, then `begin`, then work; returns the row as it ended."""
        try:
            run_to_end(lambda: self._main(begin))
        except BaseException as error:
            self._end_after(error)
            raise
        if self._opened is None or self._sitting is None:
            raise BugError("a sitting ended well without having begun")
        return self._end(self._opened, stopped=self._sitting.stopped)

    async def _main(self, begin: Callable[[], Opened]) -> None:
        callers = [self._caller] if self._hooks.simulator is None else [self._caller, self._hooks.simulator]
        try:
            for caller in callers:
                await caller.open()
            self._opened = opened = begin()
            self._sitting = Sitting(self._work(opened), self._meter(opened))
            await self._sitting.run()
        finally:
            for caller in callers:
                await caller.close()

    def _work(self, opened: Opened) -> Work:
        run = opened.run
        return Work(
            run_id=run.id,
            todo=opened.todo,
            player=Player(
                caller=self._caller,
                simulator=self._hooks.simulator,
                attachment=self._store.get_attachment,
            ),
            metrics=opened.metrics,
            store=self._store,
            heartbeat=opened.claim.renew,
            should_stop=self._hooks.should_stop,
            clock=self._clock,
            seed=run.seed if run.settings.get("pass_seeds") else None,
            connections=opened.connections,
        )

    def _meter(self, opened: Opened) -> Meter:
        done = opened.planned - len(opened.todo)
        meter = Meter(self._hooks.progress, clock=self._clock, total=opened.planned, done=done)
        if done:
            meter.add_cost(self._store.totals(opened.run.id).cost_usd)
        return meter

    def _end(self, opened: Opened, *, stopped: str) -> RunRecord:
        totals = self._store.totals(opened.run.id)
        mendable = 0 if self._caller.target.info.recorded else totals.faults
        complete = totals.samples >= opened.planned and mendable == 0
        notes = [str(note) for note in cast("Sequence[Json]", opened.run.settings.get("notes") or ())]
        if stopped and not complete:
            notes.append(f"Stopped {stopped}, with {totals.samples} of {opened.planned} samples answered.")
        if mendable:
            notes.append(
                f"{mendable} samples failed for reasons of infrastructure; resuming tries them again."
            )
        self._store.end_sitting(
            opened.run.id,
            status="complete" if complete else "partial",
            seconds=self._clock.monotonic() - self._began,
            notes=notes,
        )
        opened.claim.release()
        return self._store.get_run(opened.run.id)

    def _end_after(self, error: BaseException) -> None:
        """Leave a resumable row behind, if the store still lets us, and say how to go on."""
        opened = self._opened
        if opened is None:
            return
        opened.claim.release()
        if opened.claim.lost:
            return
        if isinstance(error, UserError):
            hint = f"{error.hint.rstrip('.')}. " if error.hint else ""
            error.hint = f"{hint}What was answered is stored; go on with: steelyard resume {opened.run.id}"
        what = "on request" if isinstance(error, KeyboardInterrupt) else f"by an error ({error})"
        with suppress(StoreError):  # the error that ended the run is the one to tell
            self._end(opened, stopped=what)
