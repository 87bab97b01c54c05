"""What all plots share: inks of the light and the dark page, the frame, tooltips, titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from steelyard.core import Estimate, Json
from steelyard.reports._numbers import say_level
from steelyard.reports._scale import Scale

Theme = Literal["light", "dark"]
Spec = dict[str, Json]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
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


def chart_config(theme: Theme) -> dict[str, Json]:
    """Fonts, inks and the colours of meaning; give it as `config` beside any specification below."""
    ink = _INK[theme]
    words = [ink["better"], ink["worse"], ink["neutral"], ink["unsure"], ink["neutral"], ink["neutral"]]
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
        "style": {
            "estimate": {"stroke": ink["text"], "fill": ink["text"]},
            "limit": {"stroke": ink["unsure"]},
        },
    }


def framed(*, height: int, layers: Sequence[Json]) -> Spec:
    """Layers in a plot as wide as its container."""
    return {
        "$schema": _SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": list(layers),
    }


def level_row(estimate: Estimate, label: str, scale: Scale) -> dict[str, Json]:
    """A level as a row of data, in the units shown."""
    factor = scale.unit.factor
    low, high = estimate.interval or (None, None)
    return {
        "label": label,
        "value": None if estimate.value is None else estimate.value * factor,
        "low": None if low is None else low * factor,
        "high": None if high is None else high * factor,
        "said": scale.value(estimate.value),
        "spread": f"{say_level(estimate.level)}: {scale.levels(estimate.interval)}",
        "n": estimate.n,
        "method": estimate.method,
    }


def tooltip(name: str) -> Json:
    """What hovering over a point says."""
    return [
        {"field": "label", "title": "row"},
        {"field": "said", "title": name},
        {"field": "spread", "title": "interval"},
        {"field": "n", "title": "n"},
        {"field": "method", "title": "method"},
    ]


def of_unit(suffix: str) -> str:
    """A unit in brackets, or nothing."""
    said = suffix.strip()
    return f" ({said})" if said else ""
