"""Runs and lists as terminal text: the answer first, then the picture, then the fine print in grey."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steelyard.reports._agent import agent_headline, agent_tables
from steelyard.reports._bars import Axis, axis_labels, draw, level_axis
from steelyard.reports._clean import one_line
from steelyard.reports._experts import HEADS, expert_tables, judged_count
from steelyard.reports._headlines import run_headline
from steelyard.reports._methods import level_method, method_lines
from steelyard.reports._numbers import count, counted, say_seconds, say_usd
from steelyard.reports._scale import Scale, level_scale
from steelyard.reports._steps import Step
from steelyard.reports._table import Cell, Column, Style, facts_line, paint, table, wrap

if TYPE_CHECKING:
    from steelyard.core import AgentReport, BenchmarkRef, Difference, Estimate, RunStatus, RunSummary

_ESTIMATE_COLUMNS = (
    Column(title="metric", elastic=True),
    Column(title="value", right=True),
    Column(title="likely", right=True, rank=1),
    Column(title="", rank=3),
    Column(title="n", right=True, rank=2),
    Column(title="no score", right=True, rank=4),
)
_STATUS_STYLES: dict[str, Style] = {"complete": "", "partial": "unsure", "running": "grey"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One line of a list of runs."""

    run: str
    """Identifier."""
    label: str
    """What people call it."""
    benchmark: str
    """`NAME@VERSION`."""
    target: str
    """The target's name or URI."""
    status: RunStatus
    """`running`, `partial` or `complete`."""
    started: str
    """ISO 8601 in UTC."""


def render_run(summary: RunSummary, *, width: int = 80, color: bool = False) -> str:
    """A run: its headline, its metrics and slices with interval bars, and what to know besides."""
    parts = [wrap(run_headline(summary), width)]
    if summary.metrics:
        rows = [(one_line(each.name), each) for each in summary.metrics]
        parts.append(_estimate_table(rows, "metric", width=width, color=color))
    parts += expert_blocks(summary.metrics, width=width, color=color)
    for dimension in dict.fromkeys(each.dimension for each in summary.slices):
        found = [each for each in summary.slices if each.dimension == dimension]
        several = len({each.estimate.name for each in found}) > 1
        rows = [
            (_slice_label(each.slice_value, each.estimate.name, several=several), each.estimate)
            for each in found
        ]
        parts.append(_estimate_table(rows, f"by {one_line(dimension)}", width=width, color=color))
    for name, estimates in summary.passes.items():
        rows = [(one_line(each.name), each) for each in estimates]
        parts.append(_estimate_table(rows, f"{one_line(name)}, repeated", width=width, color=color))
    if summary.agent is not None:
        parts += _agent_parts(summary.agent, width=width, color=color)
    parts.append(_run_notes(summary, width=width))
    parts.append(method_block(_run_methods(summary), width=width, color=color))
    parts.append(_run_facts(summary, width=width, color=color))
    return "\n\n".join(part for part in parts if part) + "\n"


def render_benchmarks(benchmarks: Sequence[BenchmarkRef], *, width: int = 80, color: bool = False) -> str:
    """The list of benchmarks, or the one command that fills it."""
    if not benchmarks:
        return "No benchmark yet. Add one: steelyard import FILE, or steelyard bench add NAME FILE\n"
    columns = (
        Column(title="benchmark", elastic=True),
        Column(title="version"),
        Column(title="cases", right=True),
        Column(title="hash", rank=1),
    )
    rows = [
        (
            Cell(one_line(each.name), "strong"),
            Cell(each.version),
            Cell(count(each.cases)),
            Cell(each.hash[:12], "grey"),
        )
        for each in benchmarks
    ]
    first = f"{counted(len(benchmarks), 'benchmark')}."
    return f"{first}\n\n{table(columns, rows, width=width, color=color)}\n"


