"""The first wrong step of an agent, as a judge sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.core import Case, Json, MetricSpec, Output, Skipped
from steelyard.metrics.judge._material import Showing, parts_of
from steelyard.metrics.judge._schema import TEXT, verdict_schema
from steelyard.metrics.judge._step import Material, Reading, Step, Unreadable, reason_of

STEP = "step"
_HIGHEST = 1_000_000
_RULES = """The answer lists the steps of an agent, numbered, and ends with its last answer. Steps that read
the same as others, or that matter less, may be left out; the numbers tell which.
Name the first step that is wrong: the earliest one without which the task would have been done, or that
breaks what was asked. Looking something up is not wrong, nor is an error that the agent got over.
Answer with the step's number. Answer 0 if no step is wrong."""


@dataclass(frozen=True, kw_only=True)
class FirstWrong:
    """Asks for the number of the first wrong step, 0 for none."""

    showing: Showing
    """What is shown; always with the compacted steps."""

    @property
    def mode(self) -> str:
        """`first_step`."""
        return "first_step"

    @property
    def shows(self) -> Mapping[str, Json]:
        """What of a sample judges see."""
        return self.showing.as_json()

    @property
    def traits(self) -> MetricSpec:
        """A number of a step, neither better nor worse."""
        return MetricSpec(
            name="judge",
            version="1",
            direction="neither",
            scale="unbounded",
            range=(0.0, None),
            measure="steps",
            failure=None,
        )

    def settings(self) -> Mapping[str, Json]:
        """Nothing beside the prompt."""
        return {}

    def schema(self) -> Json:
        """The number, behind its reason."""
        return verdict_schema({"reason": TEXT, STEP: {"type": "integer"}})

    def material(self, case: Case, output: Output) -> Material | Skipped:
        """Every sample with steps can be looked at; who asks sees to that."""
        return self.showing.material(case, output)

    def steps(self, material: Material) -> tuple[Step, ...]:
        """One question."""
        return (
            Step(
                name="",
                rules=_RULES,
                parts=parts_of(material),
                reminder="Which numbered step of the answer is the first wrong one? 0 if none is.",
                form='{"reason": "…", "step": 0}',
                read=_read,
            ),
        )

    def value(self, points: Mapping[str, float]) -> float | None:
        """The number of the step."""
        return points.get(STEP)

    def extras(self, material: Material) -> Mapping[str, Json]:
        """Nothing more."""
        del material
        return {}


def _read(row: Mapping[str, Json]) -> Reading:
    given = row.get(STEP)
    text = given.strip() if isinstance(given, str) else ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else given
    if isinstance(number, bool) or not isinstance(number, int | float) or number != int(number):
        raise Unreadable(f'"step" must be a whole number, not {given!r:.40}')
    if not 0 <= number <= _HIGHEST:
        raise Unreadable(f'"step" must be the number of a step, or 0, not {number:g}')
    return Reading(points={STEP: float(number)}, reasons={STEP: reason_of(row)})
