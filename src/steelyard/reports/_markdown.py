"""Markdown for a pull-request comment: the verdict first, the evidence folded, foreign text inert."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from steelyard.core import Comparison, Difference, Estimate, Flip, GateResult, RuleResult, RunSummary
from steelyard.reports._bound_words import bound_scale, bound_side, old_value, your_bound
from steelyard.reports._clean import excerpt, one_line
from steelyard.reports._example_row import ExampleRow
from steelyard.reports._experts import expert_tables, judged_count
from steelyard.reports._facts import change_facts, estimate_facts, rule_numbers
from steelyard.reports._flips import Changed, changed_answers, flipped_metrics, flips_words
from steelyard.reports._headlines import comparison_headline, run_headline
from steelyard.reports._methods import gate_methods
from steelyard.reports._numbers import count, counted, glued, say_level, say_seconds, say_usd
from steelyard.reports._rows import (
    by_dimension,
    by_measure,
    by_metric,
    change_rows,
    plain_word,
    rule_difference,
    signs_words,
    slice_tally,
)
from steelyard.reports._scale import level_scale
from steelyard.reports._steps import Step
from steelyard.reports._verdicts import badge, gate_notes, gate_sentences, headline, next_steps, rule_word

_SIGNS = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "≈"}
_FLIPS_SHOWN = 20
_MOST_CHARACTERS = 60_000
_SPECIAL = re.compile(r"[&<>]|[`*\[\]{}|~\\$#]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINKING = re.compile(r"@|#(?=\w)|:(?=//)|\bwww(?=\.)|\bGH-(?=\d)", re.IGNORECASE)
_JOINER = "\u200b"


def render_markdown(
    document: GateResult | Comparison | RunSummary,
    *,
    examples: Sequence[ExampleRow] = (),
    redact: bool = False,
) -> str:
    """A comment for a pull request, at most 60,000 characters; its first line is a marker to find it by.

    Of the `examples` the worst answers are listed, which a bound rule is about. `redact` names answers by
    their case alone, without input, expectation or output.
    """
    worst = tuple(row for row in examples if row.kind == "worst")
    listing = _Listing(most=_FLIPS_SHOWN, redact=redact, worst=worst)
    text = _document(document, listing=listing)
    return text if len(text) <= _MOST_CHARACTERS else _document(document, listing=replace(listing, most=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """How answers that changed are listed."""

    most: int
    redact: bool
    worst: tuple[ExampleRow, ...] = ()


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
        listed = _comparison(document, listing=listing)
        tally = escape_markdown(flips_words(document))
        parts = ["<!-- steelyard: comparison -->", f"### {line}", tally, *listed]
    else:
        parts = ["<!-- steelyard: run -->", *_run(document)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _gate(result: GateResult, *, listing: _Listing) -> list[str]:
    parts = [
        f"### {_SIGNS[result.verdict]} {escape_markdown(headline(result))}",
        " ".join(escape_markdown(glued(sentence)) for sentence in gate_sentences(result)),
        escape_markdown(flips_words(result.comparison)),
        "\n".join(_step_line(step) for step in next_steps(result)),
        _table(
            ("Rule", "Against your rule", "Measured", "Likely", "Limit", "Against the old version"),
            (_rule_row(each, result) for each in result.rules),
        ),
        *(_bound(rule, result) for rule in result.rules),
        _quotes(gate_notes(result)),
    ]
    others = [rule for rule in result.rules if len(result.rules) > 1]
    parts.append(_folded("Why, rule by rule", _bullets(_rule_line(rule) for rule in others)))
    methods = gate_methods(result)
    return [*parts, *_comparison(result.comparison, listing=listing, methods=methods)]


def _step_line(step: Step) -> str:
    command = f": <code>{escape_markdown(step.command)}</code>" if step.command else ""
    return f"- {escape_markdown(step.text)}{command}"


def _rule_row(rule: RuleResult, result: GateResult) -> tuple[str, ...]:
    difference = rule_difference(rule, result.comparison)
    word = "" if difference is None else plain_word(difference)
    numbers = rule_numbers(rule, old=old_value(rule, result.comparison))
    return (rule.rule, rule_word(rule), *numbers, word)


def _bound(rule: RuleResult, result: GateResult) -> str:
    """Both versions' values against a bound."""
    evidence = rule.evidence
    if not isinstance(evidence, Estimate) or rule.margin is None:
        return ""
    old = old_value(rule, result.comparison)
    scale = bound_scale(rule, evidence, old)
    named = [("new version", evidence)] + ([] if old is None else [("old version", old)])
    return _table(
        (rule.metric, "Value", "Likely", f"Against {your_bound(rule, evidence)}"),
        (
            (name, scale.value(each.value), scale.levels(each.interval), bound_side(rule, each.value))
            for name, each in named
        ),
    )


def _rule_line(rule: RuleResult) -> str:
    return f"{badge(rule.verdict)}: {rule.rule}. {glued(rule.text)}"


