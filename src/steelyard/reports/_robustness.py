"""What perturbations cost, as people read it: on a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.core import BrokenCase, Degradation, RobustnessReport
from steelyard.reports._bars import draw, make_axis
from steelyard.reports._clean import one_line
from steelyard.reports._markdown import escape_markdown
from steelyard.reports._markdown_table import markdown_table
from steelyard.reports._numbers import count
from steelyard.reports._scale import Scale, change_scale, level_scale
from steelyard.reports._table import Cell, Column, Style, table, wrap

DEGRADATION_HEADS = (
    "perturbation",
    "severity",
    "original",
    "perturbed",
    "degradation",
    "likely",
    "",
    "pairs",
)
BROKEN_HEADS = ("case", "perturbation", "question", "perturbed question", "expected", "answer", "answer then")
OBEYED_HEADS = ("injected text", "severity", "obeyed", "likely", "answers")
_BAR = 25
_SHOWN = 5
_CELL = 60
_STYLES: dict[str, Style] = {"worse": "fail", "better": "pass"}

Row = tuple[str, ...]


def degradation_word(item: Degradation) -> str:
    """`worse`, `better` or `can't tell`: what the interval says of the perturbed cases."""
    if item.interval is None:
        return "can't tell"
    low, high = item.interval
    return "worse" if low > 0 else "better" if high < 0 else "can't tell"


def robustness_headline(report: RobustnessReport) -> str:
    """One sentence that answers: what costs most."""
    first = report.metrics[0]
    listed = [item for item in report.degradations if item.gap.name == first]
    worse = [item for item in listed if degradation_word(item) == "worse"]
    if not worse:
        most = max((item.interval[1] for item in listed if item.interval), default=None)
        limit = "" if most is None else f"; none likely costs more than {_scale(listed).size(max(most, 0.0))}"
        return f"No perturbation lowers {one_line(first)} by more than chance{limit}."
    worst = max(worse, key=lambda item: item.degradation or 0.0)
    scale = _scale(listed)
    kinds = len({item.kind for item in worse})
    more = f" {kinds} of {len({item.kind for item in listed})} kinds cost something." if kinds > 1 else ""
    low, high = worst.interval or (0.0, 0.0)
    return (
        f"{one_line(first)} worsens by {scale.size(worst.degradation or 0.0)} under "
        f"{one_line(worst.kind)} of severity {worst.severity:g}, likely "
        f"{scale.size(low, unit=False)} to {scale.size(high)}.{more}"
    )


def robustness_facts(report: RobustnessReport) -> list[str]:
    """What was paired, left out, and must be known besides."""
    facts = []
    if report.left_out:
        listed = ", ".join(f"{one_line(name)}: {count(number)}" for name, number in report.left_out.items())
        facts.append(f"Cases that a kind could not change are left out: {listed}.")
    weak = sorted({one_line(item.gap.note, 200) for item in report.degradations if item.gap.note})
    return [*facts, *weak[:3], *map(one_line, report.notes)]


def degradation_rows(listed: Sequence[Degradation], *, bars: bool = True) -> list[Row]:
    """One row for each kind and severity of one metric; the kind stands in its first row only."""
    scale, levels = (
        _scale(listed),
        level_scale([side for item in listed for side in (item.gap.base, item.gap.candidate)]),
    )
    axis = make_axis(
        [item.interval for item in listed],
        cells=_BAR,
        values=[item.degradation for item in listed],
        marks=(0.0,),
    )
    rows: list[Row] = []
    kind = ""
    for item in listed:
        bar = draw(item.degradation, item.interval, axis, zero=0.0) if axis and bars else ""
        rows.append(
            (
                one_line(item.kind, 40) if item.kind != kind else "",
                f"{item.severity:g}",
                levels.value(item.gap.candidate.value),
                levels.value(item.gap.base.value),
                scale.change(item.degradation),
                scale.changes(item.interval) if item.interval else one_line(item.gap.note, 60),
                bar,
                count(item.gap.n_pairs),
            )
        )
        kind = item.kind
    return rows


def obeyed_rows(report: RobustnessReport) -> list[Row]:
    """How many answers obeyed an instruction hidden in the context."""
    if not report.obeyed:
        return []
    scale = level_scale([estimate for _, _, estimate in report.obeyed])
    return [
        (
            one_line(kind, 60),
            f"{severity:g}",
            scale.value(estimate.value),
            scale.levels(estimate.interval) if estimate.interval else one_line(estimate.note, 60),
            count(estimate.n),
        )
        for kind, severity, estimate in report.obeyed
    ]


def broken_row(item: BrokenCase, *, length: int = _CELL) -> Row:
    """A case that does worse, with both questions and answers."""
    return (
        one_line(item.case_id, 40),
        f"{one_line(item.kind, 40)} {item.severity:g}",
        one_line(item.input, length),
        one_line(item.perturbed_input, length),
        one_line(item.expected, length),
        one_line(item.original_output, length),
        one_line(item.perturbed_output, length),
    )


def render_robustness(report: RobustnessReport, *, width: int = 80, color: bool = False) -> str:
    """The headline, a bar table for each metric, obeyed injections, the worst cases, and the facts."""
    parts = [wrap(robustness_headline(report), width)]
    right = {"severity", "original", "perturbed", "degradation", "pairs", "obeyed", "answers"}
    for metric in report.metrics:
        listed = [item for item in report.degradations if item.gap.name == metric]
        ranks = {"original": 2, "perturbed": 2, "pairs": 1}
        columns = [
            Column(title=head, right=head in right, rank=ranks.get(head, 0)) for head in DEGRADATION_HEADS
        ]
        rows = [
            [
                Cell(text, _STYLES.get(degradation_word(item), "") if at == 4 else "")
                for at, text in enumerate(row)
            ]
            for item, row in zip(listed, degradation_rows(listed), strict=True)
        ]
        parts.append(f"{one_line(metric)}\n{table(columns, rows, width=width, color=color)}")
    if report.obeyed:
        columns = [
            Column(title=head, right=head in right, elastic=not at) for at, head in enumerate(OBEYED_HEADS)
        ]
        cells = [[Cell(text) for text in row] for row in obeyed_rows(report)]
        parts.append(table(columns, cells, width=width, color=color))
    if report.broken:
        columns = [
            Column(title=head, elastic=True, rank={0: 0, 1: 0, 3: 0, 6: 0}.get(at, 1))
            for at, head in enumerate(BROKEN_HEADS)
        ]
        cells = [[Cell(text) for text in broken_row(item)] for item in report.broken[:_SHOWN]]
        parts.append("Worst cases\n" + table(columns, cells, width=width, color=color))
    parts += [wrap(fact, width) for fact in robustness_facts(report)]
    return "\n\n".join(parts) + "\n"


def robustness_markdown(report: RobustnessReport) -> str:
    """The same as a Markdown section; foreign text stands in code, inert."""
    parts = [f"### {escape_markdown(robustness_headline(report))}"]
    heads = tuple(head for head in DEGRADATION_HEADS if head)
    for metric in report.metrics:
        listed = [item for item in report.degradations if item.gap.name == metric]
        rows = [(*row[:6], row[7]) for row in degradation_rows(listed, bars=False)]
        parts += [f"**{escape_markdown(one_line(metric))}**", markdown_table(heads, rows)]
    parts.append(markdown_table(OBEYED_HEADS, obeyed_rows(report)))
    broken = [broken_row(item) for item in report.broken]
    parts.append(markdown_table(BROKEN_HEADS, broken, code=range(2, 7)))
    parts += [f"- {escape_markdown(fact)}" for fact in robustness_facts(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _scale(listed: Sequence[Degradation]) -> Scale:
    return change_scale([item.gap for item in listed])
