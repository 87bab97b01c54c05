"""Intervals drawn in text on a shared axis: `├──●──┤`, with lines at zero and at what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steelyard.core import Estimate, Interval
from steelyard.reports._numbers import Unit, number, unit_of

ZERO = "│"
LIMIT = "┊"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A stretch of numbers laid over a number of character cells."""

    low: float
    """The number at the left edge."""
    high: float
    """The number at the right edge."""
    cells: int
    """Characters from edge to edge."""

    def cell(self, value: float) -> int:
        """The cell a number falls in, clipped to the edges."""
        share = (value - self.low) / (self.high - self.low)
        return min(max(round(share * (self.cells - 1)), 0), self.cells - 1)


def make_axis(
    intervals: Iterable[Interval | None],
    *,
    cells: int,
    values: Iterable[float | None] = (),
    marks: Sequence[float] = (),
    limits: Interval | None = None,
) -> Axis | None:
    """An axis with round ends that holds every finite number and mark; None when there is none.

    `limits` is where the measure itself ends (0 and 1 for a share): padding never goes beyond.
    """
    points = [limit for interval in intervals if interval for limit in interval]
    points += [value for value in values if value is not None]
    points = [point for point in (*points, *marks) if math.isfinite(point)]
    if not points:
        return None
    low, high = min(points), max(points)
    if high <= low:
        reach = abs(low) * 0.1 or 1.0
        low, high = low - reach, high + reach
    step = _step((high - low) / 8)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    if limits is not None:
        low, high = max(low, limits[0]), min(high, limits[1])
    return Axis(low=low, high=high, cells=cells) if high > low else None


def level_axis(estimates: Sequence[Estimate], *, cells: int, marks: Sequence[float] = ()) -> Axis | None:
    """An axis for levels of one measure: zoomed in to tell several rows apart, else from zero.

    A single interval, or shares that spread over half of the scale, are shown on the whole scale
    (0 to 100 % for shares), so that the picture does not blow up what is small. `marks`, such as a bound,
    are on the axis too.
    """
    intervals = [each.interval for each in estimates]
    values = [each.value for each in estimates]
    share = bool(estimates) and all(each.measure == "share" for each in estimates)
    points = [limit for interval in intervals if interval for limit in interval]
    points += [value for value in values if value is not None]
    points += marks
    wide = bool(points) and max(points) - min(points) > 0.5
    alone = len(estimates) == 1
    whole = (alone or wide) if share else alone
    inside = share and all(0.0 <= point <= 1.0 for point in points)
    ends = ([0.0, 1.0] if inside else [0.0]) if whole else []
    limits = (0.0, 1.0) if inside else None
    return make_axis(intervals, cells=cells, values=values, marks=[*ends, *marks], limits=limits)


def draw(
    value: float | None,
    interval: Interval | None,
    axis: Axis,
    *,
    zero: float | None = None,
    limit: float | None = None,
) -> str:
    """One interval as text; `◂` and `▸` say that it runs on beyond the axis."""
    cells = [" "] * axis.cells
    if limit is not None and axis.low <= limit <= axis.high:
        cells[axis.cell(limit)] = LIMIT
    if zero is not None and axis.low <= zero <= axis.high:
        cells[axis.cell(zero)] = ZERO
    if interval is not None:
        start, end = axis.cell(interval[0]), axis.cell(interval[1])
        for i in range(start, end + 1):
            cells[i] = "┼" if cells[i] in (ZERO, LIMIT) else "─"
        cells[start] = "├" if interval[0] >= axis.low else "◂"
        cells[end] = "┤" if interval[1] <= axis.high else "▸"
    if value is not None:
        cells[axis.cell(value)] = "●"
    return "".join(cells)


def axis_labels(axis: Axis, measure: str | Unit, *, marks: Sequence[float] = (), change: bool = False) -> str:
    """Numbers under the axis: both ends and the marks, as many as fit side by side."""
    unit = unit_of(measure)
    digits = max(0, -math.floor(math.log10((axis.high - axis.low) * unit.factor) - 0.7))
    inside = [mark for mark in marks if axis.low <= mark <= axis.high]
    line = [" "] * axis.cells
    taken = [False] * axis.cells
    for value in (axis.low, axis.high, *inside):
        places = digits
        while places < 6 and not math.isclose(
            round(value * unit.factor, places), value * unit.factor, abs_tol=1e-9
        ):
            places += 1
        text = number(value * unit.factor, places)
        text = f"+{text}" if change and value > 0 else text
        _place(line, taken, text, axis.cell(value))
    return "".join(line).rstrip()


def _place(line: list[str], taken: list[bool], text: str, center: int) -> None:
    start = min(max(center - len(text) // 2, 0), len(line) - len(text))
    around = range(max(start - 1, 0), min(start + len(text) + 1, len(line)))
    if start < 0 or any(taken[i] for i in around):
        return
    for offset, character in enumerate(text):
        line[start + offset] = character
        taken[start + offset] = True


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * lead for lead in (1, 2, 5, 10) if power * lead >= rough)
