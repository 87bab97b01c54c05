"""`steelyard run`, `resume` and `score`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from steelyard import __version__, runs, targets
from steelyard.app._experts import summary_of
from steelyard.app._progress import progress_line
from steelyard.app._tables import estimate_text
from steelyard.app._wiring import (
    code_revision,
    find_run,
    make_caller,
    make_metrics,
    make_target,
    metrics_of,
    target_name,
)
from steelyard.app.cli._options import Door, door, terminal_width, wants_color
from steelyard.app.cli._sitting import Sitting, caps, carry_out, left, watched
from steelyard.bench import resolve_version
from steelyard.core import EXIT_OK, Json, SystemClock, UsageError
from steelyard.metrics import Metric
from steelyard.metrics import judge as judging
from steelyard.reports import render_run
from steelyard.runs import RunHooks, RunPlan, RunRecord
from steelyard.store import Store
from steelyard.targets import Target, bundled_prices


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewRun(Sitting):
    target: str
    metrics: tuple[str, ...]
    epochs: int | None
    label: str
    seed: int
    only_estimate: bool
    slices: tuple[str, ...]
    case_limit: int | None


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
@caps
@door
def run(opened: Door, /, **given: Any) -> int:
    """Run a benchmark against a target and store every output and score."""
    chosen = _NewRun(**given)
    with opened.store() as store:
        metrics = make_metrics(opened.project, chosen.metrics, store=store, use_cache=chosen.use_cache)
        target = make_target(opened.project, chosen.target)
        plan = _plan(opened, chosen, store)
        if chosen.only_estimate:
            return _say_estimate(opened, plan, target=target, metrics=metrics, store=store)
        record, stopped = carry_out(opened, chosen, store, plan=plan, target=target, metrics=metrics)
        return _finish(opened, record, store, stopped=stopped)


@click.command()
@click.argument("reference", metavar="RUN")
@caps
@door
def resume(opened: Door, /, **given: Any) -> int:
    """Go on with a run that was stopped, capped or killed; a complete run is shown as it is."""
    chosen = Sitting(**given)
    with opened.store() as store:
        record = store.get_run(chosen.reference)
        if record.status == "complete":
            return _finish(opened, record, store)
        target = make_target(opened.project, target_name(opened.project, record))
        caller = make_caller(target, chosen.limits, store=store, use_cache=chosen.use_cache, seed=record.seed)
        with watched(opened, chosen, store) as hooks:
            record = runs.resume(
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
            record = runs.rescore(
                record, metric, store, clock=SystemClock(), hooks=hooks, only_missing=only_missing
            )
        return _finish(opened, find_run(store, record.id), store)


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


def _say_estimate(
    opened: Door, plan: RunPlan, *, target: Target, metrics: Sequence[Metric], store: Store
) -> int:
    cases = list(store.cases(plan.version))
    epochs = plan.epochs or 1
    estimate = targets.estimate_cost(target, cases, epochs=epochs, prices=bundled_prices())
    judges = {
        f"{metric.spec.key} ({name})" if len(metric.members) > 1 else metric.spec.key: found
        for metric in metrics
        if isinstance(metric, judging.Judge)
        for name, found in judging.estimate_judge(
            metric, cases, epochs=epochs, prices=bundled_prices()
        ).items()
    }
    document: dict[str, Json] = estimate.as_json()
    if judges:
        document["evaluation"] = [{"judge": key, **found.as_json()} for key, found in judges.items()]
    opened.answer(document, lambda: estimate_text(estimate, judges))
    return EXIT_OK


def _finish(opened: Door, record: RunRecord, store: Store, *, stopped: bool = False) -> int:
    summary = summary_of(record, store)
    opened.answer(summary.as_json(), lambda: render_run(summary, width=terminal_width(), color=wants_color()))
    return left(opened, record, stopped=stopped)
