"""A rubric: what experts and judges are asked, criterion by criterion, with anchored points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast, get_args

from steelyard.core._json import Json, content_hash

Level = Literal["nominal", "ordinal", "interval", "ratio"]
"""Level of measurement of a criterion's points (Stevens 1946)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One point of a scale and what earns it."""

    points: float
    """The value a rater gives; finite."""
    meaning: str
    """What an answer looks like that earns it, in words two raters would read alike."""

    def as_json(self) -> dict[str, Json]:
        """The form that is stored and hashed."""
        return {"points": self.points, "meaning": self.meaning}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One question put to raters."""

    name: str
    """Short name, unique in its rubric: the `criterion` column of ratings."""
    question: str
    """What is asked, in one sentence."""
    anchors: tuple[Anchor, ...]
    """The points that may be given, ascending, at least two."""
    weight: float = 1.0
    """Positive weight in the rubric's composite."""
    level: Level = "ordinal"
    """How the points may be compared."""
    may_skip: bool = False
    """Whether a rater may say that the criterion does not apply."""

    @property
    def low(self) -> float:
        """The fewest points."""
        return self.anchors[0].points

    @property
    def high(self) -> float:
        """The most points."""
        return self.anchors[-1].points

    @property
    def binary(self) -> bool:
        """Whether there are exactly two points."""
        return len(self.anchors) == 2

    def share(self, points: float) -> float:
        """Points as a share of the scale, from 0 (lowest) to 1 (highest)."""
        return (points - self.low) / (self.high - self.low)

    def as_json(self) -> dict[str, Json]:
        """The form that is stored and hashed."""
        return {
            "name": self.name,
            "question": self.question,
            "anchors": [anchor.as_json() for anchor in self.anchors],
            "weight": self.weight,
            "level": self.level,
            "may_skip": self.may_skip,
        }


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """Criteria with their anchors. Its version is its hash: another word makes another rubric."""

    name: str
    """What people call it."""
    criteria: tuple[Criterion, ...]
    """At least one, with different names."""
    guideline: str = ""
    """What raters read before they begin."""
    uses_expected: bool = False
    """Whether raters see the case's expectation as a reference answer."""
    uses_context: bool = False
    """Whether raters see the case's context documents."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical form: the rubric version that ratings and verdicts are bound to."""
        return content_hash(self.as_json())

    def criterion(self, name: str) -> Criterion:
        """The criterion of that name; raises KeyError."""
        for item in self.criteria:
            if item.name == name:
                return item
        raise KeyError(name)

    def composite(self, points: Mapping[str, float]) -> float | None:
        """Weighted mean share of the scale over the criteria that have points, 0 to 1; None without any."""
        rated = [item for item in self.criteria if item.name in points]
        total = sum(item.weight for item in rated)
        if not rated:
            return None
        return sum(item.weight * item.share(points[item.name]) for item in rated) / total

    def as_json(self) -> dict[str, Json]:
        """The form that is stored and hashed."""
        return {
            "name": self.name,
            "criteria": [item.as_json() for item in self.criteria],
            "guideline": self.guideline,
            "uses_expected": self.uses_expected,
            "uses_context": self.uses_context,
        }


def rubric_from_json(row: Mapping[str, Json]) -> Rubric:
    """A rubric from its written form; anchors may be a list of objects or a map of points to meanings.

    Raises ValueError that names the criterion and what is wrong with it.
    """
    _known(row, ("name", "criteria", "guideline", "uses_expected", "uses_context"), "the rubric")
    rows = row.get("criteria")
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise ValueError("a rubric needs a list of criteria")
    criteria = tuple(_criterion(item, number) for number, item in enumerate(rows, start=1))
    names = [item.name for item in criteria]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"criterion {twice[0]!r} is there twice")
    return Rubric(
        name=_text(row, "name", "the rubric"),
        criteria=criteria,
        guideline=_text(row, "guideline", "the rubric", default=""),
        uses_expected=_truth(row, "uses_expected", "the rubric"),
        uses_context=_truth(row, "uses_context", "the rubric"),
    )


def _criterion(row: Json, number: int) -> Criterion:
    where = f"criterion {number}"
    if not isinstance(row, Mapping):
        raise ValueError(f"{where} must be an object with name, question and anchors")  # noqa: TRY004
    _known(row, ("name", "question", "anchors", "weight", "level", "may_skip"), where)
    name = _text(row, "name", where)
    where = f"criterion {name!r}"
    anchors = _anchors(row.get("anchors"), where)
    weight = _number(row.get("weight", 1.0), f"{where}: weight")
    if weight <= 0:
        raise ValueError(f"{where}: weight must be positive")
    level = row.get("level", "nominal" if len(anchors) == 2 else "ordinal")
    if level not in get_args(Level):
        raise ValueError(f"{where}: level must be one of {', '.join(get_args(Level))}")
    return Criterion(
        name=name,
        question=_text(row, "question", where),
        anchors=anchors,
        weight=weight,
        level=cast("Level", level),
        may_skip=_truth(row, "may_skip", where),
    )


def _anchors(value: Json, where: str) -> tuple[Anchor, ...]:
    if isinstance(value, Mapping):
        pairs: list[tuple[Json, Json]] = list(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        pairs = [
            (item.get("points"), item.get("meaning")) if isinstance(item, Mapping) else (None, None)
            for item in value
        ]
    else:
        pairs = []
    anchors = []
    for points, meaning in pairs:
        if not isinstance(meaning, str) or not meaning.strip():
            raise ValueError(f"{where}: every anchor needs points and a meaning in words")
        anchors.append(Anchor(points=_number(points, f"{where}: points"), meaning=meaning.strip()))
    anchors.sort(key=lambda anchor: anchor.points)
    if len({anchor.points for anchor in anchors}) != len(anchors) or len(anchors) < 2:
        raise ValueError(f"{where} needs at least two anchors with different points")
    return tuple(anchors)


def _number(value: Json, what: str) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"{what} must be a number, not {value!r:.40}")
    return number


def _text(row: Mapping[str, Json], key: str, where: str, *, default: str | None = None) -> str:
    value = row.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise ValueError(f"{where}: {key} must be text")
    return value.strip()


def _truth(row: Mapping[str, Json], key: str, where: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{where}: {key} must be true or false")  # noqa: TRY004
    return value


def _known(row: Mapping[str, Json], keys: Sequence[str], where: str) -> None:
    for key in row:
        if key not in keys:
            raise ValueError(f"{where}: unknown key {key!r:.40}; known: {', '.join(keys)}")
