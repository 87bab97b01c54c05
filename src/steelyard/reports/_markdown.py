"""Markdown for a pull-request comment: the verdict first, the evidence folded, foreign text inert."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from steelyard.core import Comparison, Difference, Estimate, Flip, GateResult, RuleResult, RunSummary
from steelyard.reports._clean import excerpt, one_line
from steelyard.reports._facts import change_facts, estimate_facts, rule_numbers
from steelyard.reports._headlines import (
    change_digits,
    comparison_headline,
    estimate_range,
    estimate_value,
    run_headline,
)
from steelyard.reports._numbers import count, say_change, say_interval, say_seconds, say_usd
from steelyard.reports._verdicts import badge, change_word, explain_gate

_SIGNS = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "≈"}
_FLIPS_SHOWN = 20
_MOST_CHARACTERS = 60_000
_SPECIAL = re.compile(r"[&<>]|[`*\[\]{}|~\\$#]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINKING = re.compile(r"@|#(?=\w)|:(?=//)|\bwww(?=\.)|\bGH-(?=\d)", re.IGNORECASE)
_JOINER = "\u200b"


def render_markdown(document: GateResult | Comparison | RunSummary, *, redact: bool = False) -> str:
    """A comment for a pull request, at most 60,000 characters; its first line is a marker to find it by.

    `redact` names the answers that changed by their case alone, without input, expectation or output.
    """
    listing = _Listing(most=_FLIPS_SHOWN, redact=redact)
    text = _document(document, listing=listing)
    return text if len(text) <= _MOST_CHARACTERS else _document(document, listing=replace(listing, most=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """How answers that changed are listed."""

    most: int
    redact: bool


def escape_markdown(text: str) -> str:
    """Foreign text as one inert line: no markup, no mention, no reference, no link, no HTML."""
    parted = _LINKING.sub(lambda match: f"{match.group()}{_JOINER}", one_line(text))
    return _SPECIAL.sub(_escaped, parted)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return _ENTITIES.get(character, f"\\{character}")


def _document(document: GateResult | Comparison | RunSummary, *, listing: _Listing) -> str:
    if isinstance(document, GateResult):
        parts = ["<!-- steelyard: gate -->", *_gate(document, listing=listing)]
    elif isinstance(document, Comparison):
        line = escape_markdown(comparison_headline(document))
        parts = ["<!-- steelyard: comparison -->", f"### {line}", *_comparison(document, listing=listing)]
    else:
        parts = ["<!-- steelyard: run -->", *_run(document)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _gate(result: GateResult, *, listing: _Listing) -> list[str]:
    headline, sentences, steps = explain_gate(result)
    parts = [
        f"### {_SIGNS[result.verdict]} {escape_markdown(headline)}",
        " ".join(escape_markdown(sentence) for sentence in sentences),
        _bullets(steps),
        _table(
            ("Rule", "Verdict", "Measured", "Likely", "Limit"),
            ((each.rule, badge(each.verdict), *rule_numbers(each)) for each in result.rules),
        ),
        _quotes(result.notes),
    ]
    others = [rule for rule in result.rules if len(result.rules) > 1]
    parts.append(_folded("Why, rule by rule", _bullets(_rule_line(rule) for rule in others)))
    return [*parts, *_comparison(result.comparison, listing=listing)]


def _rule_line(rule: RuleResult) -> str:
    return f"{badge(rule.verdict)}: {rule.rule}. {rule.text}"


def _comparison(comparison: Comparison, *, listing: _Listing) -> list[str]:
    heads = ("Metric", "Baseline", "Candidate", "Difference", "Likely", "", "n")
    parts = [_table(heads, (_difference_row(each, comparison, each.name) for each in comparison.metrics))]
    for dimension in dict.fromkeys(each.slice.partition("=")[0] for each in comparison.slices):
        rows = [each for each in comparison.slices if each.slice.partition("=")[0] == dimension]
        several = len({each.name for each in rows}) > 1
        worse = sum(each.verdict == "worse" for each in rows)
        title = f"By {dimension}: {count(worse)} of {count(len(rows))} worse"
        body = _table(
            (dimension, *heads[1:]),
            (_difference_row(each, comparison, _slice_name(each, several=several)) for each in rows),
        )
        parts.append(_folded(title, body))
    for name, found in (("broken", comparison.broken), ("fixed", comparison.fixed)):
        if found and listing.most:
            parts.append(_flip_list(name, found, listing))
    parts.append(_quotes(comparison.notes))
    facts = [f"{each.name}: {fact}" for each in comparison.metrics for fact in (_facts(change_facts(each)),)]
    runs = f"Baseline {comparison.base_label} ({comparison.base_run}), "
    runs += f"candidate {comparison.candidate_label} ({comparison.candidate_run}), {comparison.benchmark}"
    parts.append(_folded("How this was measured", _bullets([runs, *facts])))
    return parts


def _run(summary: RunSummary) -> list[str]:
    bench = summary.benchmark
    facts = [f"run {summary.run}", f"{bench.name}@{bench.version}", summary.target]
    if summary.seconds:
        facts.append(say_seconds(summary.seconds))
    if summary.cost_usd is not None:
        facts.append(say_usd(summary.cost_usd))
    parts = [
        f"### {escape_markdown(run_headline(summary))}",
        _estimates("Metric", ((each.name, each) for each in summary.metrics)),
    ]
    for dimension in dict.fromkeys(each.dimension for each in summary.slices):
        rows = [each for each in summary.slices if each.dimension == dimension]
        several = len({each.estimate.name for each in rows}) > 1
        named = [
            (f"{each.slice_value}, {each.estimate.name}" if several else each.slice_value, each.estimate)
            for each in rows
        ]
        parts.append(_folded(f"By {dimension} ({count(len(rows))})", _estimates(dimension, named)))
    measured = [f"{each.name}: {_facts(estimate_facts(each))}" for each in summary.metrics]
    parts += [
        _quotes(summary.notes),
        _folded("How this was measured", _bullets([", ".join(facts), *measured])),
    ]
    return parts


def _estimates(title: str, rows: Iterable[tuple[str, Estimate]]) -> str:
    return _table(
        (title, "Value", "Likely", "n", "No score"),
        (
            (name, estimate_value(each), estimate_range(each), count(each.n), count(each.missing))
            for name, each in rows
        ),
    )


def _difference_row(difference: Difference, comparison: Comparison, name: str) -> tuple[str, ...]:
    digits = change_digits(difference, comparison.allowed_for(difference))
    return (
        name,
        estimate_value(difference.base),
        estimate_value(difference.candidate),
        say_change(difference.difference, difference.measure, digits=digits),
        say_interval(difference.interval, difference.measure, signed=True, digits=digits),
        change_word(difference),
        count(difference.n_pairs),
    )


def _slice_name(difference: Difference, *, several: bool) -> str:
    value = difference.slice.partition("=")[2]
    return f"{value}, {difference.name}" if several else value


def _flip_list(name: str, flips: Sequence[Flip], listing: _Listing) -> str:
    shown = flips[: listing.most]
    if listing.redact:
        body = _table(("Case",), ((each.case_id,) for each in shown))
    else:
        heads = ("Case", "Input", "Expected", "Before", "Now")
        body = _raw_table(heads, (_flip_row(each) for each in shown))
    more = f"\n\nand {count(len(flips) - len(shown))} more." if len(flips) > len(shown) else ""
    return _folded(f"{count(len(flips))} {name} answer{'' if len(flips) == 1 else 's'}", body + more)


def _flip_row(flip: Flip) -> tuple[str, ...]:
    texts = (flip.input, flip.expected, flip.base_output, flip.candidate_output)
    return (escape_markdown(flip.case_id), *(_data(text) for text in texts))


def _data(text: str) -> str:
    """Model or user text: in code, where no forge makes mentions, references or links of it."""
    inert = escape_markdown(excerpt(text, 160))
    return f"<code>{inert}</code>" if inert else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return _raw_table(heads, ([escape_markdown(cell) for cell in row] for row in rows))


def _raw_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    listed = [f"| {' | '.join(row)} |" for row in rows]
    if not listed:
        return ""
    head = f"| {' | '.join(escape_markdown(head) for head in heads)} |"
    return "\n".join([head, "|" + " --- |" * len(heads), *listed])


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {escape_markdown(item)}" for item in items)


def _quotes(notes: Iterable[str]) -> str:
    return "\n>\n".join(f"> {escape_markdown(note)}" for note in notes)


def _folded(title: str, body: str) -> str:
    if not body:
        return ""
    return f"<details><summary>{escape_markdown(title)}</summary>\n\n{body}\n\n</details>"


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{name.lower()} {value}" for name, value in facts)
