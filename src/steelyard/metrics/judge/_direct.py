"""Direct scoring: points on the criteria of a rubric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from steelyard.core import Case, Criterion, Json, MetricSpec, Output, Rubric, Skipped
from steelyard.metrics.judge._material import Showing, parts_of, what_is_judged
from steelyard.metrics.judge._points import allowed, anchors_text, points_schema, read_points
from steelyard.metrics.judge._schema import TEXT, closed, verdict_schema
from steelyard.metrics.judge._step import Material, Reading, Step, Unreadable, reason_of


@dataclass(frozen=True, kw_only=True)
class Direct:
    """Asks for points on each criterion, in one answer or one by one."""

    rubric: Rubric
    """What is asked."""
    showing: Showing
    """What is shown."""
    one_by_one: bool = False
    """A question for each criterion: dearer, and no criterion colours another."""

    @property
    def mode(self) -> str:
        """`direct`."""
        return "direct"

    @property
    def shows(self) -> Mapping[str, Json]:
        """What of a sample judges see."""
        return self.showing.as_json()

    @property
    def traits(self) -> MetricSpec:
        """One criterion: its own points, or 0 and 1 where there are two; several: the composite, 0 to 1."""
        spec = MetricSpec(name="judge", version="1")
        if len(self.rubric.criteria) > 1:
            return spec
        only = self.rubric.criteria[0]
        if only.binary:
            return replace(spec, scale="binary")
        return replace(spec, range=(only.low, only.high), measure="points", failure=only.low)

    def settings(self) -> Mapping[str, Json]:
        """The rubric and how it is asked."""
        return {
            "rubric": self.rubric.name,
            "rubric_hash": self.rubric.hash,
            "one_by_one": self.one_by_one,
        }

    def schema(self) -> Json:
        """Points, each behind its reason."""
        if self._single:
            only = self.rubric.criteria[0]
            points = points_schema(only) if len(self.rubric.criteria) == 1 else {"type": ["number", "null"]}
            return verdict_schema({"reason": TEXT, "points": points})
        rows: dict[str, Json] = {
            item.name: closed({"reason": TEXT, "points": points_schema(item)})
            for item in self.rubric.criteria
        }
        return verdict_schema({"criteria": closed(rows)})

    def material(self, case: Case, output: Output) -> Material | Skipped:
        """Skipped where the rubric needs a reference and the case has none."""
        shown = self.showing.material(case, output)
        if self.rubric.uses_expected and not shown.reference:
            return Skipped(reason="nothing expected, and the rubric compares with a reference")
        return shown

    def steps(self, material: Material) -> tuple[Step, ...]:
        """One step, or one for each criterion."""
        if not self._single:
            return (self._step(material, self.rubric.criteria, name=""),)
        return tuple(self._step(material, (item,), name=item.name) for item in self.rubric.criteria)

    def value(self, points: Mapping[str, float]) -> float | None:
        """The composite; a single criterion's own points, as a share where it has two."""
        if len(self.rubric.criteria) > 1 or self.rubric.criteria[0].binary:
            return self.rubric.composite(points)
        return points.get(self.rubric.criteria[0].name)

    def extras(self, material: Material) -> Mapping[str, Json]:
        """Nothing more."""
        del material
        return {}

    @property
    def _single(self) -> bool:
        return self.one_by_one or len(self.rubric.criteria) == 1

    def _step(self, material: Material, criteria: tuple[Criterion, ...], *, name: str) -> Step:
        judged = what_is_judged(material)
        listed = "\n\n".join(anchors_text(item) for item in criteria)
        guideline = f"{self.rubric.guideline}\n\n" if self.rubric.guideline else ""
        return Step(
            name=name,
            rules=(
                f"Give points to {judged} on each criterion. Give exactly one of the points listed; where "
                f"you hesitate between two, read what earns them once more and take the lower.\n\n"
                f"{guideline}{listed}"
            ),
            parts=parts_of(material),
            reminder=f"Judge {judged} on: {', '.join(item.name for item in criteria)}.",
            form=_form(criteria[0]) if self._single else _forms(criteria),
            read=(lambda row: _read_one(row, criteria[0]))
            if self._single
            else (lambda row: _read_all(row, criteria)),
            criteria=criteria,
        )


def _form(criterion: Criterion) -> str:
    return f'{{"reason": "…", "points": {allowed(criterion).replace(", ", " | ")}}}'


def _forms(criteria: tuple[Criterion, ...]) -> str:
    rows = ", ".join(f'"{item.name}": {_form(item)}' for item in criteria)
    return f'{{"criteria": {{{rows}}}}}'


def _read_one(row: Mapping[str, Json], criterion: Criterion) -> Reading:
    points = read_points(row.get("points"), criterion)
    return Reading(
        points={} if points is None else {criterion.name: points}, reasons={criterion.name: reason_of(row)}
    )


def _read_all(row: Mapping[str, Json], criteria: tuple[Criterion, ...]) -> Reading:
    rows = row.get("criteria")
    if not isinstance(rows, Mapping):
        raise Unreadable('it has no object "criteria"')
    points: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for criterion in criteria:
        given = rows.get(criterion.name)
        if not isinstance(given, Mapping):
            raise Unreadable(f'"{criterion.name}" is missing from "criteria"')
        value = read_points(given.get("points"), criterion)
        if value is not None:
            points[criterion.name] = value
        reasons[criterion.name] = reason_of(given)
    return Reading(points=points, reasons=reasons)
