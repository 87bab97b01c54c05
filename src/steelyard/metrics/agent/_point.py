"""A place on a screen, as agents write it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from steelyard.core import Json, Output
from steelyard.metrics._answer import answer_json, is_list
from steelyard.metrics.agent._trajectory import trajectory

Point = tuple[float, float]

_NUMBER = r"([-+]?\d{1,9}(?:\.\d{1,12})?)"
_GAP = r"\s*[,;\s]\s*"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"<point[^<>]{{0,80}}?\bx1?\s*=\s*[\"']?{_NUMBER}[\"']?\s+y1?\s*=\s*[\"']?{_NUMBER}",
        rf"<(?:point|click|coordinates?)>\s*[\(\[]?\s*{_NUMBER}{_GAP}{_NUMBER}\s*[\)\]]?\s*</",
        rf"\b(?:left_|right_|double_)?(?:click|tap|press|move_to|moveto|doubleclick)\s*\(\s*(?:x\s*=\s*)?{_NUMBER}\s*,\s*(?:y\s*=\s*)?{_NUMBER}",
        rf"\bx\s*[=:]\s*{_NUMBER}\s*[,;]?\s*y\s*[=:]\s*{_NUMBER}",
        rf"[\(\[]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[\)\]]",
    )
)
_BOX = re.compile(rf"[\(\[]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[\)\]]")
_KEYS = ("point", "coordinate", "coordinates", "position", "click", "box", "bbox", "arguments")
_LONGEST = 20_000


def answered_point(output: Output) -> Point | None:
    """The place that an output names: its answer, else the arguments of its last tool call that has one.

    JSON (`{"x": 1, "y": 2}`, `{"point": [1, 2]}`, `[1, 2]`), `click(1, 2)`, `<point>1 2</point>`,
    `x=1, y=2` or `(1, 2)`; of several the last. A box stands for its middle. None when there is none.
    """
    found = json_point(answer_json(output)) or text_point(output.text)
    if found is not None:
        return found
    calls = reversed(trajectory(output).calls)
    return next((point for call in calls if (point := json_point(call.arguments))), None)


def json_point(value: Json, depth: int = 0) -> Point | None:
    """The place in a JSON value."""
    if isinstance(value, Mapping):
        x, y = number(value.get("x")), number(value.get("y"))
        if x is not None and y is not None:
            return x, y
        inner = (json_point(value[key], depth + 1) for key in _KEYS if key in value and depth < 4)
        return next((point for point in inner if point), None)
    if isinstance(value, Sequence) and is_list(value) and len(value) in (2, 4):
        numbers = [number(item) for item in value]
        known = [item for item in numbers if item is not None]
        if len(known) == len(value):
            return middle(known)
    return None


def text_point(text: str) -> Point | None:
    """The last place in a text, in the first form that it uses; only its last 20,000 characters are read."""
    tail = text[-_LONGEST:]
    for form in _FORMS:
        if found := form.findall(tail):
            return float(found[-1][0]), float(found[-1][1])
    boxes = _BOX.findall(tail)
    return middle([float(item) for item in boxes[-1]]) if boxes else None


def middle(numbers: Sequence[float]) -> Point:
    """A point as it is, and the middle of a box."""
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    return (numbers[0] + numbers[2]) / 2, (numbers[1] + numbers[3]) / 2


def number(value: Json) -> float | None:
    """A finite coordinate; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        return None
    return float(value) if math.isfinite(value) else None
