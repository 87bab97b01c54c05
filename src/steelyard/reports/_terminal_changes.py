"""Comparisons, gates and rankings as terminal text."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.core import Comparison, Difference, Estimate, Flip, GateResult, RankedRun
from steelyard.reports._bars import Axis, axis_labels, draw, level_axis, make_axis
from steelyard.reports._clean import excerpt, one_line
from steelyard.reports._facts import rule_numbers
from steelyard.reports._headlines import (
    change_digits,
    comparison_headline,
    estimate_value,
    ranking_headline,
)
from steelyard.reports._numbers import (
    count,
    counted,
    say_change,
    say_interval,
    say_level,
    say_usd,
    say_value,
)
from steelyard.reports._table import Cell, Column, Style, facts_line, paint, table, wrap
from steelyard.reports._terminal import bullet_list, fine_print, paint_lines
from steelyard.reports._verdicts import badge, change_word, explain_gate

_VERDICT_STYLES: dict[str, Style] = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "unsure"}
_CHANGE_STYLES: dict[str, Style] = {
    "better": "pass",
    "worse": "fail",
    "equivalent": "",
    "inconclusive": "unsure",
}
_FLIPS_SHOWN = 3


def render_comparison(comparison: Comparison, *, width: int = 80, color: bool = False) -> str:
    """A comparison: what changed in one line, differences with bars, slices, flips, fine print."""
    parts = [wrap(comparison_headline(comparison), width)]
    parts += comparison_body(comparison, width=width, color=color)
    return "\n\n".join(part for part in parts if part) + "\n"


def comparison_body(comparison: Comparison, *, width: int, color: bool) -> list[str]:
    """Everything of a comparison below its headline."""
    parts = []
    if comparison.metrics:
        parts.append(_difference_table(comparison, comparison.metrics, "metric", width=width, color=color))
    for dimension in dict.fromkeys(each.slice.partition("=")[0] for each in comparison.slices):
        rows = [each for each in comparison.slices if each.slice.partition("=")[0] == dimension]
        title = f"by {one_line(dimension)}"
        parts.append(_difference_table(comparison, rows, title, width=width, color=color))
    parts.append(_flips(comparison.broken, comparison.fixed, width=width, color=color))
    parts.append(
        "\n".join(wrap(one_line(note), width, indent="! ", hanging="  ") for note in comparison.notes)
    )
    facts = (
        f"baseline {one_line(comparison.base_label)} ({comparison.base_run})",
        f"candidate {one_line(comparison.candidate_label)} ({comparison.candidate_run})",
        one_line(comparison.benchmark),
    )
    parts.append(paint_lines(facts_line(facts, width), "grey", color=color))
    return parts


def render_gate(result: GateResult, *, width: int = 80, color: bool = False) -> str:
    """A gate: ship, don't, or need more, in the first line; why; what to do; then the evidence."""
    headline, sentences, steps = explain_gate(result)
    style = _VERDICT_STYLES[result.verdict]
    parts = [paint_lines(wrap(headline, width), style, color=color), wrap(" ".join(sentences), width)]
    if steps:
        parts.append("What you can do\n" + bullet_list(steps, width=width))
    parts.append(_rule_table(result, width=width, color=color))
    extra = [one_line(note) for note in result.notes]
    if result.verdict == "INCONCLUSIVE" and result.on_inconclusive == "fail":
        extra.append("Your gate is set to stop the pipeline while this is open (on_inconclusive: fail).")
    parts.append("\n".join(wrap(note, width, indent="! ", hanging="  ") for note in extra))
    parts += comparison_body(result.comparison, width=width, color=color)
    return "\n\n".join(part for part in parts if part) + "\n"


