"""Forest plots of differences and levels, as Vega-Lite specifications in plain dictionaries."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steelyard.core import Comparison, Difference, Estimate, Interval, Json
from steelyard.reports._bars import level_axis
from steelyard.reports._chart_frame import Spec, framed, level_row, of_unit, tooltip
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import Unit, say_level, say_limit
from steelyard.reports._rows import WITHIN, ChangeRow, change_rows, is_within, plain_word
from steelyard.reports._scale import allowed_limit, change_scale, is_unchanged, level_scale

_WORDS = ("better", "worse", "same", "can't tell", "unchanged", WITHIN)
_SHAPES = ("triangle-up", "triangle-down", "circle", "diamond", "square", "circle")

_LINE = 15
_LABEL = 30
_LABEL_PART = re.compile(r"[^\s,:/·]*[\s,:/·]*")
_LEGEND: dict[str, Json] = {"title": None, "orient": "top", "offset": 42, "columnPadding": 18}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line in a plot."""

    at: float
    """Where, in the units shown."""
    text: str
    """What it says."""
    dashed: bool = False
    """A limit that somebody set, rather than no change."""


def forest_chart(differences: Sequence[Difference], labels: Sequence[str], *, comparison: Comparison) -> Spec:
    """Differences with their intervals, one a row, against no change and what is allowed.

    All differences share one measure, direction and allowed drop. The axis always holds zero and the limit.
    """
    first = differences[0]
    labels = [_in_lines(label) for label in labels]
    unit = change_scale(differences, comparison).unit
    limit = allowed_limit(first, comparison)
    said = change_rows(differences, comparison)
    rows = [
        _forest_row(each, label, said=row, word=_chart_word(each, comparison), unit=unit)
        for each, label, row in zip(differences, labels, said, strict=True)
    ]
    marks = [Mark(at=0.0, text="no change")]
    if limit:
        allowed = f"you allow {say_limit(abs(limit), first.measure)}"
        marks.append(Mark(at=limit * unit.factor, text=allowed, dashed=True))
    present = [word for word in _WORDS if any(row["word"] == word for row in rows)]
    drawn = [None if is_unchanged(each) else each.interval for each in differences]
    points = drawn, [each.difference for each in differences]
    x_title = _change_title(first, unit)
    scale = _domain(*points, marks=[0.0, limit or 0.0], factor=unit.factor)
    color: Json = {
        "field": "word",
        "type": "nominal",
        "scale": {"domain": list(_WORDS), "range": "category"},
        "legend": dict(_LEGEND, values=list(present)),
    }
    shape: Json = {
        "field": "word",
        "type": "nominal",
        "scale": {"domain": list(_WORDS), "range": list(_SHAPES)},
        "legend": dict(_LEGEND, values=list(present)),
    }
    y = _rows_axis(labels)
    return framed(
        height=_height(labels),
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
    labels = [_in_lines(label) for label in labels]
    numbers = level_scale(estimates, marks=() if bound is None else (bound,))
    unit = numbers.unit
    rows = [level_row(each, label, numbers) for each, label in zip(estimates, labels, strict=True)]
    marks = []
    if bound is not None:
        limit = say_limit(bound, first.measure, change=False)
        marks.append(Mark(at=bound * unit.factor, text=f"your limit: {limit}", dashed=True))
    title = f"{one_line(first.name)}{of_unit(unit.value_suffix or unit.prefix)}"
    scale = _level_scale(estimates, bound, unit)
    y = _rows_axis(labels)
    return framed(
        height=_height(labels),
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


def _chart_word(difference: Difference, comparison: Comparison) -> str:
    word = plain_word(difference)
    return WITHIN if word == "can't tell" and is_within(difference, comparison) else word


def _forest_row(
    difference: Difference, label: str, *, said: ChangeRow, word: str, unit: Unit
) -> dict[str, Json]:
    low, high = (None if is_unchanged(difference) else difference.interval) or (None, None)
    return {
        "label": label,
        "value": None if difference.difference is None else difference.difference * unit.factor,
        "low": None if low is None else low * unit.factor,
        "high": None if high is None else high * unit.factor,
        "word": word,
        "said": said.change,
        "spread": f"{say_level(difference.level)}: {said.likely or 'no chance in identical answers'}",
        "n": difference.n_pairs,
        "method": difference.method,
    }


def _mark_lines(marks: Sequence[Mark], title: Json, scale: dict[str, Json]) -> list[Json]:
    """Lines with their words above the plot, leaning inwards, one above the other; limits are dashed."""
    x: Json = {
        "field": "at",
        "type": "quantitative",
        "title": title,
        "scale": scale,
        "axis": {"tickCount": 8},
    }
    layers: list[Json] = []
    for level, mark in enumerate(marks):
        line: dict[str, Json] = {"type": "rule", "strokeWidth": 1.5}
        if mark.dashed:
            line |= {"strokeDash": [5, 4], "style": "limit"}
        row: Json = {"at": mark.at, "text": mark.text}
        layers.append({"data": {"values": [row]}, "mark": line, "encoding": {"x": x}})
        side: dict[str, Json] = {"align": "left", "dx": 4}
        if _in_right_half(mark.at, scale):
            side = {"align": "right", "dx": -4}
        layers.append(
            {
                "data": {"values": [row]},
                "mark": {"type": "text", "baseline": "bottom", **side},
                "encoding": {"x": x, "y": {"value": -2 - _LINE * level}, "text": {"field": "text"}},
            }
        )
    return layers


def _in_right_half(at: float, scale: dict[str, Json]) -> bool:
    domain = scale.get("domain")
    if not isinstance(domain, list):
        return False
    low, high = (float(str(end)) for end in domain)
    return at > (low + high) / 2


def _rows_axis(labels: Sequence[str]) -> Json:
    return {
        "field": "label",
        "type": "nominal",
        "title": None,
        "sort": list(labels),
        "axis": {
            "ticks": False,
            "domain": False,
            "labelPadding": 8,
            "grid": False,
            "labelExpr": "split(datum.label, '\\n')",
        },
    }


def _height(labels: Sequence[str]) -> int:
    """Room for the rows, each as high as the label with the most lines."""
    lines = max((label.count("\n") + 1 for label in labels), default=1)
    return max(36, 15 * lines + 12) * max(len(labels), 1) + 8


def _in_lines(label: str) -> str:
    """The label in lines that fit beside the plot: a metric's key names its settings, so it may be long."""
    lines = [""]
    for part in _LABEL_PART.findall(label):
        for at in range(0, len(part), _LABEL):
            piece = part[at : at + _LABEL]
            if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > _LABEL:
                lines.append("")
            lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _change_title(difference: Difference, unit: Unit) -> Json:
    plain = f"candidate − baseline{of_unit(unit.change_suffix)}"
    if difference.direction == "neither":
        return plain
    left, right = ("worse", "better") if difference.direction == "higher" else ("better", "worse")
    return [f"← {left}  ·  {right} →", plain]


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
    left, right = (0.08 if outer and edge in (min(outer), max(outer)) else 0.06 for edge in (low, high))
    return {"domain": [low - left * spread, high + right * spread], "zero": False, "nice": False}


def _level_scale(estimates: Sequence[Estimate], bound: float | None, unit: Unit) -> dict[str, Json]:
    """The scale that tables use for the same levels, wide enough for the bound."""
    axis = level_axis(estimates, cells=101, marks=() if bound is None else (bound,))
    if axis is None:
        return {"zero": False}
    return {"domain": [axis.low * unit.factor, axis.high * unit.factor], "nice": False}
