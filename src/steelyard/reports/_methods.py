"""How figures were measured, in plain order and grouped by metric: the last lines of a screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from steelyard.core import Estimate
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import counted, say_level
from steelyard.reports._steps import needs_range

if TYPE_CHECKING:
    from steelyard.core import Comparison, Difference, GateResult

Method = tuple[str, str, str]
"""Metric, slice value or empty for all cases, and how it was measured."""


def method_lines(methods: Iterable[Method]) -> list[str]:
    """One line for each metric and way of measuring; slices are named only where they differ."""
    lines = []
    by_metric: dict[str, dict[str, list[str]]] = {}
    for metric, where, text in methods:
        by_metric.setdefault(metric, {}).setdefault(text, []).append(where)
    for metric, ways in by_metric.items():
        for number, (text, places) in enumerate(ways.items()):
            named = ", ".join(dict.fromkeys(place for place in places if place))
            where = f" in {named}" if number and named else ""
            lines.append(f"{metric}{where}: {text}")
    return lines


def comparison_methods(comparison: Comparison) -> list[str]:
    """The lines of a comparison: its metrics, then slices that were measured otherwise."""
    rows = (*comparison.metrics, *comparison.slices)
    return method_lines(
        (one_line(each.name), one_line(each.slice.partition("=")[2]), change_method(each)) for each in rows
    )


def gate_methods(result: GateResult) -> list[str]:
    """What a gate adds: the method of bounds, and how sure the number of further cases is."""
    lines = []
    for rule in result.rules:
        if isinstance(rule.evidence, Estimate):
            lines.append(f"{one_line(rule.rule)}: {level_method(rule.evidence)}")
        needed = needs_range(rule)
        if needed:
            which = f"“{one_line(rule.rule)}”" if len(result.rules) > 1 else "it"
            lines.append(f"cases to settle {which}: {needed}")
    return lines


def change_method(difference: Difference) -> str:
    """How a difference was measured: interval, test, unit, what is missing, what it speaks about."""
    interval, _, test = one_line(difference.method).partition("; ")
    units = difference.n_clusters
    facts = (
        _interval(interval, difference.level, known=difference.interval is not None),
        f"test by {test}" if test else "",
        f"independent unit: {one_line(difference.unit)}" if units not in (0, difference.n_pairs) else "",
        f"{counted(difference.missing, 'pair')} without a score" if difference.missing else "",
        f"about {one_line(difference.candidate.estimand)}" if difference.candidate.estimand else "",
        one_line(difference.note).rstrip("."),
    )
    return _joined(facts)


def level_method(estimate: Estimate) -> str:
    """How a level was measured."""
    units = estimate.n if estimate.n_units is None else estimate.n_units
    facts = (
        _interval(one_line(estimate.method), estimate.level, known=estimate.interval is not None),
        f"independent unit: {one_line(estimate.unit)}" if units not in (0, estimate.n) else "",
        f"about {one_line(estimate.estimand)}" if estimate.estimand else "",
        one_line(estimate.note).rstrip("."),
    )
    return _joined(facts)


def _interval(method: str, level: float, *, known: bool) -> str:
    if not known:
        return "no interval"
    return f"{say_level(level)} interval by {method}" if method else f"{say_level(level)} interval"


def _joined(facts: Sequence[str]) -> str:
    return "; ".join(fact for fact in facts if fact)