def render_runs(runs: Sequence[RunRow], *, width: int = 80, color: bool = False) -> str:
    """The list of runs, or the one command that fills it."""
    if not runs:
        return "No run yet. Start one: steelyard run BENCHMARK --target TARGET --metric METRIC\n"
    columns = (
        Column(title="run"),
        Column(title="label", elastic=True),
        Column(title="benchmark", elastic=True, rank=1),
        Column(title="status"),
        Column(title="started", rank=2),
        Column(title="target", elastic=True, rank=3),
    )
    rows = [
        (
            Cell(each.run, "strong"),
            Cell(one_line(each.label)),
            Cell(one_line(each.benchmark)),
            Cell(each.status, _STATUS_STYLES[each.status]),
            Cell(each.started[:16].replace("T", " "), "grey"),
            Cell(one_line(each.target), "grey"),
        )
        for each in runs
    ]
    first = f"{counted(len(runs), 'run')}, newest first."
    partial = [each.run for each in runs if each.status == "partial"]
    last = f"\nGo on with one that is partial: steelyard resume {partial[0]}\n" if partial else ""
    return f"{first}\n\n{table(columns, rows, width=width, color=color)}\n{last}"


def render_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, width: int = 80, color: bool = False
) -> str:
    """Any small table of text: columns shrink to fit, the first is strong; numbers align right."""
    cleaned = [[one_line(text) for text in row] for row in rows]
    columns = [
        Column(
            title=one_line(title),
            elastic=True,
            right=bool(cleaned) and all(_is_number(row[i]) for row in cleaned),
        )
        for i, title in enumerate(titles)
    ]
    cells = [[Cell(text, "strong" if i == 0 else "") for i, text in enumerate(row)] for row in cleaned]
    return table(columns, cells, width=width, color=color) + "\n"


def method_block(lines: Sequence[str], *, width: int, color: bool) -> str:
    """The grey last lines of a screen: how its figures were measured."""
    if not lines:
        return ""
    listed = [wrap(line, width, indent="  ", hanging="    ") for line in lines]
    return paint_lines("\n".join(["How it was measured:", *listed]), "grey", color=color)


def expert_blocks(found: Iterable[Estimate | Difference], *, width: int, color: bool) -> list[str]:
    """Experts alone, judge alone and corrected, a table for each figure of a judge."""
    blocks = []
    for name, lines in expert_tables(found):
        columns = [
            Column(title=head or name, right=at in (1, 2), elastic=at in (0, 3), wraps=True)
            for at, head in enumerate(HEADS)
        ]
        cells = [
            [Cell(text, "strong" if line is lines[-1] and at < 2 else "") for at, text in enumerate(line)]
            for line in lines
        ]
        blocks.append(table(columns, cells, width=width, color=color))
    return blocks


def paint_lines(text: str, style: Style, *, color: bool) -> str:
    """Each line in its style, so that no style runs over a line's end."""
    return "\n".join(paint(line, style, color=color) for line in text.splitlines())


def step_list(steps: Iterable[Step], *, width: int) -> str:
    """Steps on lines of their own, each with its command on the next."""
    lines = []
    for step in steps:
        lines.append(wrap(step.text, width, indent="  · ", hanging="    "))
        if step.command:
            lines.append(wrap(step.command, width, indent="      ", hanging="        "))
    return "\n".join(lines)


def _estimate_table(rows: Sequence[tuple[str, Estimate]], title: str, *, width: int, color: bool) -> str:
    columns = (Column(title=title, elastic=True, wraps=True), *_ESTIMATE_COLUMNS[1:])
    cells = max(12, min(32, width - 48))
    lines: list[tuple[Cell, ...]] = []
    for measure in dict.fromkeys(estimate.measure for _, estimate in rows):
        group = [(label, each) for label, each in rows if each.measure == measure]
        estimates = [each for _, each in group]
        axis = level_axis(estimates, cells=cells)
        scale = level_scale(estimates)
        lines += [_estimate_row(label, each, axis=axis, scale=scale) for label, each in group]
        if axis is not None and any(each.interval for each in estimates):
            blank = Cell("")
            lines.append((blank, blank, blank, Cell(axis_labels(axis, scale.unit), "grey"), blank, blank))
    shown = len(columns) if any(each.missing for _, each in rows) else len(columns) - 1
    return table(columns[:shown], [line[:shown] for line in lines], width=width, color=color)


