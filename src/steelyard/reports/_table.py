"""Plain-text tables that fit a width: columns shrink first, the least needed ones go next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from rich.cells import cell_len, set_cell_size

from steelyard.reports._numbers import glued

Style = Literal["", "pass", "fail", "unsure", "grey", "strong"]

_CODES: dict[str, str] = {
    "pass": "\x1b[32m",
    "fail": "\x1b[31m",
    "unsure": "\x1b[33m",
    "grey": "\x1b[90m",
    "strong": "\x1b[1m",
}
_RESET = "\x1b[0m"
_GAP = "  "
_SMALLEST = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    title: str
    """Its head."""
    right: bool = False
    """Align to the right, as numbers are."""
    elastic: bool = False
    """May be shortened with `…` when the screen is narrow."""
    wraps: bool = False
    """Instead of being shortened, runs on in further lines."""
    rank: int = 0
    """0: always shown; columns of the highest rank are left out first, together, on a narrow screen."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, and the style that repeats what the text says."""

    text: str
    """The text; cleaned by whoever made the cell."""
    style: Style = ""
    """Only ever beside a word or sign of the same meaning."""


def paint(text: str, style: Style, *, color: bool) -> str:
    """The text in its style, or as it is when colour is off."""
    return f"{_CODES[style]}{text}{_RESET}" if color and style and text else text


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int, color: bool) -> str:
    """The table with its head, no line wider than `width` where its columns allow it."""
    kept, widths = _fit(columns, rows, width)
    lines = [
        _line([Cell(columns[i].title, "grey") for i in kept], [columns[i] for i in kept], widths, color=color)
    ]
    lines += [_line([row[i] for i in kept], [columns[i] for i in kept], widths, color=color) for row in rows]
    return "\n".join(line for line in lines if line)


def wrap(text: str, width: int, *, indent: str = "", hanging: str | None = None) -> str:
    """Wrapped prose; numbers stay with their units."""
    lines = textwrap.wrap(
        glued(text),
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_on_hyphens=False,
        break_long_words=True,
    )
    return "\n".join(lines).replace("\u00a0", " ")


def facts_line(facts: Iterable[str], width: int) -> str:
    """Facts side by side with dots between; a short fact is not broken over two lines."""
    kept = [fact.replace(" ", "\u00a0") if len(fact) <= 40 else fact for fact in facts if fact]
    return wrap(" · ".join(kept), width, hanging="  ")


def _fit(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int
) -> tuple[list[int], list[int]]:
    natural = [
        max(cell_len(column.title), *(cell_len(row[i].text) for row in rows), 0)
        if rows
        else cell_len(column.title)
        for i, column in enumerate(columns)
    ]
    kept = list(range(len(columns)))
    while True:
        widths = _shrunk([natural[i] for i in kept], [columns[i] for i in kept], width)
        droppable = [i for i in kept if columns[i].rank > 0]
        if _total(widths) <= width or not droppable:
            return kept, widths
        highest = max(columns[i].rank for i in droppable)
        kept = [i for i in kept if columns[i].rank != highest]


def _shrunk(natural: Sequence[int], columns: Sequence[Column], width: int) -> list[int]:
    widths = list(natural)
    elastic = [i for i, column in enumerate(columns) if column.elastic]
    floors = [min(size, _SMALLEST) for size in widths]
    while _total(widths) > width:
        open_ones = [i for i in elastic if widths[i] > floors[i]]
        if not open_ones:
            break
        widest = max(open_ones, key=lambda i: widths[i])
        widths[widest] -= 1
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _line(cells: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], *, color: bool) -> str:
    stacks = [
        _stack(cell.text, size) if column.wraps else [_cut(cell.text, size)]
        for cell, column, size in zip(cells, columns, widths, strict=True)
    ]
    lines = []
    for row in zip_longest(*stacks, fillvalue=""):
        parts = []
        for text, cell, column, size in zip(row, cells, columns, widths, strict=True):
            padding = " " * (size - cell_len(text))
            painted = paint(text, cell.style, color=color)
            parts.append(padding + painted if column.right else painted + padding)
        lines.append(_GAP.join(parts).rstrip())
    return "\n".join(lines)


def _stack(text: str, size: int) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()))
    lines = textwrap.wrap(glued(text), max(size, 1), subsequent_indent=indent)
    return [_cut(line.replace("\u00a0", " "), size) for line in lines] or [""]


def _cut(text: str, size: int) -> str:
    if cell_len(text) <= size:
        return text
    return set_cell_size(text, max(size - 1, 0)).rstrip() + "…"
