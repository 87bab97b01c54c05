"""Forest plots of differences and levels, as Vega-Lite specifications in plain dictionaries."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steelyard.core import Difference, Estimate, Interval, Json
from steelyard.reports._bars import level_axis
from steelyard.reports._chart_frame import Spec, framed, level_row, of_unit, tooltip
from steelyard.reports._clean import one_line
from steelyard.reports._headlines import change_digits
from steelyard.reports._numbers import say_change, say_interval, say_level, say_limit, unit_of
from steelyard.reports._verdicts import change_word

_WORDS = ("better", "worse", "as good", "not sure", "unchanged")
_SHAPES = ("triangle-up", "triangle-down", "circle", "diamond", "circle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line in a plot."""

    at: float
    """Where, in the units shown."""
    text: str
    """What it says."""


def forest_chart(
    differences: Sequence[Difference], labels: Sequence[str], *, limit: float | None = None
) -> Spec:
    """Differences with their intervals, one a row, against no change and what is allowed.

    All differences share one measure and direction; `limit` is where the allowed drop lies on the axis
    (signed). The axis always holds zero and the limit.
    """
    first = differences[0]
    unit = unit_of(first.measure)
    rows = [_forest_row(each, label, limit) for each, label in zip(differences, labels, strict=True)]
    marks = [Mark(at=0.0, text="no change")]
    if limit:
        marks.append(Mark(at=limit * unit.factor, text=f"you allow {say_limit(abs(limit), first.measure)}"))
    present = [word for word in _WORDS if any(row["word"] == word for row in rows)]
    points = [each.interval for each in differences], [each.difference for each in differences]
    x_title = _change_title(first)
    scale = _domain(*points, marks=[0.0, limit or 0.0], factor=unit.factor)
    color: Json = {
        "field": "word",
        "type": "nominal",
        "scale": {"domain": list(_WORDS), "range": "category"},
        "legend": {"title": None, "orient": "top", "values": list(present)},
    }
    shape: Json = {
        "field": "word",
        "type": "nominal",
        "scale": {"domain": list(_WORDS), "range": list(_SHAPES)},
        "legend": {"title": None, "orient": "top", "values": list(present)},
    }
    y = _rows_axis(labels)
    return framed(
        height=36 * max(len(rows), 1) + 8,
        layers=[
            *_mark_lines(marks, x_title, scale),
            {
                "data": {"values": list(rows)},
                "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round"},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                    "color": color,
                },
            },
            {
                "data": {"values": list(rows)},
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {
                    "y": y,
                    "x": {"field": "value", "type": "quantitative"},
                    "color": color,
                    "shape": shape,
                    "tooltip": tooltip("difference"),
                },
            },
        ],
    )


def estimate_chart(
    estimates: Sequence[Estimate], labels: Sequence[str], *, bound: float | None = None
) -> Spec:
    """Levels with their intervals, one a row, on an axis that fits them; a bound is a line."""
    first = estimates[0]
    unit = unit_of(first.measure)
    rows = [level_row(each, label) for each, label in zip(estimates, labels, strict=True)]
    marks = []
    if bound is not None:
        limit = say_limit(bound, first.measure, change=False)
        marks.append(Mark(at=bound * unit.factor, text=f"your limit: {limit}"))
    title = f"{one_line(first.name)}{of_unit(unit.value_suffix or unit.prefix)}"
    scale = _level_scale(estimates, bound)
    y = _rows_axis(labels)
    return framed(
        height=36 * max(len(rows), 1) + 8,
        layers=[
            *_mark_lines(marks, title, scale),
            {
                "data": {"values": list(rows)},
                "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round", "style": "estimate"},
                "encoding": {
                    "y": y,
                    "x": {
                        "field": "low",
                        "type": "quantitative",
                        "title": title,
                        "scale": scale,
                        "axis": {"tickCount": 8},
                    },
                    "x2": {"field": "high"},
                },
            },
            {
                "data": {"values": list(rows)},
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1, "style": "estimate"},
                "encoding": {
                    "y": y,
                    "x": {"field": "value", "type": "quantitative"},
                    "tooltip": tooltip("value"),
                },
            },
        ],
    )


