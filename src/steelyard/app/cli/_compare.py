"""`steelyard compare`: what changed between runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import click

from steelyard.app._comparing import compare_many
from steelyard.app._experts import judges_of
from steelyard.app._run_json import ranking_json
from steelyard.app._wiring import find_run
from steelyard.app.cli._options import Door, door, terminal_width, wants_color
from steelyard.core import Json
from steelyard.gates import CompareOptions
from steelyard.reports import render_comparison, render_ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    references: tuple[str, ...]
    metrics: tuple[str, ...]
    dimension: str | None
    allowed_drop: float | None
    level: float


@click.command()
@click.argument("references", metavar="RUN RUN [RUN …]", nargs=-1, required=True)
@click.option("--metric", "metrics", multiple=True, metavar="M", help="Only this metric; repeatable.")
@click.option("--slice", "dimension", metavar="DIMENSION", help="Break down by this slice dimension.")
@click.option("--allowed-drop", type=click.FloatRange(min=0), help="A drop that would not matter, e.g. 0.02.")
@click.option("--level", type=click.FloatRange(0.5, 0.9999), default=0.95, show_default=True)
@door
def compare(opened: Door, /, **given: Any) -> None:
    """Compare two or more runs on the cases they share; the first is the baseline."""
    chosen = _Choices(**given)
    if len(chosen.references) < 2:
        raise click.UsageError("compare takes at least two runs; the first is the baseline")
    options = CompareOptions(
        metrics=chosen.metrics,
        dimension=chosen.dimension,
        allowed_drop=chosen.allowed_drop,
        level=chosen.level,
    )
    with opened.store() as store:
        runs = [find_run(store, reference) for reference in chosen.references]
        options = replace(options, judges=judges_of(runs, store))
        comparisons, ranking = compare_many(runs, store=store, options=options)
    document: dict[str, Json] = comparisons[0].as_json()
    if len(comparisons) > 1:
        document["comparisons"] = [comparison.as_json() for comparison in comparisons]
        document["ranking"] = [ranking_json(item) for item in ranking]

    def text() -> str:
        width, color = terminal_width(), wants_color()
        parts = [render_comparison(item, width=width, color=color) for item in comparisons]
        parts += [render_ranking(item.runs, width=width, color=color) for item in ranking]
        return "\n\n".join(parts)

    opened.answer(document, text)
