"""A run, a comparison or a verdict as a small HTML fragment for notebooks: no scripts, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from steelyard.core import Comparison, GateResult, RunSummary
from steelyard.reports._bound_words import old_value
from steelyard.reports._clean import one_line
from steelyard.reports._facts import Facts, change_facts, estimate_facts, rule_numbers
from steelyard.reports._headlines import comparison_headline, estimate_value, run_headline
from steelyard.reports._numbers import count, say_interval
from steelyard.reports._rows import by_measure, change_rows
from steelyard.reports._verdicts import explain_gate, rule_word

_SIGNS = {"PASS": "✓ ", "FAIL": "✗ ", "INCONCLUSIVE": "≈ "}
_CELL = "text-align:left;padding:2px 12px 2px 0;font-variant-numeric:tabular-nums"
_Row = Sequence[tuple[str, Facts]]


def notebook_html(record: RunSummary | Comparison | GateResult) -> str:
    """The record's answer and its main figures; the fine print is in each figure's `title`."""
    if isinstance(record, GateResult):
        headline, sentences, _ = explain_gate(record)
        return _fragment(
            f"{_SIGNS[record.verdict]}{headline}",
            " ".join(sentences),
            _rows(("rule", "against your rule", "measured", "likely", "limit"), _rules(record)),
        )
    if isinstance(record, Comparison):
        heads = ("metric", "baseline", "candidate", "difference", "likely", "against the old version", "n")
        return _fragment(comparison_headline(record), "", _rows(heads, _changes(record)))
    level_heads = ("metric", "value", "likely", "n", "no score")
    return _fragment(run_headline(record), " ".join(record.notes), _rows(level_heads, _levels(record)))


def _rules(result: GateResult) -> Iterable[_Row]:
    for rule in result.rules:
        measured, spread, limit = rule_numbers(rule, old=old_value(rule, result.comparison))
        yield ((rule.rule, ()), (rule_word(rule), ()), (measured, ()), (spread, ()), (limit, ()))


def _changes(comparison: Comparison) -> Iterable[_Row]:
    for table in (comparison.metrics, comparison.slices):
        for group in by_measure(table):
            for each, row in zip(group, change_rows(group, comparison), strict=True):
                yield (
                    (f"{each.name}, {each.slice}" if each.slice else each.name, ()),
                    (row.base, estimate_facts(each.base)),
                    (row.candidate, estimate_facts(each.candidate)),
                    (row.change, change_facts(each)),
                    (row.likely, ()),
                    (row.word, ()),
                    (count(each.n_pairs), ()),
                )


def _levels(summary: RunSummary) -> Iterable[_Row]:
    named = [(each.name, each) for each in summary.metrics]
    named += [
        (f"{each.estimate.name}, {each.dimension}={each.slice_value}", each.estimate)
        for each in summary.slices
    ]
    for name, each in named:
        yield (
            (name, ()),
            (estimate_value(each), estimate_facts(each)),
            (say_interval(each.interval, each.measure), ()),
            (count(each.n), ()),
            (count(each.missing), ()),
        )


def _fragment(headline: str, text: str, table: str) -> str:
    prose = f"<p>{_safe(text)}</p>" if text else ""
    return f'<div class="steelyard"><p><strong>{_safe(headline)}</strong></p>{prose}{table}</div>'


def _rows(heads: Sequence[str], rows: Iterable[_Row]) -> str:
    body = "".join(f"<tr>{''.join(_cell(text, facts) for text, facts in row)}</tr>" for row in rows)
    if not body:
        return ""
    top = "".join(f'<th scope="col" style="{_CELL}">{_safe(head)}</th>' for head in heads)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str, facts: Facts) -> str:
    title = _safe("; ".join(f"{name}: {value}" for name, value in facts))
    hover = f' title="{title}"' if title else ""
    return f'<td style="{_CELL}"{hover}>{_safe(text)}</td>'


def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)
