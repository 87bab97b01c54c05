"""Execute a plan, or go on with a run that was stopped, capped or killed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from steelyard.bench import BenchmarkVersion
from steelyard.core import (
    BenchmarkRef,
    BugError,
    Case,
    Clock,
    Json,
    NotFoundError,
    UsageError,
    canonical_json,
    new_id,
)
from steelyard.metrics import Metric, PromptedMetric, rebuild
from steelyard.runs._claim import new_claim, take_claim
from steelyard.runs._order import ORDER, Planned, choose_cases, planned_order
from steelyard.runs._plan import CONNECTIONS, RunHooks, RunPlan, RunStores
from steelyard.runs._record import RunRecord
from steelyard.runs._scorer import check_ready
from steelyard.runs._session import Opened, Session
from steelyard.targets import Caller, Recorded, Target


def execute(
    plan: RunPlan,
    store: RunStores,
    *,
    caller: Caller,
    metrics: Sequence[Metric],
    clock: Clock,
    rng: random.Random,
    hooks: RunHooks | None = None,
) -> RunRecord:
    """Run a benchmark version against a target and return the run's row as it ended.

    The row is written after the target was reached and before the first call. What ends a run early
    (a cap, `hooks.should_stop`, a full disk, a second Ctrl-C) leaves it `partial` and resumable.

    Raises TargetError when the target cannot be reached (nothing is stored then), UsageError when
    the plan selects no case or two metrics share a key, InputError when recorded outputs are of other
    cases, StoreError when a write failed.
    """
    hooks = hooks or RunHooks()
    _check_keys(metrics)
    check_ready(metrics)
    every = list(store.cases(plan.version))
    cases = choose_cases(every, slices=plan.slices, limit=plan.limit, seed=plan.seed)
    _check_cases(cases, plan.version, hooks)
    plan = replace(plan, notes=(*plan.notes, *_review(every, caller.target, hooks)))

    def begin() -> Opened:
        info = caller.target.info
        epochs = plan.epochs or (info.epochs if info.recorded else 1)
        order = planned_order(cases, epochs=epochs, seed=plan.seed)
        started = clock.now()
        run_id = new_id("run", at=started, rng=rng)
        claim = new_claim(run_id, store, clock=clock)
        run = RunRecord(
            id=run_id,
            benchmark=plan.version.ref,
            target=info.as_json(),
            metrics=tuple(metric.spec for metric in metrics),
            epochs=epochs,
            seed=plan.seed,
            started=started,
            label=plan.label or info.name,
            settings=_settings(plan, planned=len(order)),
            prompts={**info.prompt_texts, **_wordings(metrics)},
            software=plan.software,
            revision=plan.revision,
            owner=claim.owner,
            notes=plan.notes,
        )
        store.create_run(run)
        return Opened(
            run=run,
            claim=claim,
            planned=len(order),
            todo=order,
            metrics=metrics,
            connections=plan.connections,
        )

    return Session(store, caller, clock=clock, hooks=hooks).sit(begin)


def resume(
    run: RunRecord,
    store: RunStores,
    *,
    caller: Caller,
    clock: Clock,
    metrics: Sequence[Metric] | None = None,
    hooks: RunHooks | None = None,
    connections: int | None = None,
) -> RunRecord:
    """Call what a run is still missing, and what failed for reasons of infrastructure; nothing twice.

    A complete run is returned as it is. Metrics are rebuilt from the run's row unless given.

    Raises UserError naming host and process when somebody works on the run, UsageError when the
    target is not the one that was pinned.
    """
    run = store.get_run(run.id)
    if run.status == "complete":
        return run
    hooks = hooks or RunHooks()
    order = run_order(run, store)
    _check_cases([case for _, case, _ in order], run.benchmark, hooks)
    chosen = _metrics_of(run, metrics)
    check_ready(chosen)

    def begin() -> Opened:
        _check_target(run, caller.target.info.as_json())
        claim = take_claim(run, store, clock=clock)
        finished = store.finished(run.id)
        return Opened(
            run=run,
            claim=claim,
            planned=len(order),
            todo=[item for item in order if (item[1].id, item[2]) not in finished],
            metrics=chosen,
            connections=connections or _connections(run),
        )

    return Session(store, caller, clock=clock, hooks=hooks).sit(begin)


def run_version(run: RunRecord, store: RunStores) -> BenchmarkVersion:
    """The benchmark version that a run pins; raises NotFoundError."""
    for version in store.versions(run.benchmark.name):
        if version.hash == run.benchmark.hash:
            return version
    raise NotFoundError(
        f"benchmark version {run.benchmark.name}@{run.benchmark.hash[:8]} is not in this store",
        where=run.id,
        hint="Open the store that the run was made in",
    )


def run_order(run: RunRecord, store: RunStores) -> list[Planned]:
    """The planned order of a stored run, made again from what its row pins."""
    settings = run.settings
    slices = settings.get("slices")
    limit = settings.get("limit")
    cases = choose_cases(
        store.cases(run_version(run, store)),
        slices={key: str(value) for key, value in slices.items()} if isinstance(slices, Mapping) else {},
        limit=limit if isinstance(limit, int) else None,
        seed=run.seed,
    )
    order = planned_order(cases, epochs=run.epochs, seed=run.seed)
    if settings.get("order") != ORDER or settings.get("planned") != len(order):
        raise BugError("the planned order of this run cannot be made again", where=run.id)
    return order


def _wordings(metrics: Sequence[Metric]) -> dict[str, str]:
    """The wording of each judge, by metric key: its hash is in the metric's settings."""
    return {metric.spec.key: metric.prompt_text for metric in metrics if isinstance(metric, PromptedMetric)}


