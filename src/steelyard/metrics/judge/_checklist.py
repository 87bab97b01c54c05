"""A checklist of yes-or-no questions: the share answered yes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from steelyard.core import Case, Json, MetricSpec, Output, Skipped
from steelyard.metrics.judge._material import Showing, parts_of, what_is_judged
from steelyard.metrics.judge._points import weighted
from steelyard.metrics.judge._schema import TEXT, closed, verdict_schema
from steelyard.metrics.judge._step import Material, Reading, Step, Unreadable, reason_of

_YES = frozenset({"yes", "y", "true"})
_NO = frozenset({"no", "n", "false"})
_MOST = 50


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """Asks yes-or-no questions, the benchmark's own or those that a case brings."""

    questions: tuple[str, ...]
    """Asked of every case that brings none of its own (`expected: {"checklist": […]}`)."""
    weights: tuple[float, ...]
    """What each of `questions` weighs."""
    showing: Showing
    """What is shown."""
    settings_: Mapping[str, Json]
    """The rubric that the questions come from, if they do."""

    @property
    def mode(self) -> str:
        """`checklist`."""
        return "checklist"

    @property
    def shows(self) -> Mapping[str, Json]:
        """What of a sample judges see."""
        return self.showing.as_json()

    @property
    def traits(self) -> MetricSpec:
        """A share, 0 to 1."""
        return MetricSpec(name="judge", version="1")

    def settings(self) -> Mapping[str, Json]:
        """The questions asked of every case."""
        return {**self.settings_, "questions": list(self.questions), "weights": list(self.weights)}

    def schema(self) -> Json:
        """An answer to each question, behind its reason."""
        row = closed({"question": {"type": "integer"}, "reason": TEXT, "answer": {"enum": ["yes", "no"]}})
        return verdict_schema({"answers": {"type": "array", "items": row}})

    def material(self, case: Case, output: Output) -> Material | Skipped:
        """With the questions that are asked; Skipped where there are none."""
        shown = self.showing.material(case, output)
        asked = shown.questions or self.questions
        if not asked:
            return Skipped(reason="no checklist: neither the judge nor the case has questions")
        return replace(shown, questions=asked[:_MOST])

    def steps(self, material: Material) -> tuple[Step, ...]:
        """One step with every question."""
        judged = what_is_judged(material)
        listed = "\n".join(f"{number}. {text}" for number, text in enumerate(material.questions, start=1))
        return (
            Step(
                name="",
                rules=(
                    f'Answer each question about {judged} with "yes" or "no". Answer "yes" only where it '
                    f"plainly holds; partly is no.\n\n{listed}"
                ),
                parts=parts_of(material),
                reminder=f"Answer the {len(material.questions)} questions about {judged}.",
                form='{"answers": [{"question": 1, "reason": "…", "answer": "yes" | "no"}, …]}',
                read=lambda row: _read(row, material.questions),
            ),
        )

    def value(self, points: Mapping[str, float]) -> float | None:
        """The share of yes; weighted where the questions are the judge's own."""
        keys = _keys(self.questions)
        weights = dict(zip(keys, self.weights, strict=True)) if set(points) <= set(keys) else {}
        return weighted(points, weights or dict.fromkeys(points, 1.0))

    def extras(self, material: Material) -> Mapping[str, Json]:
        """Nothing more: questions stand among the points."""
        del material
        return {}


def _keys(questions: Sequence[str]) -> list[str]:
    return [f"{number}. {text[:200]}" for number, text in enumerate(questions, start=1)]


def _read(row: Mapping[str, Json], questions: Sequence[str]) -> Reading:
    rows = row.get("answers")
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise Unreadable('it has no list "answers"')
    keys = _keys(questions)
    points: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for place, item in enumerate(rows, start=1):
        if not isinstance(item, Mapping):
            raise Unreadable('"answers" must hold objects')
        number = item.get("question", place)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(keys):
            raise Unreadable(f"there is no question {number!r:.20}")
        points[keys[number - 1]] = _truth(item.get("answer"), number)
        reasons[keys[number - 1]] = reason_of(item)
    missing = [number for number, key in enumerate(keys, start=1) if key not in points]
    if missing:
        raise Unreadable(f"question {missing[0]} is not answered")
    return Reading(points=points, reasons=reasons)


def _truth(value: Json, number: int) -> float:
    if isinstance(value, bool):
        return float(value)
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in _YES | _NO:
        raise Unreadable(f'question {number} must be answered "yes" or "no", not {value!r:.40}')
    return float(word in _YES)
