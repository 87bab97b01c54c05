from __future__ import annotations

import json
from typing import Any

import pytest

from steelyard.core import Estimate
from steelyard.reports.html import TrendPoint, trend_section


def point(
    label: str, value: float, *, half: float = 0.05, stretch: str = "v1", release: str = ""
) -> TrendPoint:
    estimate = Estimate(
        name="exact_match", value=value, interval=(value - half, value + half), n=100, method="Wilson"
    )
    return TrendPoint(
        estimate=estimate, label=label, moment="2026-03-01 12:00", stretch=stretch, release=release
    )


def layers(*points: TrendPoint) -> list[dict[str, Any]]:
    section = trend_section("Trend on quiz", points, key="1")
    found: list[dict[str, Any]] = json.loads(json.dumps(section.figures[0].spec))["layer"]
    return found


def rows(layer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = layer["data"]["values"]
    return found


def test_runs_of_one_name_keep_their_places_in_order() -> None:
    area, *_ = layers(point("same", 0.5), point("same", 0.6), point("same", 0.7))
    places = [row["place"] for row in rows(area)]
    assert places == sorted(set(places))
    assert area["encoding"]["x"]["sort"] == places
    assert [round(row["value"]) for row in rows(area)] == [50, 60, 70]


def test_the_band_joins_only_runs_on_the_same_cases() -> None:
    area, *_ = layers(point("a", 0.5), point("b", 0.6, stretch="v2"))
    assert area["encoding"]["detail"]["field"] == "stretch"
    assert [row["stretch"] for row in rows(area)] == ["v1", "v2"]


@pytest.mark.parametrize("release", ["", "2026-03"])
def test_a_release_is_marked_and_listed(release: str) -> None:
    points = (point("a", 0.5, release=release), point("b", 0.6))
    table = trend_section("Trend", points, key="1").figures[0].table
    assert table is not None
    marked = [layer for layer in layers(*points) if layer["mark"].get("strokeDash")]
    assert len(marked) == bool(release)
    assert ("release" in table.heads) == bool(release)
    assert table.rows[0][0].text == "b"
    assert all(len(row) == len(table.heads) for row in table.rows)


def test_every_value_of_the_table_says_what_stands_behind_it() -> None:
    table = trend_section("Trend", [point("a", 0.5), point("b", 0.6)], key="1").figures[0].table
    assert table is not None
    assert all(("Method", "Wilson") in row[1].facts for row in table.rows)
