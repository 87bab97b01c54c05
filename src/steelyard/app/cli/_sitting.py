"""What commands that call a target have in common: caps, progress, and Ctrl-C."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import click

from steelyard.app._progress import progress_line
from steelyard.app._wiring import make_caller, make_target
from steelyard.app.cli._options import Door
from steelyard.app.cli._root import EXIT_INTERRUPTED
from steelyard.core import EXIT_OK, SystemClock
from steelyard.metrics import Metric
from steelyard.runs import RunHooks, RunPlan, RunRecord, execute
from steelyard.store import Store
from steelyard.targets import Caller, Limits, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """The options that `caps` adds."""

    reference: str
    max_connections: int
    use_cache: bool
    timeout: float
    max_attempts: int
    max_cost: float | None
    max_tokens: int | None
    max_seconds: float | None
    max_requests: int | None
    simulator: str | None

    @property
    def limits(self) -> Limits:
        """The caps, as a caller keeps them."""
        return Limits(
            max_connections=self.max_connections,
            timeout_s=self.timeout,
            max_attempts=self.max_attempts,
            max_cost_usd=self.max_cost,
            max_tokens=self.max_tokens,
            max_seconds=self.max_seconds,
            max_requests=self.max_requests,
        )


def caps(function: Any) -> Any:
    """Add the options of a Sitting."""
    for option in (
        click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Stop at this cost."),
        click.option("--max-tokens", type=click.IntRange(min=1), help="Stop at so many tokens, both ways."),
        click.option("--max-seconds", type=click.FloatRange(min=0), help="Stop after so many seconds."),
        click.option("--max-requests", type=click.IntRange(min=1), help="Stop after so many requests."),
        click.option("--timeout", type=click.FloatRange(min=0.001), default=120.0, show_default=True,
                     help="Seconds for one request; longer is a failure of the target."),
        click.option("--max-attempts", type=click.IntRange(min=1), default=6, show_default=True,
                     help="Tries of a request that may be tried again."),
        click.option("--max-connections", type=click.IntRange(min=1), default=64, show_default=True,
                     help="Requests in flight at most; fewer are used when the server asks for it."),
        click.option("--cache", "use_cache", is_flag=True, help="Reuse answers of earlier runs."),
        click.option("--simulator", metavar="TARGET", help="The target that plays the users of scenarios."),
    ):  # fmt: skip
        function = option(function)
    return function


@contextmanager
def watched(opened: Door, chosen: Sitting, store: Store) -> Iterator[RunHooks]:
    """Progress on stderr, and Ctrl-C as a request to stop; a second Ctrl-C stops at once."""
    asked: list[int] = []

    def on_interrupt(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        opened.say("stopping; answers in flight are awaited. Ctrl-C again stops at once")

    earlier = signal.signal(signal.SIGINT, on_interrupt)
    try:
        with progress_line() as show:
            yield RunHooks(
                progress=show,
                should_stop=lambda: bool(asked),
                warn=lambda text: opened.say(f"warning: {text}"),
                simulator=_simulator(opened, chosen, store),
            )
    finally:
        signal.signal(signal.SIGINT, earlier)


def carry_out(
    opened: Door, chosen: Sitting, store: Store, *, plan: RunPlan, target: Target, metrics: Sequence[Metric]
) -> tuple[RunRecord, bool]:
    """Execute a plan, watched and under the caps; the run's row, and whether Ctrl-C stopped it."""
    caller = make_caller(target, chosen.limits, store=store, use_cache=chosen.use_cache, seed=plan.seed)
    with watched(opened, chosen, store) as hooks:
        record = execute(
            plan,
            store,
            caller=caller,
            metrics=metrics,
            clock=SystemClock(),
            rng=random.Random(),
            hooks=hooks,
        )
    return record, hooks.should_stop()


def _simulator(opened: Door, chosen: Sitting, store: Store) -> Caller | None:
    if chosen.simulator is None:
        return None
    target = make_target(opened.project, chosen.simulator)
    return make_caller(target, chosen.limits, store=store, use_cache=chosen.use_cache, seed=0)


def left(opened: Door, record: RunRecord, *, stopped: bool) -> int:
    """The exit code of a command that leaves this run, after a word on how to go on with a partial one."""
    if record.status == "complete":
        return EXIT_OK
    opened.say(f"Go on with: steelyard resume {record.id}")
    return EXIT_INTERRUPTED if stopped else EXIT_OK
