"""Reference-based correctness: does the answer say what the reference says?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steelyard.core import Case, Json, MetricSpec, Output, Skipped
from steelyard.metrics.judge._material import Showing, parts_of, what_is_judged
from steelyard.metrics.judge._schema import TEXT, verdict_schema
from steelyard.metrics.judge._step import Material, Reading, Step, Unreadable, reason_of

_RULES = """Decide whether {judged} is correct, by comparing it with the reference answer, which is right.

"correct": it gives the same final answer as the reference, however it is worded. More detail than the
reference has is fine as long as it does not contradict it; units, rounding and notation may differ where
the meaning does not.
"incorrect": the final answer differs, is missing, is hedged between several, or a statement in it
contradicts the reference.

Do not solve the task yourself, and do not reward effort, tone or length."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Asks whether an answer agrees with the case's expectation."""

    showing: Showing
    """What is shown; always with the reference."""

    @property
    def mode(self) -> str:
        """`reference`."""
        return "reference"

    @property
    def shows(self) -> Mapping[str, Json]:
        """What of a sample judges see."""
        return self.showing.as_json()

    @property
    def traits(self) -> MetricSpec:
        """1 for correct, 0 for incorrect."""
        return MetricSpec(name="judge", version="1", scale="binary")

    def settings(self) -> Mapping[str, Json]:
        """Nothing beside the prompt."""
        return {}

    def schema(self) -> Json:
        """The verdict, behind its reason."""
        return verdict_schema({"reason": TEXT, "verdict": {"enum": ["correct", "incorrect"]}})

    def material(self, case: Case, output: Output) -> Material | Skipped:
        """Skipped where nothing is expected."""
        shown = self.showing.material(case, output)
        return shown if shown.reference else Skipped(reason="nothing expected")

    def steps(self, material: Material) -> tuple[Step, ...]:
        """One question."""
        judged = what_is_judged(material)
        return (
            Step(
                name="",
                rules=_RULES.format(judged=judged),
                parts=parts_of(material),
                reminder=f"Is {judged} correct, by the reference answer?",
                form='{"reason": "…", "verdict": "correct" | "incorrect"}',
                read=_read,
            ),
        )

    def value(self, points: Mapping[str, float]) -> float | None:
        """1 or 0."""
        return points.get("correct")

    def extras(self, material: Material) -> Mapping[str, Json]:
        """Nothing more."""
        del material
        return {}


def _read(row: Mapping[str, Json]) -> Reading:
    given = row.get("verdict")
    verdict = given.strip().lower() if isinstance(given, str) else given
    if verdict not in ("correct", "incorrect"):
        raise Unreadable(f'"verdict" must be "correct" or "incorrect", not {given!r:.40}')
    return Reading(points={"correct": float(verdict == "correct")}, reasons={"correct": reason_of(row)})
