"""What perturbations cost, as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steelyard.core import Degradation, RobustnessReport
from steelyard.reports._clean import one_line
from steelyard.reports._dose_chart import dose_chart
from steelyard.reports._robustness import (
    BROKEN_HEADS,
    DEGRADATION_HEADS,
    OBEYED_HEADS,
    broken_row,
    degradation_rows,
    degradation_word,
    obeyed_rows,
    robustness_facts,
    robustness_headline,
)
from steelyard.reports.html._page import CellView, FigureView, Page, SectionView, TableView, Tone
from steelyard.reports.html._render import render_page

_TONES: dict[str, Tone] = {"worse": "fail", "better": "pass"}
_CAPTION = (
    "Each point is what a kind of perturbation costs at one severity, original minus perturbed on the same "
    "cases; bars and bands are its interval. Above the line at 0 the perturbed cases do worse."
)


def robustness_html(report: RobustnessReport) -> str:
    """The report as one self-contained HTML file: dose and response, and the cases that broke."""
    return render_page(robustness_page(report))


def robustness_sections(report: RobustnessReport, *, redact: bool = False) -> tuple[SectionView, ...]:
    """The parts of the page, for the report of the run itself; `redact` leaves the worst cases out."""
    page = robustness_page(replace(report, broken=()) if redact else report)
    text = " ".join((page.headline, *page.notes))
    lead = SectionView(title="Robustness", text=text)
    return (lead, *(replace(each, title=f"Robustness: {each.title}") for each in page.sections))


def robustness_page(report: RobustnessReport) -> Page:
    """The page: a plot and its table for each metric, obeyed injections, worst cases side by side."""
    sections = []
    for number, metric in enumerate(report.metrics):
        listed = [item for item in report.degradations if item.gap.name == metric]
        figure = FigureView(
            id=f"degradation-{number}",
            title=f"Degradation of {one_line(metric)} by kind and severity",
            caption=_CAPTION,
            spec=dose_chart(listed),
            table=_degradations(listed),
        )
        sections.append(SectionView(title=one_line(metric), figures=(figure,)))
    if report.obeyed:
        sections.append(_section("Answers that obeyed injected text", OBEYED_HEADS, obeyed_rows(report)))
    if report.broken:
        rows = [broken_row(item, length=300) for item in report.broken]
        sections.append(_section("Worst cases", BROKEN_HEADS, rows))
    worse = any(degradation_word(item) == "worse" for item in report.degradations)
    return Page(
        title=f"Robustness of {one_line(report.benchmark)}",
        crumbs=("Steelyard", one_line(report.benchmark), "Robustness"),
        headline=robustness_headline(report),
        sign="",
        tone="fail" if worse else "",
        sentences=(),
        tally="",
        steps=(),
        notes=tuple(robustness_facts(report)),
        sections=tuple(sections),
        examples=(),
        redacted=False,
        facts=tuple((str(at), item.gap.signature) for at, item in enumerate(report.degradations[:20], 1)),
    )


def _degradations(listed: Sequence[Degradation]) -> TableView:
    heads = (*DEGRADATION_HEADS[:6], DEGRADATION_HEADS[7])
    rows = []
    for item, row in zip(listed, degradation_rows(listed, bars=False), strict=True):
        texts = (one_line(item.kind, 60), *row[1:6], row[7])
        rows.append(
            tuple(
                CellView(
                    text=text, tone=_TONES.get(degradation_word(item), "") if at == 4 else "", right=at > 0
                )
                for at, text in enumerate(texts)
            )
        )
    return TableView(caption="Degradation by kind and severity", heads=heads, rows=tuple(rows))


def _section(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> SectionView:
    listed = tuple(tuple(CellView(text=text) for text in row) for row in rows)
    return SectionView(title=title, tables=(TableView(caption=title, heads=tuple(heads), rows=listed),))