def _comparison(comparison: Comparison, *, listing: _Listing, methods: Sequence[str] = ()) -> list[str]:
    heads = ("Metric", "Baseline", "Candidate", "Difference", "Likely", "Against the old version", "n")
    signs = signs_words((*comparison.metrics, *comparison.slices), comparison)
    parts = [
        _table(heads, _change_rows(comparison.metrics, comparison, several=False)),
        escape_markdown(f"{signs}.") if signs else "",
        *_experts(comparison.metrics),
    ]
    for dimension, rows in by_dimension(comparison):
        several = len({each.name for each in rows}) > 1
        body = _table((dimension, *heads[1:]), _change_rows(rows, comparison, several=several))
        parts.append(_folded(f"By {dimension}: {slice_tally(dimension, rows)}", body))
    for name, found in (("broken", comparison.broken), ("fixed", comparison.fixed)):
        if found and listing.most:
            parts.append(_flip_list(name, found, listing, several=len(flipped_metrics(comparison)) > 1))
    if listing.worst and listing.most:
        parts.append(_worst_list(listing))
    if listing.redact:
        parts.append("Inputs, expectations and answers were left out on purpose.")
    parts.append(_quotes(comparison.notes))
    facts = [f"{each.name}: {fact}" for each in comparison.metrics for fact in (_facts(change_facts(each)),)]
    runs = f"Baseline {comparison.base_label} ({comparison.base_run}), "
    runs += f"candidate {comparison.candidate_label} ({comparison.candidate_run}), {comparison.benchmark}"
    parts.append(_folded("How this was measured", _bullets([runs, *facts, *methods])))
    return parts


def _experts(found: Iterable[Estimate | Difference]) -> Iterable[str]:
    """Experts alone, judge alone and corrected, a table for each figure of a judge."""
    for name, lines in expert_tables(found):
        yield _table((name, "Value", "Likely", "Rests on"), lines)


def _change_rows(
    differences: Sequence[Difference], comparison: Comparison, *, several: bool
) -> Iterable[tuple[str, ...]]:
    for group in by_measure(differences):
        said = dict(zip(map(id, group), change_rows(group, comparison), strict=True))
        for metric in by_metric(group):
            for each in metric:
                row = said[id(each)]
                name = _slice_name(each, several=several) if each.slice else each.name
                yield (
                    name,
                    row.base,
                    row.candidate,
                    row.change,
                    row.likely,
                    row.word,
                    judged_count(each.n_pairs, each.judge),
                )


def _run(summary: RunSummary) -> list[str]:
    bench = summary.benchmark
    facts = [f"run {summary.run}", f"{bench.name}@{bench.version}", summary.target]
    if summary.seconds:
        facts.append(say_seconds(summary.seconds))
    if summary.cost_usd is not None:
        facts.append(say_usd(summary.cost_usd))
    if summary.evaluation_cost_usd is not None:
        facts.append(f"{say_usd(summary.evaluation_cost_usd)} for judges")
    parts = [
        f"### {escape_markdown(run_headline(summary))}",
        _estimates("Metric", ((each.name, each) for each in summary.metrics)),
        *_experts(summary.metrics),
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
    named = list(rows)
    scales = {
        measure: level_scale([each for _, each in named if each.measure == measure])
        for measure in dict.fromkeys(each.measure for _, each in named)
    }
    return _table(
        (title, "Value", "Likely", "n", "No score"),
        (
            (
                name,
                scales[each.measure].value(each.value),
                f"{say_level(each.level)}: {scales[each.measure].levels(each.interval)}"
                if each.interval
                else each.note or "no interval",
                judged_count(each.n, each.judge),
                count(each.missing),
            )
            for name, each in named
        ),
    )


def _slice_name(difference: Difference, *, several: bool) -> str:
    value = difference.slice.partition("=")[2]
    return f"{value}, {difference.name}" if several else value


def _flip_list(name: str, flips: Sequence[Flip], listing: _Listing, *, several: bool) -> str:
    """The answers, each once; with the metrics that saw it where several could."""
    answers = changed_answers(flips)
    heads = ("Case",) if listing.redact else ("Case", "Input", "Expected", "Before", "Now")
    rows = (
        (*_flip_row(each.flip, redact=listing.redact), *_seen_by(each, several=several))
        for each in answers[: listing.most]
    )
    body = _raw_table((*heads, "By") if several else heads, rows)
    more = f"\n\nand {count(len(answers) - listing.most)} more." if len(answers) > listing.most else ""
    return _folded(counted(len(answers), f"{name} answer"), body + more)


def _worst_list(listing: _Listing) -> str:
    """The candidate's worst answers on what a bound is about."""
    heads = ("Case", "Score") if listing.redact else ("Case", "Score", "Input", "Expected", "Answer")
    rows = []
    for each in listing.worst[: listing.most]:
        named = (escape_markdown(each.case_id), escape_markdown(", ".join(each.scores[-1:])))
        texts = (each.input, each.expected, each.outputs[-1] if each.outputs else "")
        rows.append(named if listing.redact else (*named, *(_data(text) for text in texts)))
    return _folded(
        counted(len(rows), "worst answer of the new version", "worst answers of the new version"),
        _raw_table(heads, rows),
    )


def _seen_by(changed: Changed, *, several: bool) -> tuple[str, ...]:
    return (escape_markdown(", ".join(changed.metrics)),) if several else ()


def _flip_row(flip: Flip, *, redact: bool) -> tuple[str, ...]:
    case = escape_markdown(flip.case_id)
    if redact:
        return (case,)
    texts = (flip.input, flip.expected, flip.base_output, flip.candidate_output)
    return (case, *(_data(text) for text in texts))


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
