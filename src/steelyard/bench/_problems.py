"""Broken places of a file, collected so that all are reported at once and nothing is half-imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from steelyard.core import InputError

_MOST_DETAILS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One broken place."""

    line: int
    """Line or row number as an editor or a spreadsheet shows it; 0: the file as a whole."""
    field: str
    """The field or column at fault; empty: the whole row."""
    reason: str
    """What is wrong and, where it is not plain, what to write instead."""

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "file"
        return f"{place}, {self.field}: {self.reason}" if self.field else f"{place}: {self.reason}"


@dataclass(slots=True)
class Problems:
    """The broken places of one file."""

    path: Path
    """The file."""
    found: list[Problem] = field(default_factory=list)
    """In the order they were met."""

    def add(self, line: int, name: str, reason: str) -> None:
        """Note one broken place."""
        self.found.append(Problem(line=line, field=name, reason=reason))

    def raise_if_any(self) -> None:
        """Raise one InputError that names the first place and the count, and lists all places."""
        if not self.found:
            return
        self.found.sort(key=lambda problem: problem.line)
        first = self.found[0]
        rows = len({problem.line for problem in self.found})
        message = f"{first.field}: {first.reason}" if first.field else first.reason
        if len(self.found) > 1:
            message += f" (the first of {len(self.found):,} problems in {rows:,} rows)"
        details = [str(problem) for problem in self.found[:_MOST_DETAILS]]
        if len(self.found) > _MOST_DETAILS:
            details.append(f"and {len(self.found) - _MOST_DETAILS:,} more")
        raise InputError(
            message,
            where=f"{self.path}:{first.line}" if first.line else str(self.path),
            hint="Mend it and try again: nothing was imported",
            details=details,
        )


def shown(value: object, limit: int = 60) -> str:
    """A value as it may stand in a message: short, on one line, printable."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
