"""Runs as lists show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.app.web._figures import Figures
from steelyard.app.web._site import Site
from steelyard.core import RunSummary
from steelyard.reports import one_line, run_headline, shorten_run
from steelyard.reports.html import CellView, Extras, build_page
from steelyard.runs import RunRecord, as_it_stands


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run in a list."""

    id: str
    """The run's identifier."""
    label: str
    """What people call it."""
    benchmark: str
    """The benchmark's name."""
    version: str
    """Its version."""
    target: str
    """The system."""
    status: str
    """How far it got."""
    started: str
    """When, UTC."""
    headline: str
    """Its numbers in words; empty while they are worked out."""
    metric: str
    """The key of the run's first metric; empty where it has none."""
    value: CellView | None
    """The first metric's value, with what stands behind it."""
    likely: str
    """Its interval."""
    bar: CellView | None
    """The same as a picture."""


def run_lines(site: Site, figures: Figures, *, limit: int, patience: float) -> list[RunLine]:
    """The newest runs; numbers that are not at hand within `patience` seconds are left out."""
    return lines_of(site, figures, site.store.list_runs(limit=limit), patience=patience)


def lines_of(site: Site, figures: Figures, runs: Sequence[RunRecord], *, patience: float) -> list[RunLine]:
    """Some runs as lists show them; numbers that are not at hand are left out."""
    lines = []
    for stored in runs:
        run = as_it_stands(stored, clock=site.clock)
        summary = figures.summary(run, patience=patience) if run.metrics and run.status != "running" else None
        lines.append(_line(run, summary))
    return lines


def target_of(run: RunRecord) -> str:
    """The system's name or URI, as the command line lists it."""
    return one_line(str(run.target.get("name") or run.target.get("uri") or ""))


def label_of(run: RunRecord) -> str:
    """What people call a run."""
    return one_line(run.label) or target_of(run) or run.id


def _line(run: RunRecord, summary: RunSummary | None) -> RunLine:
    shown = shorten_run(summary) if summary is not None else None
    cells = _cells(shown) if shown is not None else ()
    return RunLine(
        id=run.id,
        label=label_of(run),
        benchmark=run.benchmark.name,
        version=run.benchmark.version,
        target=target_of(run),
        status=run.status,
        started=f"{run.started:%Y-%m-%d %H:%M}",
        headline=run_headline(shown) if shown is not None else "",
        metric=run.metrics[0].key if run.metrics else "",
        value=next((cell for cell in cells if cell.facts), None),
        likely=cells[2].text if len(cells) > 2 else "",
        bar=next((cell for cell in cells if cell.bar), None),
    )


def _cells(summary: RunSummary) -> tuple[CellView, ...]:
    """The first row of the first table of the run's report."""
    for section in build_page(summary, Extras()).sections:
        for figure in section.figures:
            if figure.table is not None and figure.table.rows:
                return figure.table.rows[0]
    return ()
