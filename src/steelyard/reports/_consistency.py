"""Invariance and sensitivity as people read them: on a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.core import ConsistencyReport, Estimate, Family
from steelyard.reports._bars import draw, make_axis
from steelyard.reports._clean import one_line
from steelyard.reports._markdown import escape_markdown
from steelyard.reports._markdown_table import markdown_table
from steelyard.reports._numbers import count
from steelyard.reports._scale import level_scale
from steelyard.reports._table import Cell, Column, table, wrap

FIGURE_HEADS = ("figure", "value", "likely", "", "pairs", "families")
FAMILY_HEADS = ("family", "case", "variation", "answer", "score")
_WORDS = {
    "invariance": "equivalent questions answered alike",
    "repeats": "the same question, asked again",
    "excess inconsistency": "difference of these two",
    "steady families": "families answered alike throughout",
    "sensitivity": "changed questions answered differently",
    "rightly changed": "and rightly so",
}
_BAR = 25
_SHOWN = 5
_CELL = 60

Row = tuple[str, ...]


def consistency_headline(report: ConsistencyReport) -> str:
    """One sentence: how often equivalent questions are answered alike, and against which noise."""
    scale = level_scale(report.headlines)
    parts = []
    if report.invariance.value is not None:
        said = f"Equivalent questions are answered alike in {scale.value(report.invariance.value)} of pairs"
        parts.append(f"{said}{_likely(report.invariance)}")
        if report.repeats.value is not None:
            parts.append(f"the same question asked again in {scale.value(report.repeats.value)}")
    if report.sensitivity.value is not None:
        said = f"changed questions get another answer in {scale.value(report.sensitivity.value)}"
        parts.append(f"{said}{_likely(report.sensitivity)}")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def consistency_facts(report: ConsistencyReport) -> list[str]:
    """How answers were compared, how far figures carry, and what must be known besides."""
    families = f"{count(report.families)} families" if report.families != 1 else "1 family"
    facts = [f"{families}; two answers agree when {one_line(report.agreement)}."]
    missing = report.invariance.missing + report.sensitivity.missing
    if missing:
        facts.append(f"{count(missing)} pairs lack an answer: the infrastructure failed.")
    weak = sorted({one_line(item.note) for item in report.headlines if item.note})
    return [*facts, *weak[:3], *map(one_line, report.notes)]


def figure_rows(report: ConsistencyReport, *, bars: bool = True) -> list[Row]:
    """The headline figures, then those by kind of variation."""
    named = [(_WORDS.get(item.name, item.name), item) for item in report.headlines]
    named += [(f"  alike under {one_line(kind, 40)}", item) for kind, item in report.by_variant]
    named += [(f"  changed under {one_line(kind, 40)}", item) for kind, item in report.sensitivity_by_variant]
    scale = level_scale([item for _, item in named])
    axis = make_axis([item.interval for _, item in named], cells=_BAR, marks=(0.0, 1.0), limits=(-1.0, 1.0))
    return [
        (
            name,
            scale.value(item.value),
            scale.levels(item.interval) if item.interval else one_line(item.note, 60),
            draw(item.value, item.interval, axis) if axis and bars else "",
            count(item.n),
            count(item.n if item.n_units is None else item.n_units),
        )
        for name, item in named
    ]


def family_rows(family: Family, *, length: int = _CELL) -> list[Row]:
    """The members of a family with their answers, the family's name in the first row only."""
    said = f"{one_line(family.name, 40)}{_family_share(family)}"
    return [
        (
            said if not at else "",
            one_line(member.case_id, 40),
            _variation(member.variant, member.relation),
            one_line(member.answer, length) or "(no answer)",
            "" if member.score is None else f"{member.score:.3g}",
        )
        for at, member in enumerate(family.members)
    ]


def render_consistency(report: ConsistencyReport, *, width: int = 80, color: bool = False) -> str:
    """The headline, the figures with their intervals, the worst families side by side, and the facts."""
    parts = [wrap(consistency_headline(report), width)]
    columns = [
        Column(
            title=head, right=head in ("value", "pairs", "families"), rank={"": 2, "pairs": 1}.get(head, 0)
        )
        for head in FIGURE_HEADS
    ]
    rows = [[Cell(text) for text in row] for row in figure_rows(report)]
    parts.append(table(columns, rows, width=width, color=color))
    if report.worst:
        listed = [row for family in report.worst[:_SHOWN] for row in family_rows(family)]
        named = [Column(title=head, elastic=head != "score") for head in FAMILY_HEADS]
        cells = [[Cell(text) for text in row] for row in listed]
        parts.append("Worst families\n" + table(named, cells, width=width, color=color))
    parts += [wrap(fact, width) for fact in consistency_facts(report)]
    return "\n\n".join(parts) + "\n"


def consistency_markdown(report: ConsistencyReport) -> str:
    """The same as a Markdown section; foreign text stands in code, inert."""
    heads = tuple(head for head in FIGURE_HEADS if head)
    rows = [(row[0].strip(), *row[1:3], *row[4:]) for row in figure_rows(report, bars=False)]
    families: Sequence[Row] = [row for family in report.worst for row in family_rows(family)]
    parts = [
        f"### {escape_markdown(consistency_headline(report))}",
        markdown_table(heads, rows),
        markdown_table(FAMILY_HEADS, list(families), code=(3,)),
        *(f"- {escape_markdown(fact)}" for fact in consistency_facts(report)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _likely(estimate: Estimate) -> str:
    if estimate.interval is None:
        return ""
    return f" (likely {level_scale([estimate]).levels(estimate.interval)})"


def _family_share(family: Family) -> str:
    if family.agreement is not None and family.agreement < 1.0:
        return f": {family.agreement:.0%} alike"
    return "" if family.response is None else f": {family.response:.0%} changed"


def _variation(variant: str, relation: str) -> str:
    if not variant:
        return "reference" if relation == "same" else "changed"
    return one_line(variant, 40) if relation == "same" else f"{one_line(variant, 40)}, changed"
