"""`steelyard run`, `resume` and `score`."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import click

from steelyard import __version__
from steelyard.app._experts import summary_of
from steelyard.app._progress import progress_line
from steelyard.app._tables import estimate_text
from steelyard.app._wiring import (
    code_revision,
    make_caller,
    make_metrics,
    make_target,
    metrics_of,
    target_name,
)
from steelyard.app.cli._options import Door, door, terminal_width, wants_color
from steelyard.app.cli._root import EXIT_INTERRUPTED
from steelyard.bench import resolve_version
from steelyard.core import EXIT_OK, Json, SystemClock, UsageError
from steelyard.metrics import Metric
from steelyard.metrics.judge import Judge, estimate_judge
from steelyard.reports import render_run
from steelyard.runs import RunHooks, RunPlan, RunRecord, execute, rescore
from steelyard.runs import resume as resume_run
from steelyard.store import Store
from steelyard.targets import Caller, Limits, Target, bundled_prices, estimate_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sitting:
    """What run and resume have in common."""

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
        return Limits(
            max_connections=self.max_connections,
            timeout_s=self.timeout,
            max_attempts=self.max_attempts,
            max_cost_usd=self.max_cost,
            max_tokens=self.max_tokens,
            max_seconds=self.max_seconds,
            max_requests=self.max_requests,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewRun(_Sitting):
    target: str
    metrics: tuple[str, ...]
    epochs: int | None
    label: str
    seed: int
    only_estimate: bool
    slices: tuple[str, ...]
    case_limit: int | None


def _caps(function: Any) -> Any:
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


@click.command()
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--target", required=True, metavar="TARGET", help="A name from steelyard.toml, or a URI.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="M[:key=value,…]",
    help="Repeatable.  [default: exact_match]",
)
@click.option("--epochs", type=click.IntRange(min=1), help="Repetitions of each case.")
@click.option("--label", default="", help="What to call the run.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the case order.")
@click.option(
    "--slice", "slices", multiple=True, metavar="DIMENSION=VALUE", help="Only these cases; repeatable."
)
@click.option(
    "--cases", "case_limit", type=click.IntRange(min=1), help="At most so many cases, drawn at random."
)
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it would cost, and stop.")
@_caps
@door
def run(opened: Door, /, **given: Any) -> int:
    """Run a benchmark against a target and store every output and score."""
    chosen = _NewRun(**given)
    target = make_target(opened.project, chosen.target)
    with opened.store() as store:
        metrics = make_metrics(opened.project, chosen.metrics, store=store, use_cache=chosen.use_cache)
        plan = _plan(opened, chosen, store)
        if chosen.only_estimate:
            return _say_estimate(opened, plan, target=target, metrics=metrics, store=store)
        caller = make_caller(target, chosen.limits, store=store, use_cache=chosen.use_cache, seed=chosen.seed)
        with _watched(opened, chosen, store) as hooks:
            record = execute(
                plan,
                store,
                caller=caller,
                metrics=metrics,
                clock=SystemClock(),
                rng=random.Random(),
                hooks=hooks,
            )
        return _finish(opened, record, store, stopped=hooks.should_stop())


@click.command()
@click.argument("reference", metavar="RUN")
@_caps
@door
def resume(opened: Door, /, **given: Any) -> int:
    """Go on with a run that was stopped, capped or killed; a complete run is shown as it is."""
    chosen = _Sitting(**given)
    with opened.store() as store:
        record = store.get_run(chosen.reference)
        if record.status == "complete":
            return _finish(opened, record, store)
        target = make_target(opened.project, target_name(opened.project, record))
        caller = make_caller(target, chosen.limits, store=store, use_cache=chosen.use_cache, seed=record.seed)
        with _watched(opened, chosen, store) as hooks:
            record = resume_run(
                record,
                store,
                caller=caller,
                metrics=metrics_of(opened.project, record, store=store, use_cache=chosen.use_cache),
                clock=SystemClock(),
                hooks=hooks,
            )
        return _finish(opened, record, store, stopped=hooks.should_stop())


@click.command()
@click.argument("reference", metavar="RUN")
@click.option(
    "--metric", "metrics", multiple=True, required=True, metavar="M[:key=value,…]", help="Repeatable."
)
@click.option("--missing", "only_missing", is_flag=True, help="Only samples whose score failed before.")
@click.option("--cache", "use_cache", is_flag=True, help="Reuse answers that judges gave before.")
@door
def score(
    opened: Door, /, reference: str, metrics: tuple[str, ...], *, only_missing: bool, use_cache: bool
) -> int:
    """Score a run's stored outputs with another metric; the target is not called, nothing is edited."""
    with opened.store() as store, progress_line() as show:
        record = store.get_run(reference)
        for metric in make_metrics(opened.project, metrics, store=store, use_cache=use_cache):
            hooks = RunHooks(progress=show)
            record = rescore(
                record, metric, store, clock=SystemClock(), hooks=hooks, only_missing=only_missing
            )
        return _finish(opened, record, store)


def _plan(opened: Door, chosen: _NewRun, store: Store) -> RunPlan:
    slices = dict(_pair(text) for text in chosen.slices)
    return RunPlan(
        version=resolve_version(store, chosen.reference),
        epochs=chosen.epochs,
        seed=chosen.seed,
        slices=slices,
        limit=chosen.case_limit,
        connections=chosen.max_connections,
        label=chosen.label,
        software=__version__,
        revision=code_revision(opened.project),
    )


def _pair(text: str) -> tuple[str, str]:
    dimension, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"'{text}' names no value", where="--slice", hint="Write --slice DIMENSION=VALUE")
    return dimension, value


@contextmanager
def _watched(opened: Door, chosen: _Sitting, store: Store) -> Iterator[RunHooks]:
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


def _simulator(opened: Door, chosen: _Sitting, store: Store) -> Caller | None:
    if chosen.simulator is None:
        return None
    target = make_target(opened.project, chosen.simulator)
    return make_caller(target, chosen.limits, store=store, use_cache=chosen.use_cache, seed=0)


def _say_estimate(
    opened: Door, plan: RunPlan, *, target: Target, metrics: Sequence[Metric], store: Store
) -> int:
    cases = list(store.cases(plan.version))
    epochs = plan.epochs or 1
    estimate = estimate_cost(target, cases, epochs=epochs, prices=bundled_prices())
    judging = {
        f"{metric.spec.key} ({name})" if len(metric.members) > 1 else metric.spec.key: found
        for metric in metrics
        if isinstance(metric, Judge)
        for name, found in estimate_judge(metric, cases, epochs=epochs, prices=bundled_prices()).items()
    }
    document: dict[str, Json] = estimate.as_json()
    if judging:
        document["evaluation"] = [{"judge": key, **found.as_json()} for key, found in judging.items()]
    opened.answer(document, lambda: estimate_text(estimate, judging))
    return EXIT_OK


def _finish(opened: Door, record: RunRecord, store: Store, *, stopped: bool = False) -> int:
    summary = summary_of(record, store)
    opened.answer(summary.as_json(), lambda: render_run(summary, width=terminal_width(), color=wants_color()))
    if record.status != "complete":
        opened.say(f"Go on with: steelyard resume {record.id}")
    return EXIT_INTERRUPTED if stopped and record.status != "complete" else EXIT_OK