def _forest_row(difference: Difference, label: str, limit: float | None) -> dict[str, Json]:
    factor = unit_of(difference.measure).factor
    digits = change_digits(difference, None if limit is None else abs(limit))
    low, high = difference.interval or (None, None)
    return {
        "label": label,
        "value": None if difference.difference is None else difference.difference * factor,
        "low": None if low is None else low * factor,
        "high": None if high is None else high * factor,
        "word": change_word(difference).removesuffix(" (shown only)"),
        "said": say_change(difference.difference, difference.measure, digits=digits),
        "spread": f"{say_level(difference.level)}: "
        + say_interval(difference.interval, difference.measure, signed=True, digits=digits),
        "n": difference.n_pairs,
        "method": difference.method,
    }


def _mark_lines(marks: Sequence[Mark], title: str, scale: Json) -> list[Json]:
    """Dashed lines with their words above the plot, leaning away from each other."""
    if not marks:
        return []
    x: Json = {
        "field": "at",
        "type": "quantitative",
        "title": title,
        "scale": scale,
        "axis": {"tickCount": 8},
    }
    rows: list[Json] = [{"at": mark.at, "text": mark.text} for mark in marks]
    leftmost = min(mark.at for mark in marks)
    layers: list[Json] = [
        {"data": {"values": rows}, "mark": {"type": "rule", "strokeDash": [4, 3]}, "encoding": {"x": x}}
    ]
    for mark in marks:
        to_left = len(marks) > 1 and mark.at == leftmost
        side: dict[str, Json] = {"align": "right", "dx": -4} if to_left else {"align": "left", "dx": 4}
        layers.append(
            {
                "data": {"values": [{"at": mark.at, "text": mark.text}]},
                "mark": {"type": "text", "baseline": "bottom", **side},
                "encoding": {"x": x, "y": {"value": -2}, "text": {"field": "text"}},
            }
        )
    return layers


def _rows_axis(labels: Sequence[str]) -> Json:
    return {
        "field": "label",
        "type": "nominal",
        "title": None,
        "sort": list(labels),
        "axis": {"ticks": False, "domain": False, "labelPadding": 8, "grid": False},
    }


def _change_title(difference: Difference) -> str:
    plain = f"candidate − baseline{of_unit(unit_of(difference.measure).change_suffix)}"
    if difference.direction == "neither":
        return plain
    left, right = ("worse", "better") if difference.direction == "higher" else ("better", "worse")
    return f"← {left}  ·  {plain}  ·  {right} →"


def _domain(
    intervals: Iterable[Interval | None],
    values: Iterable[float | None],
    *,
    marks: Sequence[float],
    factor: float,
) -> dict[str, Json]:
    """A scale that holds everything drawn, with a little room on both sides."""
    points = [limit for interval in intervals if interval for limit in interval]
    points += [value for value in values if value is not None]
    points = [point * factor for point in (*points, *marks) if math.isfinite(point)]
    if not points:
        return {"zero": False}
    low, high = min(points), max(points)
    spread = high - low or abs(high) or 1.0
    outer = [mark * factor for mark in marks]
    left, right = (0.18 if outer and edge in (min(outer), max(outer)) else 0.06 for edge in (low, high))
    return {"domain": [low - left * spread, high + right * spread], "zero": False, "nice": False}


def _level_scale(estimates: Sequence[Estimate], bound: float | None) -> dict[str, Json]:
    """The scale that tables use for the same levels, wide enough for the bound."""
    factor = unit_of(estimates[0].measure).factor
    axis = level_axis(estimates, cells=101)
    if axis is None:
        return {"zero": False}
    low, high = axis.low, axis.high
    if bound is not None:
        low, high = min(low, bound), max(high, bound)
    return {"domain": [low * factor, high * factor], "nice": False}
