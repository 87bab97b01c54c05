"""A check for contamination as a page."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.core import ContaminationReport
from steelyard.reports._contamination import (
    CASE_HEADS,
    case_row,
    contamination_facts,
    contamination_headline,
    gap_rows,
    result_rows,
)
from steelyard.reports.html._page import CellView, Page, SectionView, TableView, Tone
from steelyard.reports.html._render import render_page

_MOST = 1_000
_TONES: dict[str, Tone] = {"contaminated": "fail", "suspicious": "unsure"}


def contamination_html(report: ContaminationReport) -> str:
    """The check as one self-contained HTML file: the cases found with their evidence, and the results."""
    return render_page(contamination_page(report))


def contamination_page(report: ContaminationReport) -> Page:
    """The page: at most 1,000 cases are listed, contaminated ones first."""
    counts = report.counts
    found = (*report.in_state("contaminated"), *report.in_state("suspicious"))
    tone: Tone = "fail" if counts["contaminated"] else "unsure" if counts["suspicious"] else ""
    sections = []
    if found:
        left = len(found) - _MOST
        sections.append(
            SectionView(
                title="Cases that were found",
                text=f"{left:,} more are not listed." if left > 0 else "",
                tables=(
                    _table("Cases and evidence", CASE_HEADS, [case_row(item) for item in found[:_MOST]]),
                ),
            )
        )
    for title, (heads, rows) in (
        ("With and without them", result_rows(report)),
        ("Originals against perturbed twins", gap_rows(report)),
    ):
        if rows:
            sections.append(SectionView(title=title, tables=(_table(title, heads, rows),)))
    return Page(
        title="Contamination",
        crumbs=("Contamination",),
        headline=contamination_headline(report),
        sign="✗" if tone == "fail" else "≈" if tone == "unsure" else "",
        tone=tone,
        sentences=(),
        tally="",
        steps=(),
        notes=tuple(contamination_facts(report)),
        sections=tuple(sections),
        examples=(),
        redacted=False,
        facts=(),
    )


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> TableView:
    return TableView(
        caption=caption,
        heads=tuple(heads),
        rows=tuple(tuple(CellView(text=text, tone=_TONES.get(text, "")) for text in row) for row in rows),
    )
