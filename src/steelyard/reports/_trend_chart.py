"""A metric over runs: points with their intervals, a band, and marks where something was released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.core import Estimate, Json
from steelyard.reports._chart_frame import Spec, framed, level_row, tooltip
from steelyard.reports._clean import one_line
from steelyard.reports._scale import level_scale

_LABEL = 14
_FEW = 5
"""So few runs leave room for longer labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One run's value of the metric."""

    estimate: Estimate
    """The value with its interval."""
    label: str
    """What people call the run."""
    moment: str
    """When it began, as it is shown."""
    stretch: str
    """What must stay the same for neighbours to be joined: the benchmark version."""
    release: str = ""
    """The release that the run stands for."""


def trend_chart(points: Sequence[TrendPoint]) -> Spec:
    """Runs in the order in which they began, evenly spaced, on one axis that fits their intervals.

    A band joins neighbours that were measured on the same cases; a dashed line marks a release.
    """
    estimates = [point.estimate for point in points]
    numbers = level_scale(estimates)
    room = 2 * _LABEL if len(points) <= _FEW else _LABEL
    rows = [
        {
            **level_row(point.estimate, one_line(point.label), numbers),
            "place": f"{place:03d}{one_line(point.label, room)}",
            "when": point.moment,
            "stretch": point.stretch,
        }
        for place, point in enumerate(points)
    ]
    marks: list[Json] = [
        {"place": row["place"], "text": f"released: {_short(point.release)}"}
        for row, point in zip(rows, points, strict=True)
        if point.release
    ]
    value = (numbers.unit.value_suffix or numbers.unit.prefix).strip() or "value"
    x = _places(rows)
    low: Json = {"field": "low", "type": "quantitative", "title": value, "scale": {"zero": False}}
    return framed(
        height=200,
        layers=[
            {
                "data": {"values": list(rows)},
                "mark": {"type": "area", "fillOpacity": 0.12, "strokeWidth": 0, "style": "estimate"},
                "encoding": {
                    "x": x,
                    "y": low,
                    "y2": {"field": "high"},
                    "detail": {"field": "stretch", "type": "nominal"},
                },
            },
            *_release_marks(marks, x),
            {
                "data": {"values": list(rows)},
                "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round", "style": "estimate"},
                "encoding": {"x": x, "y": low, "y2": {"field": "high"}},
            },
            {
                "data": {"values": list(rows)},
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "style": "estimate"},
                "encoding": {
                    "x": x,
                    "y": {"field": "value", "type": "quantitative"},
                    "tooltip": [*_as_list(tooltip("value")), {"field": "when", "title": "began"}],
                },
            },
        ],
    )


def _places(rows: Sequence[dict[str, Json]]) -> Json:
    """Places in order; their numbers keep runs of one name apart, and are not shown."""
    return {
        "field": "place",
        "type": "ordinal",
        "title": None,
        "sort": [row["place"] for row in rows],
        "scale": {"type": "point", "padding": 0.5},
        "axis": {
            "labelExpr": "slice(datum.label, 3)",
            "labelAngle": -35 if len(rows) > 6 else 0,
            "labelOverlap": True,
            "grid": False,
        },
    }


def _release_marks(marks: list[Json], x: Json) -> list[Json]:
    if not marks:
        return []
    line: Json = {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5, "style": "limit"}
    words: Json = {"type": "text", "baseline": "bottom", "align": "center"}
    return [
        {"data": {"values": marks}, "mark": line, "encoding": {"x": x}},
        {
            "data": {"values": marks},
            "mark": words,
            "encoding": {"x": x, "y": {"value": -2}, "text": {"field": "text"}},
        },
    ]


def _short(text: str) -> str:
    return one_line(text, _LABEL)


def _as_list(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list) else []
