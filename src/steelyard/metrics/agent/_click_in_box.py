"""Clicks inside their target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._answer import is_list
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics.agent._point import Point, answered_point, number

Scale = Literal["pixels", "unit", "thousand"]
_MOST = {"unit": 1.0, "thousand": 1000.0}
_KEYS = ("box", "boxes", "polygon", "polygons")
_MOST_SHAPES = 1_000


@dataclass(frozen=True, kw_only=True)
class ClickInBox(BaseMetric):
    """Whether a click on a screen hits its target.

    What it measures
        1 when the place that the answer names lies inside the expected shape, its edge included. Expected is
        `{"box": [x0, y0, x1, y1]}`, `boxes`, `{"polygon": [[x, y], …]}` or `polygons`: any of them will do.
        The answer is JSON with `x` and `y`, `point` or `coordinate`, `click(x, y)`, `<point>x y</point>` or
        `(x, y)`; of several the last; a box stands for its middle; a tool call's arguments where the answer
        names no place. `scale` says how the answer counts: pixels, 0 to 1 (`unit`) or 0 to 1000
        (`thousand`); for the latter two the case gives `{"image_size": [width, height]}`. The scale is never
        guessed: a click at (1, 1) may be either.

    When it misleads
        A hit at the edge of a large box and one at the middle of a small one count the same. Screens scaled
        down before the model saw them need their own scale.

    Example
        `click_in_box:scale=thousand` with
        `expected: {"box": [10, 20, 90, 40], "image_size": [1920, 1080]}`.

    Reference
        Cheng et al. 2024, SeeClick, ScreenSpot: click accuracy.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="click_in_box", version="1", scale="binary")

    scale: Scale = "pixels"
    """How the answer's coordinates count."""

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; an answer without a place is a miss, Failed where the expectation cannot be read."""
        expected = case.expected
        if expected is None:
            return NOTHING_EXPECTED
        if not isinstance(expected, Mapping) or not any(key in expected for key in _KEYS):
            return Skipped(reason="the case expects no box")
        try:
            shapes = _shapes(expected)
            width, height = self._factors(expected)
        except ValueError as error:
            return Failed(error=f"the expectation cannot be used: {error}")
        point = answered_point(output)
        if point is None:
            return self._miss("the answer names no place")
        x, y = point[0] * width, point[1] * height
        hit = any(_inside((x, y), shape) for shape in shapes)
        where = f"({x:g}, {y:g})"
        return Scored(value=float(hit), reason=f"{where} is {'inside' if hit else 'outside'}")

    def _factors(self, expected: Mapping[str, Json]) -> Point:
        if self.scale == "pixels":
            return 1.0, 1.0
        size = expected.get("image_size")
        sides = [number(item) for item in size] if isinstance(size, Sequence) and is_list(size) else []
        if len(sides) != 2 or sides[0] is None or sides[1] is None or min(sides[0], sides[1]) <= 0:
            raise ValueError(f"scale={self.scale} needs image_size: [width, height]")
        return sides[0] / _MOST[self.scale], sides[1] / _MOST[self.scale]


def _shapes(expected: Mapping[str, Json]) -> list[list[Point]]:
    boxes = [*([expected["box"]] if "box" in expected else []), *_listed(expected.get("boxes"))]
    polygons = [*([expected["polygon"]] if "polygon" in expected else []), *_listed(expected.get("polygons"))]
    if not boxes and not polygons:
        raise ValueError("there is no box")
    if len(boxes) + len(polygons) > _MOST_SHAPES:
        raise ValueError(f"more than {_MOST_SHAPES} shapes")
    return [*map(_box, boxes), *map(_polygon, polygons)]


def _listed(value: Json) -> Sequence[Json]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or not is_list(value):
        raise ValueError("boxes and polygons are lists")
    return value


def _box(value: Json) -> list[Point]:
    sides = _numbers(value)
    if len(sides) != 4:
        raise ValueError("a box is [x0, y0, x1, y1]")
    left, right = sorted((sides[0], sides[2]))
    top, bottom = sorted((sides[1], sides[3]))
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _polygon(value: Json) -> list[Point]:
    corners = [_numbers(item) for item in _listed(value)]
    if len(corners) < 3 or any(len(corner) != 2 for corner in corners):
        raise ValueError("a polygon is a list of three or more [x, y]")
    return [(corner[0], corner[1]) for corner in corners]


def _numbers(value: Json) -> list[float]:
    found = [number(item) for item in _listed(value)]
    known = [item for item in found if item is not None]
    if len(known) != len(found):
        raise ValueError("coordinates are numbers")
    return known


def _inside(point: Point, corners: Sequence[Point]) -> bool:
    """Even-odd rule, with the edge inside (W. R. Franklin's pnpoly, 1970)."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if cross == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside
