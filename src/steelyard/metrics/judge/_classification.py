"""Classification: one of several labels, each with its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from steelyard.core import Case, Json, MetricSpec, Output, Skipped
from steelyard.metrics.judge._material import Showing, parts_of, what_is_judged
from steelyard.metrics.judge._schema import TEXT, verdict_schema
from steelyard.metrics.judge._step import Material, Reading, Step, Unreadable, reason_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One category."""

    name: str
    """What the judge answers with."""
    value: float
    """What it counts."""
    meaning: str = ""
    """When it fits."""


@dataclass(frozen=True, kw_only=True)
class Classification:
    """Asks which label fits."""

    question: str
    """What is to be classified, in one sentence."""
    labels: tuple[Label, ...]
    """At least two, with different names."""
    showing: Showing
    """What is shown."""
    settings_: Mapping[str, Json]
    """The rubric that the labels come from, if they do."""

    @property
    def mode(self) -> str:
        """`classification`."""
        return "classification"

    @property
    def shows(self) -> Mapping[str, Json]:
        """What of a sample judges see."""
        return self.showing.as_json()

    @property
    def traits(self) -> MetricSpec:
        """Binary where the values are 0 and 1; otherwise within the values."""
        spec = MetricSpec(name="judge", version="1")
        values = {item.value for item in self.labels}
        if values == {0.0, 1.0}:
            return replace(spec, scale="binary")
        measure = "share" if min(values) >= 0 and max(values) <= 1 else "points"
        return replace(spec, range=(min(values), max(values)), measure=measure, failure=min(values))

    def settings(self) -> Mapping[str, Json]:
        """Labels and their values."""
        return {**self.settings_, "labels": {item.name: item.value for item in self.labels}}

    def schema(self) -> Json:
        """The label, behind its reason."""
        return verdict_schema({"reason": TEXT, "label": {"enum": [item.name for item in self.labels]}})

    def material(self, case: Case, output: Output) -> Material | Skipped:
        """Every sample can be classified."""
        return self.showing.material(case, output)

    def steps(self, material: Material) -> tuple[Step, ...]:
        """One question."""
        judged = what_is_judged(material)
        listed = "\n".join(
            f'  "{item.name}"' + (f": {item.meaning}" if item.meaning else "") for item in self.labels
        )
        names = " | ".join(f'"{item.name}"' for item in self.labels)
        return (
            Step(
                name="",
                rules=f"Classify {judged}. {self.question}\nChoose exactly one label:\n{listed}",
                parts=parts_of(material),
                reminder=f"Choose the label that fits {judged} best.",
                form=f'{{"reason": "…", "label": {names}}}',
                read=self._read,
            ),
        )

    def value(self, points: Mapping[str, float]) -> float | None:
        """The label's value."""
        return points.get("label")

    def extras(self, material: Material) -> Mapping[str, Json]:
        """Nothing more."""
        del material
        return {}

    def _read(self, row: Mapping[str, Json]) -> Reading:
        given = row.get("label")
        wanted = given.strip().casefold() if isinstance(given, str) else ""
        for item in self.labels:
            if item.name.casefold() == wanted:
                return Reading(
                    points={"label": item.value}, reasons={"label": reason_of(row)}, label=item.name
                )
        names = ", ".join(item.name for item in self.labels)
        raise Unreadable(f'"label" must be one of {names}, not {given!r:.40}')
