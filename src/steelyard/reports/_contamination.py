"""A check for contamination as people read it: on a terminal and in Markdown."""

from __future__ import annotations

from steelyard.core import MOST_SIGHTINGS, CaseFinding, ContaminationReport, Evidence
from steelyard.reports._clean import one_line
from steelyard.reports._markdown import escape_markdown
from steelyard.reports._markdown_table import markdown_table
from steelyard.reports._numbers import count, counted
from steelyard.reports._scale import change_scale, level_scale
from steelyard.reports._table import Cell, Column, Style, table, wrap

_SHOWN = 20
_EXCERPT = 120
_STYLES: dict[str, Style] = {"contaminated": "fail", "suspicious": "unsure"}
CASE_HEADS = ("case", "state", "where", "share", "words in a row", "what stands there")

Row = tuple[str, ...]


def contamination_headline(report: ContaminationReport) -> str:
    """One sentence that answers: how many cases were found."""
    counts = report.counts
    looked = len(report.cases) - counts["unchecked"]
    if report.corpus is None and not looked:
        return "No case was held against a corpus: give one with --corpus."
    if not looked:
        return "No case could be looked for: all are too short, or hold nothing that is theirs alone."
    if report.corpus is None:
        looked = len(report.cases)
    found = f"{counts['contaminated']:,} of {counted(looked, 'case')} contaminated"
    if report.corpus is None:
        found += ", by the answers alone"
    if counts["suspicious"]:
        found += f", {counts['suspicious']:,} more are suspicious"
    return f"{found}."


def contamination_facts(report: ContaminationReport) -> list[str]:
    """What was read, what the canary and the completion test say, and what else must be known."""
    facts = []
    if report.corpus is not None:
        megabytes = report.corpus.size / 1e6
        files = counted(report.corpus.files, "file")
        facts.append(f"Read {files} of the corpus, {megabytes:,.1f} MB of text.")
    if report.sightings:
        first = report.sightings[0]
        place = f"{first.where}:{first.line}" if first.line is not None else f"{first.where}, {first.case_id}"
        places = counted(len(report.sightings), "place")
        more = "at least " if len(report.sightings) >= MOST_SIGHTINGS else ""
        facts.append(f"The canary stands in {more}{places}, first {place}.")
    if report.completion:
        said = report.completion
        facts.append(
            f"Completion test: {said['reached']} of {said['cases']} answers go on word for word for "
            f"{said['threshold_words']} words; against other cases' texts {said['control_reached']} do."
        )
    unread = list(report.corpus.unread[:3]) if report.corpus else []
    return [*facts, *report.notes, *unread]


def render_contamination(report: ContaminationReport, *, width: int = 80, color: bool = False) -> str:
    """The headline, the cases found with their evidence, results with and without them, and the facts."""
    parts = [wrap(contamination_headline(report), width)]
    found = report.in_state("contaminated", "suspicious")
    found = tuple(sorted(found, key=lambda item: item.state != "contaminated"))
    if found:
        columns = (
            Column(title=CASE_HEADS[0], elastic=True),
            Column(title=CASE_HEADS[1]),
            Column(title=CASE_HEADS[2], elastic=True),
            Column(title=CASE_HEADS[3], right=True),
            Column(title=CASE_HEADS[4], right=True, rank=2),
            Column(title=CASE_HEADS[5], elastic=True, rank=1),
        )
        rows = [[Cell(text, _STYLES.get(text, "")) for text in case_row(item)] for item in found[:_SHOWN]]
        parts.append(table(columns, rows, width=width, color=color))
        if len(found) > _SHOWN:
            parts.append(f"… and {count(len(found) - _SHOWN)} more: --json lists all")
    for heads, listed in (result_rows(report), gap_rows(report)):
        if listed:
            named = tuple(Column(title=head, elastic=at == 0) for at, head in enumerate(heads))
            parts.append(
                table(named, [[Cell(text) for text in row] for row in listed], width=width, color=color)
            )
    parts += [wrap(one_line(fact), width) for fact in contamination_facts(report)]
    return "\n\n".join(parts) + "\n"


def contamination_markdown(report: ContaminationReport) -> str:
    """The same as a Markdown section; foreign text stands in code, inert."""
    found = report.in_state("contaminated", "suspicious")
    parts = [f"### {escape_markdown(contamination_headline(report))}"]
    rows = [case_row(item) for item in found[: 5 * _SHOWN]]
    parts.append(markdown_table(CASE_HEADS, rows, code=(2, 5)))
    if len(found) > len(rows):
        parts.append(f"and {count(len(found) - len(rows))} more.")
    for heads, listed in (result_rows(report), gap_rows(report)):
        parts.append(markdown_table(heads, listed))
    parts += [f"- {escape_markdown(fact)}" for fact in contamination_facts(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def case_row(item: CaseFinding) -> Row:
    """A case with its strongest evidence, in words."""
    strongest = item.evidence[0] if item.evidence else None
    if strongest is None:
        return (one_line(item.case_id, 60), item.state, "", "", "", "")
    return (
        one_line(item.case_id, 60),
        item.state,
        _place(strongest, more=max(item.places - 1, 0)),
        f"{strongest.share:.0%}" if strongest.kind != "canary" else "canary",
        count(strongest.longest_run) if strongest.longest_run else "",
        one_line(strongest.excerpt, _EXCERPT),
    )


def _place(evidence: Evidence, *, more: int) -> str:
    place = evidence.file if evidence.line is None else f"{evidence.file}:{evidence.line}"
    return one_line(place) + (f" and {count(more)} more" if more else "")


def result_rows(report: ContaminationReport) -> tuple[Row, list[Row]]:
    """Heads and rows of a run's results with and without the cases found."""
    heads = ("metric", "cases", "value", "likely", "n")
    rows: list[Row] = []
    for item in report.results:
        named = (
            ("all", item.every),
            ("without contaminated", item.clean),
            ("without suspicious", item.cleanest),
        )
        scale = level_scale([each for _, each in named])
        rows += [
            (
                one_line(item.every.name) if name == "all" else "",
                name,
                scale.value(each.value),
                scale.levels(each.interval) if each.interval else one_line(each.note, 60) or "no interval",
                count(each.n),
            )
            for name, each in named
        ]
    return heads, rows


def gap_rows(report: ContaminationReport) -> tuple[Row, list[Row]]:
    """Heads and rows of the gaps between originals and twins."""
    heads = ("originals against twins", "originals", "twins", "gap", "likely", "cases")
    words = {"better": "originals better", "worse": "twins better"}
    rows: list[Row] = []
    for gap in report.gaps:
        level = level_scale([gap.base, gap.candidate])
        change = change_scale([gap])
        rows.append(
            (
                f"{one_line(gap.name)}: {words.get(gap.verdict, 'no clear gap')}",
                level.value(gap.candidate.value),
                level.value(gap.base.value),
                change.change(gap.difference),
                change.changes(gap.interval) if gap.interval else one_line(gap.note, 60),
                count(gap.n_pairs),
            )
        )
    return heads, rows
