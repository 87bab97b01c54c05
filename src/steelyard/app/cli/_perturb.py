"""`steelyard bench perturb` and `steelyard robustness`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from steelyard import __version__
from steelyard.app._files import write_text
from steelyard.app._tables import added_text
from steelyard.app._wiring import code_revision, find_run, make_metrics, make_target
from steelyard.app.cli._options import Door, door, terminal_width, wants_color
from steelyard.app.cli._sitting import Sitting, caps, carry_out, left
from steelyard.bench import AddResult, add_version, resolve_version
from steelyard.core import Json, NotFoundError, SystemClock, UsageError
from steelyard.reports import counted, render_robustness, robustness_markdown
from steelyard.reports.html import robustness_html
from steelyard.runs import RunPlan, RunRecord, robustness
from steelyard.runs.perturbation import KindCount, parse_request, perturb_version
from steelyard.store import Store

_KIND_HELP = "What to do and how much of it, e.g. typos:severity=.1+.3; repeatable."


@click.command("perturb")
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--kind", "kinds", multiple=True, required=True, metavar="KIND[:severity=S]", help=_KIND_HELP)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every random choice.")
@click.option("--as", "name", metavar="NAME", help="Its name; by default the benchmark's with -perturbed.")
@click.option(
    "--originals/--no-originals",
    default=None,
    help="Hold the original cases too; by default where every kind is a variant that asks the same.",
)
@door
def perturb(
    opened: Door,
    reference: str,
    *,
    kinds: tuple[str, ...],
    seed: int,
    name: str | None,
    originals: bool | None,
) -> None:
    """Make a benchmark of perturbed cases: typing errors, foreign context, other orders and more."""
    with opened.store() as store:
        result, counts = _derive(store, reference, kinds=kinds, seed=seed, name=name, originals=originals)
    document = {**result.as_json(), "perturbations": [item.as_json() for item in counts]}
    opened.answer(document, lambda: f"{added_text(result)}\n{_counts_text(counts)}")


def _derive(
    store: Store,
    reference: str,
    *,
    kinds: tuple[str, ...],
    seed: int,
    name: str | None,
    originals: bool | None,
) -> tuple[AddResult, tuple[KindCount, ...]]:
    requests = [request for text in kinds for request in parse_request(text)]
    version = resolve_version(store, reference)
    made = perturb_version(
        version,
        list(store.cases(version)),
        requests=requests,
        seed=seed,
        originals=originals,
        history=store.versions(version.name),
    )
    chosen = name or f"{version.name}-perturbed"
    if chosen == version.name:
        raise UsageError("a benchmark cannot be derived into itself", where="--as", hint="Give another name")
    return add_version(store, chosen, made.imported, clock=SystemClock()), made.counts


def _counts_text(counts: tuple[KindCount, ...]) -> str:
    lines = []
    for item in counts:
        left = f", {item.left_out:,} left out that it does not change" if item.left_out else ""
        lines.append(f"  {item.request.label}: {counted(item.made, 'case')}{left}")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices(Sitting):
    perturbed: str | None
    target: str | None
    kinds: tuple[str, ...]
    metrics: tuple[str, ...]
    epochs: int | None
    seed: int
    level: float
    markdown: Path | None
    html: Path | None


@click.command("robustness")
@click.argument("reference", metavar="RUN|NAME[@VERSION]")
@click.option(
    "--perturbed", metavar="RUN", help="The run on the perturbed benchmark; by default the same run."
)
@click.option("--target", metavar="TARGET", help="Perturb a benchmark and run both in one: who answers.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND[:severity=S]", help=_KIND_HELP)
@click.option("--metric", "metrics", multiple=True, metavar="M", help="Only this metric; repeatable.")
@click.option("--epochs", type=click.IntRange(min=1), help="Repetitions of each case, with --target.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the perturbations and the case order."
)
@click.option("--level", type=click.FloatRange(0.5, 0.9999), default=0.95, show_default=True)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the report as Markdown.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the report as a page, with a plot.")
@caps
@door
def robustness_command(opened: Door, /, **given: Any) -> int:
    """Say what perturbations cost, by kind and severity, on the same cases.

    RUN --perturbed RUN compares two runs. NAME --target TARGET --kind KIND perturbs the benchmark NAME,
    answers originals and perturbed cases in one run, in random order, and compares them.
    """
    chosen = _Choices(**given)
    stopped = False
    with opened.store() as store:
        if chosen.target is None:
            if chosen.kinds:
                raise UsageError("--kind needs a target", where="--kind", hint="Give --target, or two runs")
            original = _original(store, chosen.reference)
            perturbed = find_run(store, chosen.perturbed) if chosen.perturbed else original
        else:
            original, stopped = _run_both(opened, chosen, store)
            perturbed = original
        wanted = chosen.metrics if chosen.target is None else ()
        code = left(opened, perturbed, stopped=stopped)
        if code:
            state: dict[str, Json] = {"run": perturbed.id, "status": perturbed.status}
            opened.answer(state, lambda: f"run {perturbed.id} is {perturbed.status}")
            return code
        report = robustness(original, perturbed, store, metrics=wanted, level=chosen.level)
    if chosen.markdown is not None:
        write_text(chosen.markdown, robustness_markdown(report))
    if chosen.html is not None:
        write_text(chosen.html, robustness_html(report))
    document: dict[str, Json] = report.as_json()
    opened.answer(document, lambda: render_robustness(report, width=terminal_width(), color=wants_color()))
    return code


def _original(store: Store, reference: str) -> RunRecord:
    """The run on the originals; a benchmark's name in its place is answered with what such a call needs."""
    try:
        return find_run(store, reference)
    except NotFoundError as error:
        if not store.versions(reference.partition("@")[0]):
            raise
        raise UsageError(
            f"'{reference}' is a benchmark, and no run",
            where="robustness",
            hint=f"Write: steelyard robustness {reference} --target TARGET --kind typos:severity=.1+.3",
        ) from error


def _run_both(opened: Door, chosen: _Choices, store: Store) -> tuple[RunRecord, bool]:
    """One run on originals and perturbed cases together: time and load cannot tell them apart."""
    if not chosen.kinds or chosen.perturbed:
        raise UsageError(
            "a target needs kinds of perturbation, and no run",
            where="--target",
            hint="Write: steelyard robustness NAME --target TARGET --kind typos:severity=.1+.3",
        )
    target = make_target(opened.project, chosen.target or "")
    metrics = make_metrics(opened.project, chosen.metrics, store=store, use_cache=chosen.use_cache)
    result, _ = _derive(
        store, chosen.reference, kinds=chosen.kinds, seed=chosen.seed, name=None, originals=True
    )
    plan = RunPlan(
        version=result.version,
        epochs=chosen.epochs,
        seed=chosen.seed,
        connections=chosen.max_connections,
        software=__version__,
        revision=code_revision(opened.project),
    )
    record, stopped = carry_out(opened, chosen, store, plan=plan, target=target, metrics=metrics)
    opened.say(f"run {record.id} on {result.version.name}@{result.version.version}")
    return record, stopped
