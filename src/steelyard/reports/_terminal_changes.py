"""Comparisons and gates as terminal text."""

from __future__ import annotations

from steelyard.core import Comparison, Estimate, GateResult, RuleResult
from steelyard.reports._bars import axis_labels, draw, level_axis
from steelyard.reports._bound_words import bound_scale, bound_side, old_value, your_bound
from steelyard.reports._clean import excerpt, one_line
from steelyard.reports._facts import rule_numbers
from steelyard.reports._flips import changed_answers, flipped_metrics, flips_words
from steelyard.reports._headlines import comparison_headline
from steelyard.reports._methods import comparison_methods, gate_methods
from steelyard.reports._numbers import count
from steelyard.reports._rows import by_dimension, plain_word, rule_difference, signs_words, slice_tally
from steelyard.reports._table import Cell, Column, Style, facts_line, paint, table, wrap
from steelyard.reports._terminal import expert_blocks, method_block, paint_lines, step_list
from steelyard.reports._terminal_differences import LEGEND, difference_table
from steelyard.reports._verdicts import gate_notes, gate_sentences, headline, next_steps, rule_word

_VERDICT_STYLES: dict[str, Style] = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "unsure"}
_FLIPS_SHOWN = 3


def render_comparison(comparison: Comparison, *, width: int = 80, color: bool = False) -> str:
    """A comparison: what changed in one line, differences with bars, slices, flips, fine print."""
    parts = [wrap(comparison_headline(comparison), width), wrap(flips_words(comparison), width)]
    parts += _body(comparison, width=width, color=color)
    parts.append(method_block(comparison_methods(comparison), width=width, color=color))
    parts.append(_runs(comparison, width=width, color=color))
    return "\n\n".join(part for part in parts if part) + "\n"


def render_gate(result: GateResult, *, width: int = 80, color: bool = False) -> str:
    """A gate: ship, don't, or need more, in the first line; why; what to do; then the evidence."""
    style = _VERDICT_STYLES[result.verdict]
    parts = [
        paint_lines(wrap(headline(result), width), style, color=color),
        wrap(" ".join(gate_sentences(result)), width),
        wrap(flips_words(result.comparison), width),
        "What you can do\n" + step_list(next_steps(result), width=width),
        _rule_table(result, width=width, color=color),
    ]
    parts += [_bound_table(result, rule, width=width, color=color) for rule in result.rules]
    parts.append("\n".join(wrap(note, width, indent="! ", hanging="  ") for note in gate_notes(result)))
    parts += _body(result.comparison, width=width, color=color)
    methods = [*comparison_methods(result.comparison), *gate_methods(result)]
    parts.append(method_block(methods, width=width, color=color))
    parts.append(_runs(result.comparison, width=width, color=color))
    return "\n\n".join(part for part in parts if part) + "\n"


def _body(comparison: Comparison, *, width: int, color: bool) -> list[str]:
    """Differences, slices, flips and notes of a comparison."""
    parts = []
    if comparison.metrics:
        drawn = difference_table(comparison, comparison.metrics, "metric", width=width, color=color)
        signs = signs_words((*comparison.metrics, *comparison.slices), comparison)
        drawn_bars = LEGEND if "●" in drawn else ""
        legend = "\n".join(wrap(line, width, hanging="  ") for line in (drawn_bars, signs) if line)
        parts.append(f"{drawn}\n{paint_lines(legend, 'grey', color=color)}".rstrip())
    parts += expert_blocks(comparison.metrics, width=width, color=color)
    for dimension, rows in by_dimension(comparison):
        name = one_line(dimension)
        title = wrap(f"By {name}: {slice_tally(dimension, rows)}.", width)
        parts.append(f"{title}\n{difference_table(comparison, rows, name, width=width, color=color)}")
    parts.append(_broken(comparison, width=width, color=color))
    parts.append(
        "\n".join(wrap(one_line(note), width, indent="! ", hanging="  ") for note in comparison.notes)
    )
    return parts


