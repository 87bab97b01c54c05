"""Differences as a terminal table: one row each, bars on a shared axis, metrics as headings over slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from steelyard.core import Comparison, Difference
from steelyard.reports._bars import Axis, axis_labels, draw, make_axis
from steelyard.reports._clean import one_line
from steelyard.reports._experts import judged_count
from steelyard.reports._rows import WITHIN, by_measure, by_metric, change_rows
from steelyard.reports._scale import allowed_limit, change_scale, has_width, is_unchanged
from steelyard.reports._table import Cell, Column, Style, table

LEGEND = "bars: ● measured, ├─┤ likely, │ no change, ┊ your limit; worse ← → better unless said under them"

_BACKWARD = "better ← → worse"
_STYLES: dict[str, Style] = {"better": "pass", "worse": "fail", "equivalent": "", "inconclusive": "unsure"}
_BAR_COLUMN = 5
_ENOUGH, _LONGEST = 16, 28
_DROPPED: tuple[tuple[int, ...], ...] = ((), (5,), (5, 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the table, its bar not yet drawn."""

    cells: tuple[Cell, ...]
    difference: Difference | None = None


def difference_table(
    comparison: Comparison, differences: Sequence[Difference], title: str, *, width: int, color: bool
) -> str:
    """The table; `title` heads its first column."""
    columns = (
        Column(title=title, elastic=True, wraps=True),
        Column(title="baseline", right=True, rank=5),
        Column(title="candidate", right=True, rank=5),
        Column(title="difference", right=True),
        Column(title="likely", right=True, rank=2),
        Column(title="", rank=3),
        Column(title="against old"),
        Column(title="n", right=True, rank=4),
    )
    headings = bool(differences[0].slice) and len({each.name for each in differences}) > 1
    groups = [(group, _texts(group, comparison, headings=headings)) for group in by_measure(differences)]
    cells = _bar_width(columns, [row for _, rows in groups for row in rows], width)
    lines: list[tuple[Cell, ...]] = []
    for group, rows in groups:
        lines += _with_bars(rows, group, comparison=comparison, cells=cells)
    return table(columns, lines, width=width, color=color)


def _bar_width(columns: Sequence[Column], rows: Sequence[_Row], width: int) -> int:
    """What the other columns leave over, within reason; columns go, as in `table`, before bars get short."""
    widths = [
        max(cell_len(column.title), *(cell_len(row.cells[i].text) for row in rows))
        for i, column in enumerate(columns)
    ]
    for dropped in _DROPPED:
        kept = [size for size, column in zip(widths, columns, strict=True) if column.rank not in dropped]
        room = width - sum(kept) - 2 * (len(kept) - 1)
        if room >= _ENOUGH:
            return min(room, _LONGEST)
    return _ENOUGH


def _texts(group: Sequence[Difference], comparison: Comparison, *, headings: bool) -> list[_Row]:
    """The rows of a group without their bars, each metric under its heading where slices have several."""
    said = dict(zip(map(id, group), change_rows(group, comparison), strict=True))
    rows = []
    for metric in by_metric(group):
        if headings:
            rows.append(_Row(cells=_only(0, Cell(one_line(metric[0].name), "strong"))))
        for each in metric:
            row = said[id(each)]
            cells = (
                Cell(f"{'  ' if headings else ''}{_label(each)}"),
                Cell(row.base, "grey"),
                Cell(row.candidate, "grey"),
                Cell(row.change, "strong"),
                Cell(row.likely),
                Cell(""),
                Cell(row.word, _word_style(each, row.word)),
                Cell(judged_count(each.n_pairs, each.judge), "grey"),
            )
            rows.append(_Row(cells=cells, difference=each))
    return rows


def _with_bars(
    rows: Sequence[_Row], group: Sequence[Difference], *, comparison: Comparison, cells: int
) -> list[tuple[Cell, ...]]:
    measured = [each for each in group if has_width(each.interval) and not is_unchanged(each)]
    limits = [limit for each in measured if (limit := allowed_limit(each, comparison)) is not None]
    marks = list(dict.fromkeys((0.0, *limits)))
    axis = make_axis(
        (each.interval for each in measured),
        cells=cells,
        values=(each.difference for each in measured),
        marks=marks if measured else (),
    )
    if axis is None:
        return [row.cells for row in rows]
    lines = []
    for row in rows:
        bar = "" if row.difference is None else _bar(row.difference, comparison, axis)
        lines.append((*row.cells[:_BAR_COLUMN], Cell(bar), *row.cells[_BAR_COLUMN + 1 :]))
    unit = change_scale(group, comparison).unit
    lines.append(_only(_BAR_COLUMN, Cell(axis_labels(axis, unit, marks=marks, change=True), "grey")))
    if group[0].direction == "lower":
        lines.append(_only(_BAR_COLUMN, Cell(_BACKWARD.center(cells).rstrip(), "grey")))
    return lines


def _bar(difference: Difference, comparison: Comparison, axis: Axis) -> str:
    interval = None if is_unchanged(difference) else difference.interval
    limit = allowed_limit(difference, comparison)
    return draw(difference.difference, interval, axis, zero=0.0, limit=limit)


def _word_style(difference: Difference, word: str) -> Style:
    return "" if is_unchanged(difference) or word.startswith(WITHIN) else _STYLES[difference.verdict]


def _only(column: int, cell: Cell) -> tuple[Cell, ...]:
    return tuple(cell if i == column else Cell("") for i in range(8))


def _label(difference: Difference) -> str:
    return one_line(difference.slice.partition("=")[2] if difference.slice else difference.name)
