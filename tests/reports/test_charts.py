"""Plots: honest axes, marks where they belong, colour never alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.reports.conftest import Records

from steelyard.reports._bars import draw, level_axis, make_axis
from steelyard.reports._chart_frame import chart_config
from steelyard.reports._charts import estimate_chart, forest_chart
from steelyard.reports._spread_charts import (
    Distribution,
    difference_histogram,
    frontier_chart,
    quantile_chart,
)


def domain(spec: Any) -> tuple[float, float]:
    for layer in spec["layer"]:
        scale = layer["encoding"].get("x", {}).get("scale", {})
        if "domain" in scale:
            return tuple(scale["domain"])
    raise AssertionError("no domain")


def test_forests_hold_zero_and_the_limit(records: Records) -> None:
    comparison = records.unsure().comparison
    spec: Any = forest_chart([records.worse()], ["numeric_match"], comparison=comparison)
    low, high = domain(spec)
    assert low < -7.13
    assert high > 0
    texts = [row["text"] for layer in spec["layer"] for row in layer["data"]["values"] if "text" in row]
    assert {"no change", "you allow 2 points"} <= set(texts)
    rules = {
        layer["data"]["values"][0].get("text"): layer["mark"]
        for layer in spec["layer"]
        if layer["mark"]["type"] == "rule"
    }
    assert "strokeDash" not in rules["no change"]
    assert "strokeDash" in rules["you allow 2 points"]


def test_verdicts_have_a_shape_and_a_colour(records: Records) -> None:
    spec: Any = forest_chart([records.worse()], ["m"], comparison=records.unsure().comparison)
    points = spec["layer"][-1]["encoding"]
    assert points["shape"]["field"] == points["color"]["field"] == "word"
    assert points["color"]["legend"]["values"] == ["worse"]


def test_a_long_label_stands_whole_on_several_lines(records: Records) -> None:
    key = "edit_similarity:ignore_case=true,space=collapse,unicode=nfkc"
    spec: Any = estimate_chart([records.estimate(), records.estimate()], ["m", key])
    axis = spec["layer"][-1]["encoding"]["y"]
    short, long = axis["sort"]
    assert short == "m"
    assert long.replace("\n", "") == key
    assert max(map(len, long.split("\n"))) <= 30
    assert axis["axis"]["labelExpr"] == "split(datum.label, '\\n')"
    assert spec["height"] > estimate_chart([records.estimate()] * 2, ["m", "n"])["height"]
    unbroken = "x" * 70
    whole: Any = estimate_chart([records.estimate()], [unbroken])
    assert whole["layer"][-1]["encoding"]["y"]["sort"][0].replace("\n", "") == unbroken


def test_a_single_share_is_drawn_on_the_whole_scale(records: Records) -> None:
    assert domain(estimate_chart([records.estimate()], ["m"])) == (0.0, 100.0)


def test_a_bound_is_inside_the_picture(records: Records) -> None:
    latency = replace(records.estimate(), measure="s", value=0.4, interval=(0.35, 0.45))
    low, high = domain(estimate_chart([latency], ["m"], bound=1.0))
    assert low == 0.0
    assert high == 1.0


def test_rows_without_a_value_do_not_break_a_plot(records: Records) -> None:
    empty = replace(records.estimate(), value=None, interval=None)
    estimate_chart([empty], ["m"])
    nothing = replace(records.worse(), difference=None, interval=None)
    forest_chart([nothing], ["m"], comparison=records.unsure().comparison)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_colour_all_words(theme: Any) -> None:
    config: Any = chart_config(theme)
    assert len(config["range"]["category"]) == 6
    assert config["background"].startswith("#")


def test_the_histogram_counts_every_pair_from_zero() -> None:
    base = (1.0, 2.0, 3.0, 4.0)
    spec: Any = difference_histogram(
        Distribution(name="latency", measure="s", base=base, candidate=(1.5, 2.5, 2.0, 4.0))
    )
    rows = spec["layer"][0]["data"]["values"]
    assert sum(row["pairs"] for row in rows) == 4
    assert any(abs(row["low"]) < 1e-12 for row in rows)


def test_distribution_functions_end_at_one_hundred_percent() -> None:
    values = tuple(float(i) for i in range(1000))
    spec: Any = quantile_chart(Distribution(name="latency", measure="s", candidate=values))
    rows = spec["layer"][0]["data"]["values"]
    assert len(rows) == 401
    assert rows[-1] == {"x": 999.0, "share": 100.0, "run": "run"}
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == [0, 100]


def test_frontiers_leave_out_runs_without_a_price(records: Records) -> None:
    ranked = [replace(each, cost_usd=None) if i == 0 else each for i, each in enumerate(records.ranking())]
    spec: Any = frontier_chart(ranked, against="cost")
    assert len(spec["layer"][0]["data"]["values"]) == 3


def test_axes_have_round_ends_and_bars_clip() -> None:
    axis = make_axis([(-0.0713, -0.0151)], cells=21, marks=[0.0])
    assert axis is not None
    assert (round(axis.low, 6), round(axis.high, 6)) == (-0.08, 0.0)
    assert draw(-0.0432, (-0.2, -0.0151), axis, zero=0.0).startswith("◂")
    assert make_axis([], cells=10) is None
    assert make_axis([(0.5, 0.5)], cells=10) is not None


def test_level_axes_zoom_only_to_tell_rows_apart(records: Records) -> None:
    near = [replace(records.estimate(), value=v, interval=(v - 0.01, v + 0.01)) for v in (0.9, 0.93)]
    zoomed = level_axis(near, cells=10)
    assert zoomed is not None
    assert zoomed.low > 0.8
    whole = level_axis(near[:1], cells=10)
    assert whole is not None
    assert (whole.low, whole.high) == (0.0, 1.0)
