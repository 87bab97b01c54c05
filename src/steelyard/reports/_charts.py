"""Vega-Lite specifications of the plots, as plain dictionaries, with a light and a dark configuration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from steelyard.core import Difference, Estimate, Interval, Json, RankedRun
from steelyard.reports._clean import one_line
from steelyard.reports._headlines import change_digits
from steelyard.reports._numbers import say_change, say_interval, say_level, say_limit, say_value, unit_of
from steelyard.reports._verdicts import change_word

Theme = Literal["light", "dark"]
Spec = dict[str, Json]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_WORDS = ("better", "worse", "as good", "not sure", "unchanged")
_SHAPES = ("triangle-up", "triangle-down", "circle", "diamond", "circle")
_INK: Mapping[Theme, Mapping[str, str]] = {
    "light": {
        "text": "#1c2024",
        "quiet": "#60646c",
        "grid": "#e4e6ea",
        "page": "#ffffff",
        "base": "#2b6cb0",
        "candidate": "#c2570c",
        "better": "#17794f",
        "worse": "#b3261e",
        "neutral": "#495057",
        "unsure": "#6b4fbb",
    },
    "dark": {
        "text": "#e6e8eb",
        "quiet": "#9aa0a8",
        "grid": "#31363d",
        "page": "#15181c",
        "base": "#74aef0",
        "candidate": "#f09a52",
        "better": "#4cc38a",
        "worse": "#ff8b80",
        "neutral": "#aab1b9",
        "unsure": "#b39df2",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Values of one unbounded metric, sample by sample, for a picture of how they spread."""

    name: str
    """The metric's key."""
    measure: str
    """What a value counts."""
    base: tuple[float, ...] = ()
    """The baseline's values, or empty for a single run."""
    candidate: tuple[float, ...] = ()
    """The candidate's values, or the run's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line in a plot."""

    at: float
    """Where, in the units shown."""
    text: str
    """What it says."""


def chart_config(theme: Theme) -> dict[str, Json]:
    """Fonts, inks and the colours of meaning; give it as `config` beside any specification below."""
    ink = _INK[theme]
    words = [ink["better"], ink["worse"], ink["neutral"], ink["unsure"], ink["neutral"]]
    return {
        "background": ink["page"],
        "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
        "padding": 4,
        "view": {"stroke": None},
        "range": {"category": words, "ordinal": [ink["base"], ink["candidate"]]},
        "axis": {
            "labelColor": ink["text"],
            "titleColor": ink["quiet"],
            "gridColor": ink["grid"],
            "domainColor": ink["grid"],
            "tickColor": ink["grid"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": 220,
        },
        "legend": {"labelColor": ink["text"], "titleColor": ink["quiet"], "labelFontSize": 12},
        "rule": {"color": ink["quiet"]},
        "text": {"color": ink["quiet"], "fontSize": 12},
        "point": {"color": ink["text"]},
        "line": {"color": ink["text"]},
        "bar": {"color": ink["quiet"]},
        "style": {"estimate": {"stroke": ink["text"], "fill": ink["text"]}},
    }


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
    return _framed(
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
                    "tooltip": _tooltip("difference"),
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
    rows = [_level_row(each, label) for each, label in zip(estimates, labels, strict=True)]
    marks = []
    if bound is not None:
        limit = say_limit(bound, first.measure, change=False)
        marks.append(Mark(at=bound * unit.factor, text=f"your limit: {limit}"))
    title = f"{one_line(first.name)}{_of(unit.value_suffix or unit.prefix)}"
    points = [each.interval for each in estimates], [each.value for each in estimates]
    scale = _domain(*points, marks=[] if bound is None else [bound], factor=unit.factor)
    y = _rows_axis(labels)
    return _framed(
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
                    "tooltip": _tooltip("value"),
                },
            },
        ],
    )


def frontier_chart(ranked: Sequence[RankedRun], *, against: Literal["cost", "latency"]) -> Spec:
    """Quality with its interval against cost or latency; runs on the frontier are filled."""
    rows = [row for each in ranked if (row := _frontier_row(each, against)) is not None]
    name = one_line(ranked[0].estimate.name) if ranked else "quality"
    title = "mean cost a sample (US dollars)" if against == "cost" else "median latency (s)"
    x: Json = {"field": "x", "type": "quantitative", "title": title, "scale": {"zero": True}}
    suffix = unit_of(ranked[0].estimate.measure).value_suffix if ranked else ""
    y_title = f"{name}{_of(suffix)}"
    y_scale: Json = {"zero": False}
    return _framed(
        height=280,
        layers=[
            {
                "data": {"values": list(rows)},
                "mark": {"type": "rule", "strokeWidth": 2, "style": "estimate"},
                "encoding": {
                    "x": x,
                    "y": {"field": "low", "type": "quantitative", "title": y_title, "scale": y_scale},
                    "y2": {"field": "high"},
                },
            },
            {
                "data": {"values": list(rows)},
                "mark": {"type": "point", "size": 120, "opacity": 1, "strokeWidth": 2, "style": "estimate"},
                "encoding": {
                    "x": x,
                    "y": {"field": "value", "type": "quantitative", "scale": y_scale},
                    "fillOpacity": {"condition": {"test": "datum.frontier", "value": 1}, "value": 0},
                    "tooltip": _tooltip("value"),
                },
            },
            {
                "data": {"values": list(rows)},
                "mark": {"type": "text", "align": "left", "dx": 10, "dy": -8},
                "encoding": {
                    "x": x,
                    "y": {"field": "value", "type": "quantitative"},
                    "text": {"field": "label"},
                },
            },
        ],
    )