def _settings(plan: RunPlan, *, planned: int) -> dict[str, Json]:
    return {
        **plan.settings,
        "order": ORDER,
        "planned": planned,
        "slices": dict(plan.slices),
        "limit": plan.limit,
        "pass_seeds": plan.pass_seeds,
        "connections": plan.connections,
        "notes": list(plan.notes),
    }


def _connections(run: RunRecord) -> int:
    pinned = run.settings.get("connections")
    return pinned if isinstance(pinned, int) else CONNECTIONS


def _check_keys(metrics: Sequence[Metric]) -> None:
    twice = [key for key, count in Counter(metric.spec.key for metric in metrics).items() if count > 1]
    if twice:
        raise UsageError(
            f"metric '{twice[0]}' is asked for twice", hint="Name each metric once, or with other settings"
        )


def _check_cases(cases: Sequence[Case], version: BenchmarkVersion | BenchmarkRef, hooks: RunHooks) -> None:
    if not cases:
        raise UsageError(
            "no case carries these slices",
            where=f"{version.name}@{version.version}",
            hint=f"See what there is: steelyard bench show {version.name}",
        )
    if hooks.simulator is None:
        for case in cases:
            if case.scenario is not None:
                raise UsageError(
                    f"case '{case.id}' has a scenario, and no target plays its user",
                    where=f"{version.name}@{version.version}",
                    hint="Name a target that plays the user: --simulator TARGET",
                )


def _review(cases: Sequence[Case], target: Target, hooks: RunHooks) -> tuple[str, ...]:
    """What a recording says of these cases, told at once and kept with the run."""
    if not isinstance(target, Recorded):
        return ()
    notes = target.review({case.id for case in cases})
    for note in notes:
        hooks.warn(note)
    return notes


def _check_target(run: RunRecord, target: Mapping[str, Json]) -> None:
    pinned = {key: run.target.get(key) for key in ("uri", "settings", "prompts")}
    given = {key: target.get(key) for key in pinned}
    changed = [key for key in pinned if canonical_json(pinned[key]) != canonical_json(given[key])]
    if changed:
        raise UsageError(
            f"the target's {', '.join(changed)} changed since the run began",
            where=run.id,
            hint="One run holds one configuration: start a new run, or put the target back as it was",
        )


def _metrics_of(run: RunRecord, given: Sequence[Metric] | None) -> list[Metric]:
    by_key = {metric.spec.key: metric for metric in given or ()}
    return [by_key.get(spec.key) or rebuild(spec) for spec in run.metrics]
