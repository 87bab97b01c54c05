"""A metric over runs, as a section of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steelyard.core import Comparison, Difference, Estimate
from steelyard.reports._clean import one_line
from steelyard.reports._facts import change_facts, estimate_facts
from steelyard.reports._headlines import difference_numbers, estimate_value
from steelyard.reports._scale import level_scale
from steelyard.reports._trend_chart import TrendPoint, trend_chart
from steelyard.reports.html._page import CellView, FigureView, SectionView
from steelyard.reports.html._tables import estimate_table

_READING = (
    "Points are runs in the order in which they began, lines what is likely allowing for chance; the band "
    "joins runs on the same cases."
)


def trend_section(title: str, points: Sequence[TrendPoint], *, key: str) -> SectionView:
    """One metric over runs, oldest first in the plot, newest first in its table."""
    rows = list(reversed(points))
    estimates = [point.estimate for point in rows]
    scale = level_scale(estimates)
    name = one_line(estimates[0].name)
    table = estimate_table(
        estimates,
        [one_line(point.label) for point in rows],
        caption=f"{name} over runs",
        head="run",
        scale=scale,
    )
    more = tuple(
        (CellView(text=one_line(point.stretch)), CellView(text=point.moment, tone="quiet"))
        + ((CellView(text=one_line(point.release)),) if any(each.release for each in rows) else ())
        for point in rows
    )
    heads = ("cases", "began, UTC", *(("release",) if any(each.release for each in rows) else ()))
    table = replace(
        table,
        heads=(*table.heads, *heads),
        rows=tuple((*cells, *added) for cells, added in zip(table.rows, more, strict=True)),
    )
    marked = " Dashed lines mark releases." if any(point.release for point in points) else ""
    figure = FigureView(
        id=f"trend-{key}",
        title=name,
        caption=f"{_READING}{marked}",
        spec=trend_chart(points),
        table=table,
    )
    return SectionView(title=title, figures=(figure,))


def estimate_cell(estimate: Estimate) -> CellView:
    """An estimate as a number with all that stands behind it."""
    return CellView(
        text=estimate_value(estimate), facts=estimate_facts(estimate), right=True, sort=estimate.value
    )


def change_cell(difference: Difference, comparison: Comparison) -> CellView:
    """A difference with its interval as a number, with all that stands behind it."""
    return CellView(
        text=difference_numbers(difference, comparison),
        facts=change_facts(difference),
        sort=difference.difference,
    )