def difference_histogram(distribution: Distribution) -> Spec:
    """How the paired differences, candidate − baseline, spread; the axis of counts starts at zero."""
    unit = unit_of(distribution.measure)
    pairs = zip(distribution.base, distribution.candidate, strict=True)
    values = [{"d": (new - old) * unit.factor} for old, new in pairs]
    title = f"{one_line(distribution.name)}, candidate − baseline{_of(unit.change_suffix)}"
    return _framed(
        height=180,
        layers=[
            {
                "data": {"values": list(values)},
                "mark": {"type": "bar", "binSpacing": 1},
                "encoding": {
                    "x": {"field": "d", "bin": {"maxbins": 40}, "type": "quantitative", "title": title},
                    "y": {"aggregate": "count", "type": "quantitative", "title": "pairs"},
                },
            },
            {
                "data": {"values": [{"at": 0.0}]},
                "mark": {"type": "rule", "strokeDash": [2, 2]},
                "encoding": {"x": {"field": "at", "type": "quantitative"}},
            },
        ],
    )


def quantile_chart(distribution: Distribution) -> Spec:
    """Empirical distribution functions: the share of samples at or below each value, from 0 to 100 %."""
    unit = unit_of(distribution.measure)
    rows: list[Json] = []
    sides = (("baseline", distribution.base), ("candidate", distribution.candidate))
    single = not distribution.base
    for side, values in sides:
        ordered = sorted(values)
        for share in _steps(len(ordered)):
            value = ordered[min(round(share * len(ordered)), len(ordered) - 1)] if share < 1 else ordered[-1]
            rows.append({"x": value * unit.factor, "share": 100 * share, "run": "run" if single else side})
    title = f"{one_line(distribution.name)}{_of(unit.value_suffix or unit.prefix)}"
    domain: list[Json] = ["run"] if single else ["baseline", "candidate"]
    color: dict[str, Json] = {
        "field": "run",
        "type": "nominal",
        "scale": {"domain": domain, "range": "ordinal"},
        "legend": None if single else {"title": None, "orient": "top"},
    }
    dash: dict[str, Json] = {**color, "scale": {"domain": domain, "range": [[1, 0], [6, 3]]}}
    return _framed(
        height=220,
        layers=[
            {
                "data": {"values": rows},
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative", "title": title},
                    "y": {
                        "field": "share",
                        "type": "quantitative",
                        "title": "samples at or below (%)",
                        "scale": {"domain": [0, 100]},
                    },
                    "color": color,
                    "strokeDash": dash,
                },
            }
        ],
    )


def _framed(*, height: int, layers: Sequence[Json]) -> Spec:
    return {
        "$schema": _SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": list(layers),
    }


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


def _level_row(estimate: Estimate, label: str) -> dict[str, Json]:
    factor = unit_of(estimate.measure).factor
    low, high = estimate.interval or (None, None)
    return {
        "label": label,
        "value": None if estimate.value is None else estimate.value * factor,
        "low": None if low is None else low * factor,
        "high": None if high is None else high * factor,
        "said": say_value(estimate.value, estimate.measure, interval=estimate.interval),
        "spread": f"{say_level(estimate.level)}: {say_interval(estimate.interval, estimate.measure)}",
        "n": estimate.n,
        "method": estimate.method,
    }


def _frontier_row(ranked: RankedRun, against: Literal["cost", "latency"]) -> dict[str, Json] | None:
    x = ranked.cost_usd if against == "cost" else ranked.latency_s
    if x is None or ranked.estimate.value is None:
        return None
    row = _level_row(ranked.estimate, one_line(ranked.label, 40))
    return {**row, "x": x, "frontier": ranked.on_frontier}


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


def _tooltip(name: str) -> Json:
    return [
        {"field": "label", "title": "row"},
        {"field": "said", "title": name},
        {"field": "spread", "title": "interval"},
        {"field": "n", "title": "n"},
        {"field": "method", "title": "method"},
    ]


def _change_title(difference: Difference) -> str:
    plain = f"candidate − baseline{_of(unit_of(difference.measure).change_suffix)}"
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
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return {"domain": [low - room, high + room], "zero": False, "nice": False}


def _of(suffix: str) -> str:
    said = suffix.strip()
    return f" ({said})" if said else ""


def _steps(count: int) -> list[float]:
    """Shares at which a distribution function is drawn: every sample, or 400 of them."""
    if not count:
        return []
    steps = min(count, 400)
    return [i / steps for i in range(steps + 1)]
