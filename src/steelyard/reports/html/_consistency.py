"""Invariance and sensitivity as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steelyard.core import ConsistencyReport
from steelyard.reports._charts import estimate_chart
from steelyard.reports._clean import one_line
from steelyard.reports._consistency import (
    FAMILY_HEADS,
    FIGURE_HEADS,
    consistency_facts,
    consistency_headline,
    family_rows,
    figure_rows,
)
from steelyard.reports.html._page import CellView, FigureView, Page, SectionView, TableView
from steelyard.reports.html._render import render_page


def consistency_html(report: ConsistencyReport) -> str:
    """The report as one self-contained HTML file: the figures, and the worst families side by side."""
    return render_page(consistency_page(report))


def consistency_sections(report: ConsistencyReport, *, redact: bool = False) -> tuple[SectionView, ...]:
    """The parts of the page, for the report of the run itself; `redact` leaves the families out."""
    page = consistency_page(replace(report, worst=()) if redact else report)
    first, *rest = page.sections
    return (replace(first, text=" ".join((page.headline, *page.notes))), *rest)


def consistency_page(report: ConsistencyReport) -> Page:
    """The page: figures with their intervals, by kind of variation, and families with their answers."""
    rows = [(row[0].strip(), *row[1:3], *row[4:]) for row in figure_rows(report, bars=False)]
    heads = tuple(head for head in FIGURE_HEADS if head)
    named = [("all", report.invariance), ("asked again", report.repeats), *report.by_variant]
    drawn = [(one_line(name, 60), item) for name, item in named if item.value is not None]
    figures = []
    if drawn:
        figures.append(
            FigureView(
                id="invariance",
                title="Equivalent questions answered alike",
                caption="Share of pairs with its interval, by variation; 'asked again' is the noise floor.",
                spec=estimate_chart([item for _, item in drawn], [name for name, _ in drawn]),
                table=_table("Figures", heads, rows),
            )
        )
    sections = [
        SectionView(
            title="Invariance and sensitivity",
            figures=tuple(figures),
            tables=() if figures else (_table("Figures", heads, rows),),
        )
    ]
    if report.worst:
        listed = [row for family in report.worst for row in family_rows(family, length=300)]
        sections.append(
            SectionView(
                title="Worst families", tables=(_table("Answers side by side", FAMILY_HEADS, listed),)
            )
        )
    return Page(
        title=f"Consistency on {one_line(report.benchmark)}",
        crumbs=("Steelyard", one_line(report.benchmark), "Consistency"),
        headline=consistency_headline(report),
        sign="",
        tone="",
        sentences=(),
        tally="",
        steps=(),
        notes=tuple(consistency_facts(report)),
        sections=tuple(sections),
        examples=(),
        redacted=False,
        facts=tuple((item.name, item.signature) for item in report.headlines),
    )


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> TableView:
    listed = tuple(
        tuple(CellView(text=text, right=at > 0 and caption == "Figures") for at, text in enumerate(row))
        for row in rows
    )
    return TableView(caption=caption, heads=tuple(heads), rows=listed)
