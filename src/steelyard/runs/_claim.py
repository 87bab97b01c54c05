"""The claim on a run: one process at a time works on it."""

from __future__ import annotations

from dataclasses import replace

from steelyard.core import Clock, UserError
from steelyard.runs._owner import LEASE_S, Owner, parse_owner, this_process
from steelyard.runs._record import RunRecord
from steelyard.runs._store import RunStore

_held_here: set[str] = set()  # runs that this process works on: its own pid alone cannot tell


class Claim:
    """Ownership of one run by this process; renewed while it works, released at the end."""

    def __init__(self, run_id: str, store: RunStore, *, clock: Clock, owner: Owner) -> None:
        self.lost = False
        self._run_id = run_id
        self._store = store
        self._clock = clock
        self._owner = owner
        _held_here.add(run_id)

    @property
    def owner(self) -> str:
        """What stands in the run's row."""
        return str(self._owner)

    def renew(self) -> None:
        """Say that we live; raises UserError when another process took the run."""
        renewed = self._owner.renewed(at=self._clock.now())
        if not self._store.claim(self._run_id, str(renewed), expected=str(self._owner)):
            self.lost = True
            raise UserError(
                "another process took this run over",
                where=self._run_id,
                hint="Leave it to that process; what was answered here is stored",
            )
        self._owner = renewed

    def release(self) -> None:
        """Forget the run here; the row is cleared by `end_sitting`."""
        _held_here.discard(self._run_id)


def new_claim(run_id: str, store: RunStore, *, clock: Clock) -> Claim:
    """The claim on a run whose row is about to be written."""
    return Claim(run_id, store, clock=clock, owner=this_process(at=clock.now()))


def take_claim(run: RunRecord, store: RunStore, *, clock: Clock) -> Claim:
    """Claim a run that nobody, or a dead process, owns; raises UserError naming a living owner."""
    check_free(run, clock=clock)
    owner = this_process(at=clock.now())
    if not store.claim(run.id, str(owner), expected=run.owner):
        raise UserError("another process has just taken this run", where=run.id, hint="Wait for it to end")
    return Claim(run.id, store, clock=clock, owner=owner)


def check_free(run: RunRecord, *, clock: Clock) -> None:
    """Raise UserError naming host and process when a living one works on the run."""
    holder = _living_holder(run, clock=clock)
    if holder is None:
        return
    here = this_process(at=clock.now())
    raise UserError(
        f"process {holder.pid} on host {holder.host} is working on this run",
        where=run.id,
        hint="Wait for it or stop it, then resume"
        if holder.host == here.host
        else f"If that process is gone, resume {LEASE_S:.0f} s after it was last seen",
    )


def as_it_stands(run: RunRecord, *, clock: Clock) -> RunRecord:
    """The row as a reader should see it: a run whose process is gone is `partial`, whatever the row says.

    A process that is killed has no time to write that it stopped; a note says what happened.
    """
    if run.status != "running" or _living_holder(run, clock=clock) is not None:
        return run
    holder = parse_owner(run.owner)
    who = f"process {holder.pid} on host {holder.host}" if holder else "the process"
    note = f"Nobody works on this run any more: {who} ended before it was complete."
    return replace(run, status="partial", notes=(*run.notes, note))


def _living_holder(run: RunRecord, *, clock: Clock) -> Owner | None:
    """The process that works on the run; None when nobody does, or a dead one did."""
    now = clock.now()
    holder = parse_owner(run.owner)
    if holder is None:
        return None
    here = this_process(at=now)
    if holder.host == here.host and holder.pid == here.pid and holder.start == here.start:
        return holder if run.id in _held_here else None
    return holder if holder.is_alive(at=now) else None
