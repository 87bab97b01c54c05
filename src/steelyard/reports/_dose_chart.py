"""Degradation against severity, one line a kind with the band of its intervals, as Vega-Lite."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.core import Degradation, Json
from steelyard.reports._chart_frame import Spec, framed, of_unit
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import say_level
from steelyard.reports._scale import Scale, change_scale

# Okabe and Ito 2008, Color universal design: told apart by colour-blind readers, on light and dark pages.
_INKS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "wedge", "triangle-left")

_TOOLTIP: Json = [
    {"field": "kind", "title": "perturbation"},
    {"field": "severity", "title": "severity"},
    {"field": "said", "title": "degradation"},
    {"field": "spread", "title": "interval"},
    {"field": "n", "title": "pairs"},
    {"field": "method", "title": "method"},
]


def dose_chart(listed: Sequence[Degradation]) -> Spec:
    """What each kind costs by severity: points, bars of the intervals, and bands where there are several.

    All entries are of one metric. Above the line at 0 the perturbed cases do worse.
    """
    scale = change_scale([item.gap for item in listed])
    kinds = list(dict.fromkeys(one_line(item.kind, 60) for item in listed))
    rows = [_row(item, scale) for item in listed]
    x: Json = {
        "field": "severity",
        "type": "quantitative",
        "title": "severity (share that is changed)",
        "scale": {"domain": [0, max(item.severity for item in listed)], "nice": True},
    }
    title = f"degradation of {one_line(listed[0].gap.name)}{of_unit(scale.unit.change_suffix)}"
    y: Json = {"field": "value", "type": "quantitative", "title": title}
    bounds: dict[str, Json] = {
        "y": {"field": "low", "type": "quantitative", "title": title},
        "y2": {"field": "high"},
    }
    inks, shapes = _legend(kinds, _INKS), _legend(kinds, _SHAPES)
    data: Json = {"values": rows}
    zero: Json = {
        "data": {"values": [{"at": 0}]},
        "mark": {"type": "rule"},
        "encoding": {"y": {"field": "at", "type": "quantitative"}},
    }
    marks: tuple[Json, ...] = ({"type": "area", "opacity": 0.15}, {"type": "rule", "strokeWidth": 2})
    spans: list[Json] = [
        {"data": data, "mark": mark, "encoding": {"x": x, **bounds, "color": inks}} for mark in marks
    ]
    line: Json = {
        "data": data,
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {"x": x, "y": y, "color": inks},
    }
    return framed(
        height=320,
        layers=[
            zero,
            *spans,
            line,
            {
                "data": data,
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": inks,
                    "shape": shapes,
                    "tooltip": _TOOLTIP,
                },
            },
        ],
    )


def _row(item: Degradation, scale: Scale) -> dict[str, Json]:
    factor = scale.unit.factor
    low, high = item.interval or (None, None)
    return {
        "kind": one_line(item.kind, 60),
        "severity": item.severity,
        "value": None if item.degradation is None else item.degradation * factor,
        "low": None if low is None else low * factor,
        "high": None if high is None else high * factor,
        "said": scale.change(item.degradation),
        "spread": f"{say_level(item.gap.level)}: {scale.changes(item.interval)}",
        "n": item.gap.n_pairs,
        "method": item.gap.method,
    }


def _legend(kinds: Sequence[str], marks: Sequence[str]) -> Json:
    """A channel that tells kinds apart by colour or shape."""
    return {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(kinds), "range": [marks[at % len(marks)] for at in range(len(kinds))]},
        "legend": {"title": None, "orient": "top", "columns": 3, "labelLimit": 240, "symbolOpacity": 1},
    }
