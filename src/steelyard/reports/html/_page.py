"""What a report page holds: plain records that the template writes out, already in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from steelyard.core import Json
from steelyard.reports._facts import Facts
from steelyard.reports._steps import Step

Tone = Literal["", "pass", "fail", "unsure", "quiet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An interval drawn in a table row: positions from 0 to 100 on the axis its column shares."""

    low: float | None
    """Left end of the interval; None without one."""
    high: float | None
    """Right end."""
    value: float | None
    """The point."""
    zero: float | None = None
    """Where no change lies."""
    limit: float | None = None
    """Where the allowed drop or the bound lies."""
    label: str = ""
    """The same in words, for readers who do not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One cell of a table."""

    text: str
    """What it says."""
    facts: Facts = ()
    """Fine print on hover and focus."""
    bar: Bar | None = None
    """A picture instead of text."""
    tone: Tone = ""
    """Colour of meaning; the text says the same."""
    right: bool = False
    """Numbers align right."""
    sort: float | None = None
    """What sorting goes by, where it is not the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table with its heads."""

    caption: str
    """What it lists."""
    heads: tuple[str, ...]
    """Column heads; an empty one stands over bars."""
    rows: tuple[tuple[CellView, ...], ...]
    """The rows; the first cell of each is its head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """A plot, what it shows in words, and the table behind it."""

    id: str
    """Names it in links and downloads."""
    title: str
    """One line over it."""
    caption: str
    """How to read it, for people and screen readers."""
    spec: dict[str, Json]
    """A Vega-Lite specification."""
    table: TableView | None = None
    """The numbers of the plot; None where a table of the section already holds them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A part of the page: a head, then figures and tables."""

    title: str
    """Its head."""
    text: str = ""
    """What it comes to, in one sentence."""
    figures: tuple[FigureView, ...] = ()
    """Plots, each with its table."""
    tables: tuple[TableView, ...] = ()
    """Tables that belong to no single plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole report."""

    title: str
    """The document's title."""
    crumbs: tuple[str, ...]
    """Where we are: benchmark, kind of report."""
    headline: str
    """The answer, in one line."""
    sign: str
    """A mark that says the verdict without colour; empty for a run."""
    tone: Tone
    """Pass, fail, unsure, or none."""
    sentences: tuple[str, ...]
    """Why."""
    tally: str
    """How many answers broke and were fixed; empty when none."""
    steps: tuple[Step, ...]
    """What the reader can do."""
    notes: tuple[str, ...]
    """What the reader must know besides."""
    sections: tuple[SectionView, ...]
    """Plots and tables."""
    examples: tuple[dict[str, Json], ...]
    """Samples as the script reads them; empty when there are none or they were left out."""
    redacted: bool
    """True when inputs, expectations and outputs were left out on purpose."""
    facts: Facts
    """How and on what it was measured."""
