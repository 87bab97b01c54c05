"""Points as a judge writes them, held against a criterion's anchors."""

from __future__ import annotations

from collections.abc import Mapping

from steelyard.core import Criterion, Json
from steelyard.metrics.judge._step import Unreadable

_ROUNDING = 1e-9
_SKIP_WORDS = frozenset({"skip", "skipped", "n/a", "na", "none", "null", "does not apply", "not applicable"})


def read_points(value: Json, criterion: Criterion) -> float | None:
    """The points of a criterion; None where it was left out and may be.

    Raises Unreadable for what is no number, or none of the anchors: a value between two anchors was never
    defined, so it is asked for again.
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in _SKIP_WORDS):
        if criterion.may_skip:
            return None
        raise Unreadable(f'"{criterion.name}" has no points')
    number = _number(value)
    if number is not None:
        for anchor in criterion.anchors:
            if abs(anchor.points - number) <= _ROUNDING:
                return anchor.points
    raise Unreadable(f'points of "{criterion.name}" must be one of {allowed(criterion)}, not {value!r:.40}')


def allowed(criterion: Criterion) -> str:
    """The points in words: `1, 2, 3`, with `null` where a criterion may be left out."""
    listed = [f"{anchor.points:g}" for anchor in criterion.anchors]
    return ", ".join([*listed, "null"] if criterion.may_skip else listed)


def points_schema(criterion: Criterion) -> Json:
    """JSON schema of a criterion's points."""
    values: list[Json] = [
        int(anchor.points) if anchor.points.is_integer() else anchor.points for anchor in criterion.anchors
    ]
    return {"enum": [*values, None] if criterion.may_skip else values}


def anchors_text(criterion: Criterion) -> str:
    """A criterion as the judge reads it."""
    lines = [f'Criterion "{criterion.name}": {criterion.question}']
    lines += [f"  {anchor.points:g} points: {anchor.meaning}" for anchor in criterion.anchors]
    if criterion.may_skip:
        lines.append("  null: the criterion does not apply to this answer")
    return "\n".join(lines)


def weighted(points: Mapping[str, float], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of the points that are there; None without any."""
    total = sum(weights[key] for key in points)
    return sum(weights[key] * value for key, value in points.items()) / total if total else None


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