def _runs(comparison: Comparison, *, width: int, color: bool) -> str:
    facts = (
        f"baseline {one_line(comparison.base_label)} ({comparison.base_run})",
        f"candidate {one_line(comparison.candidate_label)} ({comparison.candidate_run})",
        one_line(comparison.benchmark),
    )
    return paint_lines(facts_line(facts, width), "grey", color=color)


def _rule_table(result: GateResult, *, width: int, color: bool) -> str:
    columns = (
        Column(title="rule", elastic=True, wraps=True),
        Column(title="against your rule"),
        Column(title="measured", right=True, rank=1),
        Column(title="likely", right=True, rank=2),
        Column(title="limit", right=True, rank=3),
        Column(title="against old", rank=4),
    )
    rows = []
    for rule in result.rules:
        measured, spread, limit = rule_numbers(rule, old=old_value(rule, result.comparison))
        difference = rule_difference(rule, result.comparison)
        rows.append(
            (
                Cell(one_line(rule.rule)),
                Cell(rule_word(rule), _VERDICT_STYLES[rule.verdict]),
                Cell(measured, "strong"),
                Cell(spread),
                Cell(limit, "grey"),
                Cell("" if difference is None else plain_word(difference), "grey"),
            )
        )
    return table(columns, rows, width=width, color=color) if rows else ""


def _bound_table(result: GateResult, rule: RuleResult, *, width: int, color: bool) -> str:
    """The candidate's own value, and the old version's, against the bound."""
    evidence = rule.evidence
    if not isinstance(evidence, Estimate) or rule.margin is None:
        return ""
    old = old_value(rule, result.comparison)
    scale = bound_scale(rule, evidence, old)
    named = [("new version", evidence)] + ([] if old is None else [("old version", old)])
    axis = level_axis([each for _, each in named], cells=max(14, min(28, width - 56)), marks=(rule.margin,))
    columns = (
        Column(title=one_line(rule.metric), elastic=True, wraps=True),
        Column(title="value", right=True),
        Column(title="likely", right=True, rank=2),
        Column(title="", rank=3),
        Column(title=f"against {your_bound(rule, evidence)}"),
    )
    rows = [
        (
            Cell(name),
            Cell(scale.value(each.value), "strong" if each is evidence else "grey"),
            Cell(scale.levels(each.interval)),
            Cell(draw(each.value, each.interval, axis, limit=rule.margin) if axis else ""),
            Cell(bound_side(rule, each.value)),
        )
        for name, each in named
    ]
    if axis is not None:
        labels = axis_labels(axis, scale.unit, marks=(rule.margin,))
        rows.append((Cell(""), Cell(""), Cell(""), Cell(labels, "grey"), Cell("")))
    legend = f"bars: ● measured, ├─┤ likely, ┊ {your_bound(rule, evidence)}"
    drawn = table(columns, rows, width=width, color=color)
    return f"{drawn}\n{paint_lines(wrap(legend, width), 'grey', color=color)}"


def _broken(comparison: Comparison, *, width: int, color: bool) -> str:
    """The first broken answers, each once."""
    broken = changed_answers(comparison.broken)
    if not broken:
        return ""
    several = len(flipped_metrics(comparison)) > 1
    lines = [f"Broken answers ({count(len(broken))}):"]
    room = max(width - 14, 20)
    for changed in broken[:_FLIPS_SHOWN]:
        flip = changed.flip
        head = one_line(flip.case_id, 24)
        question = one_line(flip.input, max(width - len(head) - 4, 16))
        lines.append(f"  {paint(head, 'strong', color=color)}  {question}")
        parts = [("expected", flip.expected), ("was", flip.base_output), ("now", flip.candidate_output)]
        parts += [("by", ", ".join(changed.metrics))] if several else []
        lines += [
            f"    {paint(f'{name:<8}', 'grey', color=color)}  {excerpt(text, room)}" for name, text in parts
        ]
    if len(broken) > _FLIPS_SHOWN:
        lines.append(f"  and {count(len(broken) - _FLIPS_SHOWN)} more: an HTML report shows them")
    return "\n".join(lines)
