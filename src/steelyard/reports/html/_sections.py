"""Sections of a report page: which figures a set of records needs, one for each scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from steelyard.core import AgentReport, Comparison, Difference, Estimate, RankedRun, RunSummary
from steelyard.reports._agent import agent_headline, agent_tables
from steelyard.reports._charts import estimate_chart, forest_chart
from steelyard.reports._clean import one_line
from steelyard.reports._experts import expert_tables
from steelyard.reports._numbers import count, say_limit, say_value
from steelyard.reports._rows import by_dimension, signs_words, slice_tally
from steelyard.reports._scale import allowed_limit
from steelyard.reports._spread_charts import (
    Distribution,
    difference_histogram,
    frontier_chart,
    quantile_chart,
)
from steelyard.reports.html._page import CellView, FigureView, SectionView, TableView
from steelyard.reports.html._tables import difference_table, estimate_table, expert_table, ranking_table

_READING = "Marks are what was measured, lines what is likely allowing for chance"


def change_sections(comparison: Comparison) -> list[SectionView]:
    """What changed overall, then by slice dimension."""
    sections = []
    if comparison.metrics:
        figures = _change_figures(comparison, comparison.metrics, key="change", head="metric")
        sections.append(SectionView(title="What changed", figures=figures))
        sections += _expert_sections(comparison.metrics)
    for dimension, rows in by_dimension(comparison):
        name = one_line(dimension)
        figures = _change_figures(comparison, rows, key=f"slice-{name}", head=name)
        tally = slice_tally(dimension, rows)
        sections.append(
            SectionView(title=f"By {name}", text=f"{tally[:1].upper()}{tally[1:]}.", figures=figures)
        )
    return sections


def run_sections(summary: RunSummary) -> list[SectionView]:
    """What came out, by slice, and over repetitions."""
    sections = []
    if summary.metrics:
        rows = [(one_line(each.name), each) for each in summary.metrics]
        sections.append(
            SectionView(title="Results", figures=_level_figures(rows, key="results", head="metric"))
        )
        sections += _expert_sections(summary.metrics)
    for dimension in dict.fromkeys(each.dimension for each in summary.slices):
        found = [each for each in summary.slices if each.dimension == dimension]
        several = len({each.estimate.name for each in found}) > 1
        rows = [
            (_slice_label(each.slice_value, each.estimate.name, several=several), each.estimate)
            for each in found
        ]
        name = one_line(dimension)
        figures = _level_figures(rows, key=f"slice-{name}", head=name)
        sections.append(SectionView(title=f"By {name}", figures=figures))
    for metric, estimates in summary.passes.items():
        rows = [(one_line(each.name), each) for each in estimates]
        figures = _level_figures(rows, key=f"passes-{one_line(metric)}", head="tries")
        sections.append(SectionView(title=f"{one_line(metric)} over repetitions", figures=figures))
    if summary.agent is not None:
        sections.append(agent_section(summary.agent))
    return sections


def _expert_sections(found: Sequence[Estimate | Difference]) -> list[SectionView]:
    """Experts alone, judge alone and corrected, for the figures of judges."""
    tables = tuple(expert_table(name, lines) for name, lines in expert_tables(found))
    return [SectionView(title="Experts beside the judge", tables=tables)] if tables else []


def agent_section(report: AgentReport) -> SectionView:
    """What agents did: figures, then the first wrong steps, times by step and the part of each agent."""
    rows = [(one_line(each.name), each) for each in report.figures]
    tables = [
        TableView(
            caption=caption,
            heads=heads,
            rows=tuple(
                tuple(
                    CellView(text=text, right=0 < at < len(line) and heads[at] != "")
                    for at, text in enumerate(line)
                )
                for line in lines
            ),
        )
        for caption, heads, lines in agent_tables(report)
    ]
    return SectionView(
        title="Agents",
        text=agent_headline(report),
        figures=_level_figures(rows, key="agents", head="figure"),
        tables=tuple(tables),
    )


def ranking_section(ranked: Sequence[RankedRun]) -> SectionView:
    """All runs side by side, and what quality costs."""
    figures = tuple(
        FigureView(
            id=f"frontier-{against}",
            title=f"Quality against {against}",
            caption="Filled: no other run is as good in quality, cost and latency and better in one.",
            spec=frontier_chart(ranked, against="cost" if against == "cost" else "latency"),
        )
        for against in ("cost", "latency")
        if any((each.cost_usd if against == "cost" else each.latency_s) is not None for each in ranked)
    )
    return SectionView(title="All runs", figures=figures, tables=(ranking_table(ranked),))


def matrix_section(comparisons: Sequence[Comparison]) -> SectionView:
    """Several runs against one baseline, metric by metric, on the metrics that all of them share."""
    names = [
        each.name
        for each in comparisons[0].metrics
        if all(any(other.name == each.name for other in one.metrics) for one in comparisons)
    ]
    labels = _distinct(one_line(one.candidate_label) for one in comparisons)
    figures = []
    for number, name in enumerate(names, start=1):
        rows = [next(each for each in one.metrics if each.name == name) for one in comparisons]
        title = f"{one_line(name)}: against {one_line(comparisons[0].base_label)}"
        limit = allowed_limit(rows[0], comparisons[0])
        figures.append(
            FigureView(
                id=f"matrix-{number}",
                title=title,
                caption=_caption(rows, comparisons[0], limit=limit),
                spec=forest_chart(rows, labels, comparison=comparisons[0]),
                table=difference_table(
                    rows, labels, comparison=comparisons[0], caption=title, head="candidate"
                ),
            )
        )
    return SectionView(title="Each run against the baseline", figures=tuple(figures))


def distribution_section(distributions: Sequence[Distribution]) -> SectionView:
    """How single samples spread."""
    figures = []
    for each in distributions:
        name = one_line(each.name)
        figures.append(
            FigureView(
                id=f"spread-{name}",
                title=f"{name}: how samples spread",
                caption="The line shows which share of the samples lies at or below each value.",
                spec=quantile_chart(each),
                table=_quantile_table(each),
            )
        )
        if each.base and len(each.base) == len(each.candidate):
            figures.append(
                FigureView(
                    id=f"pairs-{name}",
                    title=f"{name}: change case by case",
                    caption="Each bar counts pairs of samples by how much they changed.",
                    spec=difference_histogram(each),
                )
            )
    return SectionView(title="Spread", figures=tuple(figures))


def _change_figures(
    comparison: Comparison, differences: Sequence[Difference], *, key: str, head: str
) -> tuple[FigureView, ...]:
    several = len({each.name for each in differences}) > 1
    figures = []
    drawn = [(each.measure, each.direction, allowed_limit(each, comparison)) for each in differences]
    for number, (measure, direction, limit) in enumerate(dict.fromkeys(drawn), start=1):
        rows = [
            each
            for each, place in zip(differences, drawn, strict=True)
            if place == (measure, direction, limit)
        ]
        labels = _distinct(_change_label(each, several=several) for each in rows)
        title = f"{one_line(comparison.candidate_label)} against {one_line(comparison.base_label)}"
        figures.append(
            FigureView(
                id=f"{key}-{number}",
                title=title,
                caption=_caption(rows, comparison, limit=limit),
                spec=forest_chart(rows, labels, comparison=comparison),
                table=difference_table(rows, labels, comparison=comparison, caption=title, head=head),
            )
        )
    return tuple(figures)


def _caption(rows: Sequence[Difference], comparison: Comparison, *, limit: float | None) -> str:
    allowed = f", dashed: what you allow ({say_limit(abs(limit), rows[0].measure)})" if limit else ""
    signs = signs_words(rows, comparison)
    return f"{_READING}; solid: no change{allowed}.{f' {signs}.' if signs else ''}"


def _level_figures(rows: Sequence[tuple[str, Estimate]], *, key: str, head: str) -> tuple[FigureView, ...]:
    figures = []
    scales = dict.fromkeys(_scale(estimate) for _, estimate in rows)
    for number, scale in enumerate(scales, start=1):
        group = [(label, each) for label, each in rows if _scale(each) == scale]
        labels = _distinct(label for label, _ in group)
        estimates = [each for _, each in group]
        title = ", ".join(dict.fromkeys(one_line(each.name) for each in estimates))
        if len(title) > 60:
            title = f"{count(len(estimates))} figures"
        figures.append(
            FigureView(
                id=f"{key}-{number}",
                title=title,
                caption=f"{_READING}.",
                spec=estimate_chart(estimates, labels),
                table=estimate_table(estimates, labels, caption=title, head=head),
            )
        )
    return tuple(figures)


def _scale(estimate: Estimate) -> tuple[str, str]:
    """Shares stand on one axis; other measures mix only under one name."""
    return (estimate.measure, "" if estimate.measure == "share" else estimate.name)


def _quantile_table(distribution: Distribution) -> TableView:
    sides = [("run" if not distribution.base else "candidate", distribution.candidate)]
    if distribution.base:
        sides.insert(0, ("baseline", distribution.base))
    shares = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
    names = ("least", "25 %", "median", "75 %", "90 %", "95 %", "most")
    rows = []
    for side, values in sides:
        ordered = sorted(values)
        last = len(ordered) - 1
        cells = [
            CellView(text=say_value(ordered[round(share * last)], distribution.measure), right=True)
            for share in shares
            if ordered
        ]
        rows.append(
            (CellView(text=side), *cells, CellView(text=count(len(ordered)), tone="quiet", right=True))
        )
    return TableView(caption=one_line(distribution.name), heads=("", *names, "n"), rows=tuple(rows))


def _change_label(difference: Difference, *, several: bool) -> str:
    if not difference.slice:
        return one_line(difference.name)
    return _slice_label(difference.slice.partition("=")[2], difference.name, several=several)


def _slice_label(value: str, metric: str, *, several: bool) -> str:
    return f"{one_line(value)}, {one_line(metric)}" if several else one_line(value)


def _distinct(labels: Iterable[str]) -> list[str]:
    """Labels made unique, because a plot would lay rows of one label on top of each other."""
    seen: dict[str, int] = {}
    unique = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        unique.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return unique
