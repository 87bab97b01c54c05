"""The promises table: what each procedure promises, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination of a simulation's grid."""

    label: str
    """What it is, such as `n=20 p=.95`."""
    share: float
    """Share of samples whose interval held the truth, or of false passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    procedure: str
    """What was measured."""
    promise: str
    """What is promised, in words."""
    cells: tuple[Cell, ...]
    """Every cell."""
    is_error: bool
    """Whether shares count errors: the worst is then the largest."""

    @property
    def mean(self) -> float:
        """Mean over the cells."""
        return sum(cell.share for cell in self.cells) / len(self.cells)

    @property
    def worst(self) -> Cell:
        """The cell farthest from what one wants."""
        pick = max if self.is_error else min
        return pick(self.cells, key=lambda cell: cell.share)


@dataclass(slots=True)
class Promises:
    """Rows as they are measured."""

    rows: list[Row] = field(default_factory=list)

    def measured(self, procedure: str, cells: Sequence[Cell], *, promise: str, is_error: bool = False) -> Row:
        """Add a row and return it, for the test that holds it to its promise."""
        row = Row(procedure=procedure, promise=promise, cells=tuple(cells), is_error=is_error)
        self.rows.append(row)
        return row

    def lines(self) -> list[str]:
        """The table as text."""
        head = ("procedure", "promise", "cells", "mean", "worst", "worst cell")
        body = [
            (
                row.procedure,
                row.promise,
                f"{len(row.cells):,}",
                f"{row.mean:.2%}",
                f"{row.worst.share:.2%}",
                row.worst.label,
            )
            for row in self.rows
        ]
        widths = [max(len(line[column]) for line in (head, *body)) for column in range(len(head))]
        ruled = (head, tuple("─" * width for width in widths), *body)
        return [
            "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)) for line in ruled
        ]