def _estimate_row(label: str, estimate: Estimate, *, axis: Axis | None, scale: Scale) -> tuple[Cell, ...]:
    bar = draw(estimate.value, estimate.interval, axis) if axis else ""
    note = "" if estimate.gateable else " (shown only)"
    return (
        Cell(label),
        Cell(scale.value(estimate.value), "strong"),
        Cell(scale.levels(estimate.interval) + note, "" if estimate.interval else "grey"),
        Cell(bar),
        Cell(judged_count(estimate.n, estimate.judge), "grey"),
        Cell(count(estimate.missing) if estimate.missing else "", "unsure"),
    )


def _agent_parts(report: AgentReport, *, width: int, color: bool) -> list[str]:
    """What agents did: a line, the figures, then the tables."""
    rows = [(one_line(each.name), each) for each in report.figures]
    parts = [wrap(agent_headline(report), width)]
    if rows:
        parts.append(_estimate_table(rows, "agents", width=width, color=color))
    for _, heads, lines in agent_tables(report):
        columns = [
            Column(title=head, right=at > 0 and bool(head), elastic=at == 0) for at, head in enumerate(heads)
        ]
        cells = [[Cell(text) for text in line] for line in lines]
        parts.append(table(columns, cells, width=width, color=color))
    return parts


def _slice_label(value: str, metric: str, *, several: bool) -> str:
    return f"{one_line(value)}, {one_line(metric)}" if several else one_line(value)


def _run_methods(summary: RunSummary) -> list[str]:
    named = [(one_line(each.name), "", each) for each in summary.metrics]
    named += [
        (one_line(each.estimate.name), one_line(each.slice_value), each.estimate) for each in summary.slices
    ]
    named += [(one_line(each.name), "", each) for passes in summary.passes.values() for each in passes]
    if summary.agent is not None:
        named += [(one_line(each.name), "", each) for each in summary.agent.figures]
    return method_lines((metric, where, level_method(each)) for metric, where, each in named)


def _run_notes(summary: RunSummary, *, width: int) -> str:
    lines = []
    if summary.failed:
        lines.append(
            f"{counted(summary.failed, 'sample')} got no score because scoring itself failed: "
            "they are missing, not counted as wrong."
        )
    if summary.skipped:
        lines.append(f"{counted(summary.skipped, 'sample')} skipped: the metric does not apply to them.")
    for name, found in summary.not_extracted.items():
        if found:
            lines.append(
                f"{one_line(name)}: {counted(found, 'answer')} held nothing to measure, counted as failures."
            )
    if summary.status == "partial":
        lines.append(f"Not finished. Go on with: steelyard resume {summary.run}")
    lines += [one_line(note) for note in summary.notes]
    return "\n".join(wrap(line, width, indent="! ", hanging="  ") for line in lines)


def _run_facts(summary: RunSummary, *, width: int, color: bool) -> str:
    bench = summary.benchmark
    facts = [
        f"run {summary.run}",
        f"{one_line(bench.name)}@{bench.version} ({counted(bench.cases, 'case')}, {bench.hash[:12]})",
        one_line(summary.target),
        counted(summary.epochs, "epoch") if summary.epochs > 1 else "",
        say_seconds(summary.seconds) if summary.seconds else "",
        "" if summary.cost_usd is None else say_usd(summary.cost_usd),
        "" if summary.evaluation_cost_usd is None else f"{say_usd(summary.evaluation_cost_usd)} for judges",
    ]
    return paint_lines(facts_line(facts, width), "grey", color=color)


def _is_number(text: str) -> bool:
    return bool(text) and all(character in "0123456789.,+−-% $" for character in text)
