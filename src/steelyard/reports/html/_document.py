"""From a record to its page: headline, reasoning, sections, samples and fine print."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.core import Comparison, Estimate, GateResult, Json, RankedRun, RunSummary
from steelyard.reports._bound_words import bound_scale, bound_side, old_value, your_bound
from steelyard.reports._charts import estimate_chart
from steelyard.reports._clean import one_line
from steelyard.reports._example_row import ExampleRow
from steelyard.reports._facts import Facts, change_facts, estimate_facts
from steelyard.reports._flips import flips_words
from steelyard.reports._headlines import comparison_headline, run_headline
from steelyard.reports._methods import gate_methods
from steelyard.reports._numbers import counted, say_seconds, say_usd
from steelyard.reports._spread_charts import Distribution
from steelyard.reports._verdicts import deciding_rule, gate_notes, gate_sentences, headline, next_steps
from steelyard.reports.html._examples import example_data, flip_examples
from steelyard.reports.html._page import FigureView, Page, SectionView, Tone
from steelyard.reports.html._sections import (
    change_sections,
    distribution_section,
    ranking_section,
    run_sections,
)
from steelyard.reports.html._tables import VERDICT_TONES, estimate_table, rule_table

Document = GateResult | Comparison | RunSummary

_SIGNS = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "≈"}
_CHANGE_TONES: dict[str, Tone] = {
    "better": "pass",
    "worse": "fail",
    "equivalent": "",
    "inconclusive": "unsure",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a page shows besides its record."""

    examples: tuple[ExampleRow, ...] = ()
    """Samples to read."""
    ranking: tuple[RankedRun, ...] = ()
    """All runs of a comparison of several."""
    distributions: tuple[Distribution, ...] = ()
    """Sample values of unbounded metrics."""
    sections: tuple[SectionView, ...] = ()
    """Parts of other reports that belong to the same run."""
    redact: bool = False
    """Leave out inputs, expectations, outputs and reasons."""
    title: str = ""
    """The document's title; empty: made from the record."""


def build_page(document: Document, extras: Extras) -> Page:
    """The page of a gate, a comparison or a run."""
    if isinstance(document, GateResult):
        return _gate_page(document, extras)
    if isinstance(document, Comparison):
        return _comparison_page(document, extras)
    return _run_page(document, extras)


def _gate_page(result: GateResult, extras: Extras) -> Page:
    comparison = result.comparison
    answer = headline(result)
    rules = SectionView(title="Rules", figures=tuple(_bound_figures(result)), tables=(rule_table(result),))
    notes = [*gate_notes(result), *comparison.notes]
    return Page(
        title=one_line(extras.title) or f"{answer} {_versus(comparison)}",
        crumbs=("Steelyard", one_line(comparison.benchmark), "Gate"),
        headline=answer,
        sign=_SIGNS[result.verdict],
        tone=VERDICT_TONES[result.verdict],
        sentences=gate_sentences(result),
        tally=flips_words(comparison),
        steps=tuple(next_steps(result)),
        notes=tuple(one_line(note) for note in notes),
        sections=(*_leading(result, rules), *_more(extras)),
        examples=_examples(comparison, extras),
        redacted=extras.redact,
        facts=(*_comparison_facts(comparison), *(_fact(line) for line in gate_methods(result))),
    )


def _comparison_page(comparison: Comparison, extras: Extras) -> Page:
    verdict = comparison.metrics[0].verdict if comparison.metrics else "inconclusive"
    return Page(
        title=one_line(extras.title) or _versus(comparison),
        crumbs=("Steelyard", one_line(comparison.benchmark), "Comparison"),
        headline=comparison_headline(comparison),
        sign="",
        tone=_CHANGE_TONES[verdict],
        sentences=(),
        tally=flips_words(comparison),
        steps=(),
        notes=tuple(one_line(note) for note in comparison.notes),
        sections=(*change_sections(comparison), *_more(extras)),
        examples=_examples(comparison, extras),
        redacted=extras.redact,
        facts=_comparison_facts(comparison),
    )


