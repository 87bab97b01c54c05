"""The record of a single estimate, and the checks and steps that every estimator shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from steelyard.core import Interval, StatisticsError

Range = tuple[float | None, float | None]
"""Lowest and highest possible value; None where there is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanResult:
    """A mean, rate, quantile or corpus-level value with its interval."""

    value: float | None
    """The point estimate; None when there is nothing to estimate, and `note` says why."""
    interval: Interval | None
    """Lower and upper limit at `level`; None when the data cannot give one, and `note` says why."""
    level: float
    """Two-sided coverage."""
    method: str
    """The procedure in words."""
    n: int
    """Observations behind the value."""
    n_units: int
    """Independent units among them: clusters, or as many as observations."""
    effective_n: float | None = None
    """Independent equally weighted observations that would say as much; None when unknown."""
    gateable: bool = True
    """False when the figure may be shown but must not decide."""
    note: str = ""
    """A warning or an explanation in words."""


def check_level(level: float) -> None:
    """Raise StatisticsError unless 0 < level < 1."""
    if not 0.0 < level < 1.0:
        raise StatisticsError(f"a level must lie between 0 and 1, not {level!r}", hint="Write 95 % as 0.95")


def clipped(interval: Interval | None, value: float, value_range: Range) -> Interval | None:
    """The interval within the range of possible values; it always holds the value itself.

    An infinite limit becomes the end of the range; without such an end there is no interval.
    """
    if interval is None:
        return None
    lowest, highest = value_range
    low = interval[0] if lowest is None else max(interval[0], lowest)
    high = interval[1] if highest is None else min(interval[1], highest)
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return min(low, value), max(high, value)


def sentences(*notes: str) -> str:
    """Notes joined into one text, empty ones left out."""
    return "; ".join(note for note in notes if note)


def sentence(note: str) -> str:
    """A note as a sentence of its own."""
    return f"{note[0].upper()}{note[1:]}." if note else ""


def nothing(level: float, *, method: str = "none", note: str = "nothing was scored") -> MeanResult:
    """The result of no observations."""
    return MeanResult(
        value=None,
        interval=None,
        level=level,
        method=method,
        n=0,
        n_units=0,
        gateable=False,
        note=note,
    )