def render_ranking(ranked: Sequence[RankedRun], *, width: int = 80, color: bool = False) -> str:
    """Several runs on one metric: value, interval, the ranks that the data leave open, cost, latency."""
    columns = (
        Column(title="run", elastic=True),
        Column(title=one_line(ranked[0].estimate.name) if ranked else "value", right=True),
        Column(title="likely", right=True, rank=2),
        Column(title="", rank=4),
        Column(title="rank", right=True),
        Column(title="cost", right=True, rank=3),
        Column(title="latency", right=True, rank=3),
        Column(title="best trade", rank=5),
    )
    estimates = [each.estimate for each in ranked]
    axis = level_axis(estimates, cells=max(12, min(28, width - 60)))
    rows = [_ranked_row(each, axis) for each in ranked]
    if axis is not None:
        labels = Cell(axis_labels(axis, estimates[0].measure), "grey")
        rows.append((*(Cell("") for _ in range(3)), labels, *(Cell("") for _ in range(4))))
    parts = [wrap(ranking_headline(ranked), width), table(columns, rows, width=width, color=color)]
    fine = fine_print(
        ((one_line(each.label), _ranked_method(each.estimate)) for each in ranked), width=width, color=color
    )
    note = (
        "Rank: the places that the data leave open. "
        "Best trade: no other run is at least as good in quality, cost and latency and better in one."
    )
    parts += [fine, paint_lines(wrap(note, width), "grey", color=color)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _ranked_row(ranked: RankedRun, axis: Axis | None) -> tuple[Cell, ...]:
    estimate = ranked.estimate
    low, high = ranked.rank_low, ranked.rank_high
    return (
        Cell(one_line(ranked.label), "strong"),
        Cell(estimate_value(estimate)),
        Cell(say_interval(estimate.interval, estimate.measure)),
        Cell(draw(estimate.value, estimate.interval, axis) if axis else ""),
        Cell(str(low) if low == high else f"{low} to {high}"),
        Cell("" if ranked.cost_usd is None else say_usd(ranked.cost_usd), "grey"),
        Cell("" if ranked.latency_s is None else say_value(ranked.latency_s, "s"), "grey"),
        Cell("yes" if ranked.on_frontier else "no", "" if ranked.on_frontier else "grey"),
    )


def _ranked_method(estimate: Estimate) -> str:
    facts = (
        f"{say_level(estimate.level)} interval",
        estimate.method,
        f"n {count(estimate.n)}",
        estimate.estimand,
    )
    return " · ".join(one_line(fact) for fact in facts if fact)


def _difference_table(
    comparison: Comparison, differences: Sequence[Difference], title: str, *, width: int, color: bool
) -> str:
    columns = (
        Column(title=title, elastic=True),
        Column(title="baseline", right=True, rank=5),
        Column(title="candidate", right=True, rank=5),
        Column(title="difference", right=True),
        Column(title="likely", right=True, rank=2),
        Column(title="", rank=3),
        Column(title=""),
        Column(title="n", right=True, rank=4),
    )
    several = len({each.name for each in differences}) > 1
    rows: list[tuple[Cell, ...]] = []
    for key in dict.fromkeys((each.measure, each.direction == "lower") for each in differences):
        group = [each for each in differences if (each.measure, each.direction == "lower") == key]
        rows += _difference_rows(comparison, group, several=several, cells=max(14, min(28, width - 60)))
    fine = fine_print(
        ((_difference_label(each, several=several), _difference_method(each)) for each in differences),
        width=width,
        color=color,
    )
    drawn = table(columns, rows, width=width, color=color)
    return f"{drawn}\n{fine}" if fine else drawn


def _difference_rows(
    comparison: Comparison, group: Sequence[Difference], *, several: bool, cells: int
) -> list[tuple[Cell, ...]]:
    measure = group[0].measure
    drop = comparison.allowed_for(group[0])
    limit = None if drop is None else (drop if group[0].direction == "lower" else -drop)
    marks = [0.0] if limit is None else [0.0, limit]
    axis = make_axis(
        (each.interval for each in group),
        cells=cells,
        values=(each.difference for each in group),
        marks=marks if any(each.interval for each in group) else (),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in group:
        digits = change_digits(each, drop)
        bar = draw(each.difference, each.interval, axis, zero=0.0, limit=limit) if axis else ""
        rows.append(
            (
                Cell(_difference_label(each, several=several)),
                Cell(estimate_value(each.base), "grey"),
                Cell(estimate_value(each.candidate), "grey"),
                Cell(say_change(each.difference, measure, digits=digits), "strong"),
                Cell(say_interval(each.interval, measure, signed=True, digits=digits)),
                Cell(bar),
                Cell(change_word(each), _CHANGE_STYLES[each.verdict]),
                Cell(count(each.n_pairs), "grey"),
            )
        )
    if axis is not None and any(each.interval for each in group):
        blank = Cell("")
        labels = Cell(axis_labels(axis, measure, marks=marks, change=True), "grey")
        rows.append((blank, blank, blank, blank, blank, labels, blank, blank))
    return rows


def _difference_label(difference: Difference, *, several: bool) -> str:
    if not difference.slice:
        return one_line(difference.name)
    value = one_line(difference.slice.partition("=")[2])
    return f"{value}, {one_line(difference.name)}" if several else value


def _difference_method(difference: Difference) -> str:
    units = difference.n_clusters
    facts = (
        f"{say_level(difference.level)} interval" if difference.interval else "no interval",
        difference.method,
        f"by {difference.unit}" if units not in (0, difference.n_pairs) else "",
        f"{counted(difference.missing, 'pair')} without a score" if difference.missing else "",
        difference.candidate.estimand,
        difference.note,
    )
    return " · ".join(one_line(fact) for fact in facts if fact)


def _rule_table(result: GateResult, *, width: int, color: bool) -> str:
    columns = (
        Column(title="rule", elastic=True, wraps=True),
        Column(title="verdict"),
        Column(title="measured", right=True, rank=1),
        Column(title="likely", right=True, rank=2),
        Column(title="limit", right=True, rank=3),
    )
    rows = []
    for rule in result.rules:
        measured, spread, limit = rule_numbers(rule)
        rows.append(
            (
                Cell(one_line(rule.rule)),
                Cell(badge(rule.verdict), _VERDICT_STYLES[rule.verdict]),
                Cell(measured, "strong"),
                Cell(spread),
                Cell(limit, "grey"),
            )
        )
    return table(columns, rows, width=width, color=color) if rows else ""


def _flips(broken: Sequence[Flip], fixed: Sequence[Flip], *, width: int, color: bool) -> str:
    if not broken and not fixed:
        return ""
    first = f"{count(len(broken))} broken (right before, wrong now), {count(len(fixed))} fixed."
    lines = [first]
    room = max(width - 14, 20)
    for flip in broken[:_FLIPS_SHOWN]:
        head = one_line(flip.case_id, 24)
        question = one_line(flip.input, max(width - len(head) - 4, 16))
        lines.append(f"  {paint(head, 'strong', color=color)}  {question}")
        parts = (("expected", flip.expected), ("was", flip.base_output), ("now", flip.candidate_output))
        lines += [
            f"    {paint(f'{name:<8}', 'grey', color=color)}  {excerpt(text, room)}" for name, text in parts
        ]
    if len(broken) > _FLIPS_SHOWN:
        lines.append(f"  and {count(len(broken) - _FLIPS_SHOWN)} more: an HTML report shows them")
    return "\n".join(lines)
