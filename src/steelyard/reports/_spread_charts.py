"""Plots of how samples spread, and of what quality costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from steelyard.core import Json, RankedRun
from steelyard.reports._bars import make_axis
from steelyard.reports._chart_frame import Spec, framed, level_row, of_unit, tooltip
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import fitting_unit
from steelyard.reports._scale import Scale, level_scale


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


def frontier_chart(ranked: Sequence[RankedRun], *, against: Literal["cost", "latency"]) -> Spec:
    """Quality with its interval against cost or latency; runs on the frontier are filled."""
    scale = level_scale([each.estimate for each in ranked]) if ranked else None
    rows = [] if scale is None else [row for each in ranked if (row := _frontier_row(each, against, scale))]
    name = one_line(ranked[0].estimate.name) if ranked else "quality"
    title = "mean cost a sample (US dollars)" if against == "cost" else "median latency (s)"
    x: Json = {
        "field": "x",
        "type": "quantitative",
        "title": title,
        "scale": {"zero": True},
        "axis": {"tickCount": 8},
    }
    suffix = "" if scale is None else scale.unit.value_suffix
    y_title = f"{name}{of_unit(suffix)}"
    y_scale: Json = {"zero": False}
    return framed(
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
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 120,
                    "opacity": 1,
                    "strokeWidth": 2,
                    "style": "estimate",
                },
                "encoding": {
                    "x": x,
                    "y": {"field": "value", "type": "quantitative", "scale": y_scale},
                    "fillOpacity": {"condition": {"test": "datum.frontier", "value": 1}, "value": 0},
                    "tooltip": tooltip("value"),
                },
            },
            *_run_labels(rows, x),
        ],
    )


def _run_labels(rows: Sequence[dict[str, Json]], x: Json) -> list[Json]:
    """Names beside the points: on the left of those that lie far right, so that none is cut off."""
    places = [place for row in rows if isinstance(place := row["x"], float)]
    middle = max(places, default=0.0) * 0.7
    layers: list[Json] = []
    for align, shift in (("left", 10), ("right", -10)):
        found = [
            row for row in rows if isinstance(at := row["x"], float) and (at > middle) == (align == "right")
        ]
        layers.append(
            {
                "data": {"values": list(found)},
                "mark": {"type": "text", "align": align, "dx": shift, "dy": -8},
                "encoding": {
                    "x": x,
                    "y": {"field": "value", "type": "quantitative"},
                    "text": {"field": "label"},
                },
            }
        )
    return layers


def difference_histogram(distribution: Distribution) -> Spec:
    """How the paired differences, candidate − baseline, spread; the axis of counts starts at zero."""
    unit = fitting_unit(distribution.measure, *distribution.base, *distribution.candidate)
    pairs = zip(distribution.base, distribution.candidate, strict=True)
    bins = _bins([(new - old) * unit.factor for old, new in pairs])
    title = f"{one_line(distribution.name)}, candidate − baseline{of_unit(unit.change_suffix)}"
    x: Json = {
        "field": "low",
        "bin": {"binned": True},
        "type": "quantitative",
        "title": title,
        "axis": {"tickCount": 8},
    }
    return framed(
        height=180,
        layers=[
            {
                "data": {"values": bins},
                "mark": {"type": "bar", "binSpacing": 1},
                "encoding": {
                    "x": x,
                    "x2": {"field": "high"},
                    "y": {"field": "pairs", "type": "quantitative", "title": "pairs"},
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
    unit = fitting_unit(distribution.measure, *distribution.base, *distribution.candidate)
    rows: list[Json] = []
    sides = (("baseline", distribution.base), ("candidate", distribution.candidate))
    single = not distribution.base
    for side, values in sides:
        ordered = sorted(values)
        for share in _steps(len(ordered)):
            value = ordered[min(round(share * len(ordered)), len(ordered) - 1)] if share < 1 else ordered[-1]
            rows.append({"x": value * unit.factor, "share": 100 * share, "run": "run" if single else side})
    title = f"{one_line(distribution.name)}{of_unit(unit.value_suffix or unit.prefix)}"
    domain: list[Json] = ["run"] if single else ["baseline", "candidate"]
    color: dict[str, Json] = {
        "field": "run",
        "type": "nominal",
        "scale": {"domain": domain, "range": "ordinal"},
        "legend": None if single else {"title": None, "orient": "top"},
    }
    dash: dict[str, Json] = {**color, "scale": {"domain": domain, "range": [[1, 0], [6, 3]]}}
    return framed(
        height=220,
        layers=[
            {
                "data": {"values": rows},
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative", "title": title, "axis": {"tickCount": 8}},
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


def _frontier_row(
    ranked: RankedRun, against: Literal["cost", "latency"], scale: Scale
) -> dict[str, Json] | None:
    x = ranked.cost_usd if against == "cost" else ranked.latency_s
    if x is None or ranked.estimate.value is None:
        return None
    row = level_row(ranked.estimate, one_line(ranked.label, 40), scale)
    return {**row, "x": float(x), "frontier": ranked.on_frontier}


def _bins(values: Sequence[float]) -> list[Json]:
    """Counts in about 40 equal bins, one of whose edges is zero."""
    axis = make_axis([], cells=2, values=values, marks=[0.0])
    if axis is None:
        return []
    step = (axis.high - axis.low) / 40
    counts: dict[int, int] = {}
    for value in values:
        place = math.floor(value / step)
        counts[place] = counts.get(place, 0) + 1
    return [{"low": i * step, "high": (i + 1) * step, "pairs": counts[i]} for i in sorted(counts)]


def _steps(count: int) -> list[float]:
    """Shares at which a distribution function is drawn: every sample, or 400 of them."""
    if not count:
        return []
    steps = min(count, 400)
    return [i / steps for i in range(steps + 1)]