def _run_page(summary: RunSummary, extras: Extras) -> Page:
    notes = [one_line(note) for note in summary.notes]
    if summary.status == "partial":
        notes.insert(0, f"This run is not finished. Go on with: steelyard resume {summary.run}")
    if summary.failed:
        failed = counted(summary.failed, "sample")
        notes.append(f"{failed} got no score because scoring itself failed; they are missing, not wrong.")
    for name, found in summary.not_extracted.items():
        if found:
            empty = counted(found, "answer")
            notes.append(f"{one_line(name)}: {empty} held nothing to measure, counted as failures.")
    return Page(
        title=one_line(extras.title) or f"{one_line(summary.label)} on {one_line(summary.benchmark.name)}",
        crumbs=("Steelyard", f"{one_line(summary.benchmark.name)}@{summary.benchmark.version}", "Run"),
        headline=run_headline(summary),
        sign="",
        tone="" if summary.status == "complete" else "unsure",
        sentences=(),
        tally="",
        steps=(),
        notes=tuple(notes),
        sections=(*run_sections(summary), *_more(extras)),
        examples=example_data(extras.examples, redact=extras.redact),
        redacted=extras.redact,
        facts=_run_facts(summary),
    )


def _leading(result: GateResult, rules: SectionView) -> list[SectionView]:
    """What the deciding rule is about first: a bound, or what changed overall; then the slices."""
    changes = change_sections(result.comparison)
    rule = deciding_rule(result)
    if rule is not None and rule.kind == "bound":
        return [rules, *changes]
    return [*changes[:1], rules, *changes[1:]]


def _more(extras: Extras) -> list[SectionView]:
    sections = []
    if extras.ranking:
        sections.append(ranking_section(extras.ranking))
    if extras.distributions:
        sections.append(distribution_section(extras.distributions))
    return [*sections, *extras.sections]


def _bound_figures(result: GateResult) -> list[FigureView]:
    figures = []
    for number, rule in enumerate(result.rules, start=1):
        if not isinstance(rule.evidence, Estimate):
            continue
        old = old_value(rule, result.comparison)
        estimates = [rule.evidence] if old is None else [rule.evidence, old]
        labels = ["new version", "old version"][: len(estimates)]
        title = one_line(rule.rule)
        said = [
            f"{label}: {bound_side(rule, each.value)} {your_bound(rule, each)}"
            for label, each in zip(labels, estimates, strict=True)
        ]
        figures.append(
            FigureView(
                id=f"bound-{number}",
                title=title,
                caption="Marks are what was measured, lines what is likely; dashed: your limit.",
                spec=estimate_chart(estimates, labels, bound=rule.margin),
                table=estimate_table(
                    estimates,
                    said,
                    caption=title,
                    head=one_line(rule.metric),
                    scale=bound_scale(rule, rule.evidence, old),
                    bound=rule.margin,
                ),
            )
        )
    return figures


def _fact(line: str) -> tuple[str, str]:
    name, _, text = line.rpartition(": ") if line.startswith("cases to settle") else line.partition(": ")
    return name, text


def _examples(comparison: Comparison, extras: Extras) -> tuple[dict[str, Json], ...]:
    rows = [*extras.examples, *flip_examples(comparison, besides=extras.examples)]
    return example_data(rows, redact=extras.redact)


def _versus(comparison: Comparison) -> str:
    return f"{one_line(comparison.candidate_label)} against {one_line(comparison.base_label)}"


def _comparison_facts(comparison: Comparison) -> Facts:
    facts = [
        ("Baseline", f"{one_line(comparison.base_label)} ({comparison.base_run})"),
        ("Candidate", f"{one_line(comparison.candidate_label)} ({comparison.candidate_run})"),
        ("Benchmark", one_line(comparison.benchmark)),
    ]
    for each in comparison.metrics:
        facts += [(f"{one_line(each.name)}: {name.lower()}", text) for name, text in change_facts(each)]
    return tuple(facts)


def _run_facts(summary: RunSummary) -> Facts:
    bench = summary.benchmark
    facts = [
        ("Run", summary.run),
        (
            "Benchmark",
            f"{one_line(bench.name)}@{bench.version}, {counted(bench.cases, 'case')}, {bench.hash[:12]}",
        ),
        ("Target", one_line(summary.target)),
        ("Started", summary.started),
        ("Took", say_seconds(summary.seconds)),
    ]
    if summary.epochs > 1:
        facts.append(("Repetitions", str(summary.epochs)))
    if summary.cost_usd is not None:
        facts.append(("Cost", say_usd(summary.cost_usd)))
    if summary.evaluation_cost_usd is not None:
        facts.append(("Cost of judges", say_usd(summary.evaluation_cost_usd)))
    for each in summary.metrics:
        facts += [(f"{one_line(each.name)}: {name.lower()}", text) for name, text in estimate_facts(each)]
    return tuple(facts)
