"""Pairwise: which of two answers is better, asked in both orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from steelyard.core import Case, Json, MetricSpec, Output, Rubric, Skipped
from steelyard.metrics.judge._material import Showing
from steelyard.metrics.judge._schema import TEXT, verdict_schema
from steelyard.metrics.judge._step import Material, Reading, Step, Unreadable, reason_of

FIRST = "candidate first"
SECOND = "candidate second"
"""The two orders, as the verdicts' points name them: 1 the candidate won, 0.5 a tie, 0 it lost."""

Opponent = Callable[[Case, Output], "Output | None"]
"""The other run's answer to a case; None where it has none."""

_RULES = """Decide which of two answers to the same question is better: A, B, or neither.
{criteria}
Judge what they say. Which of them stands first says nothing about it, nor does length by itself, nor
whether an answer calls itself good. Where both are equally good or equally bad, it is a tie."""


@dataclass(frozen=True, kw_only=True)
class Pairwise:
    """Asks which answer is better, once with the candidate first and once with it second."""

    rubric: Rubric | None
    """What makes an answer better; None: helpfulness in general."""
    opponent: Opponent
    """Where the other answers come from."""
    against: str
    """The run they come from."""
    showing: Showing
    """What is shown."""

    @property
    def mode(self) -> str:
        """`pairwise`."""
        return "pairwise"

    @property
    def shows(self) -> Mapping[str, Json]:
        """What of a sample judges see."""
        return self.showing.as_json()

    @property
    def traits(self) -> MetricSpec:
        """The mean of both orders: 1 two wins, 0.5 undecided, 0 two losses."""
        return MetricSpec(name="judge", version="1")

    def settings(self) -> Mapping[str, Json]:
        """The rubric and the opponent."""
        rubric = self.rubric
        named: dict[str, Json] = {"rubric": rubric.name, "rubric_hash": rubric.hash} if rubric else {}
        return {**named, "against": self.against}

    def schema(self) -> Json:
        """The verdict, behind its reason."""
        return verdict_schema({"reason": TEXT, "better": {"enum": ["A", "B", "tie"]}})

    def material(self, case: Case, output: Output) -> Material | Skipped:
        """With the other answer; Skipped where there is none."""
        other = self.opponent(case, output)
        if other is None or other.fault is not None:
            return Skipped(reason=f"run {self.against} has no answer to this case")
        shown = self.showing.material(case, output)
        return replace(shown, other=self.showing.material(case, other).answer)

    def steps(self, material: Material) -> tuple[Step, ...]:
        """Both orders."""
        return tuple(self._step(material, name) for name in (FIRST, SECOND))

    def value(self, points: Mapping[str, float]) -> float | None:
        """The mean of the two orders."""
        return (points[FIRST] + points[SECOND]) / 2 if len(points) == 2 else None

    def extras(self, material: Material) -> Mapping[str, Json]:
        """The lengths in characters, for the preference for length."""
        return {"lengths": {"candidate": len(material.answer), "other": len(material.other)}}

    def _step(self, material: Material, name: str) -> Step:
        answers = (material.answer, material.other) if name == FIRST else (material.other, material.answer)
        parts = [("question", material.question)] if material.question else []
        parts += [(f"document {number}", text) for number, text in enumerate(material.context, start=1)]
        if material.reference:
            parts.append(("reference answer", material.reference))
        parts += [("answer A", answers[0]), ("answer B", answers[1])]
        return Step(
            name=name,
            rules=_RULES.format(criteria=_criteria(self.rubric)),
            parts=tuple(parts),
            reminder="Which answer is better: A, B, or is it a tie?",
            form='{"reason": "…", "better": "A" | "B" | "tie"}',
            read=lambda row: _read(row, name),
        )


def _criteria(rubric: Rubric | None) -> str:
    if rubric is None:
        return "The better answer helps the person who asked more: right, complete, to the point, safe.\n"
    guideline = f"{rubric.guideline}\n" if rubric.guideline else ""
    lines = [
        f'- "{item.name}" (weight {item.weight:g}): {item.question} At best: {item.anchors[-1].meaning}'
        for item in rubric.criteria
    ]
    return guideline + "What makes an answer better:\n" + "\n".join(lines) + "\n"


def _read(row: Mapping[str, Json], name: str) -> Reading:
    given = row.get("better")
    word = given.strip().casefold() if isinstance(given, str) else ""
    values = {"a": 1.0, "b": 0.0, "tie": 0.5, "neither": 0.5}
    if word not in values:
        raise Unreadable(f'"better" must be "A", "B" or "tie", not {given!r:.40}')
    value = values[word] if name == FIRST else 1.0 - values[word]
    return Reading(points={name: value}, reasons={name: reason_of(row)})
