"""Agreement of JSON fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._answer import answer_json, field_at
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.text import Normaliser

_Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class JsonFields(BaseMetric):
    """How many fields of the answer's object have the expected value.

    What it measures
        The share of the expectation's fields that the answer has with an equal value. Nested objects are
        compared leaf by leaf (`address.city`); lists must be equal as a whole. Numbers are equal within
        `tolerance`, texts after the declared normalisation. `detail.fields` holds each field's outcome.

    When it misleads
        Every leaf counts the same, whether it is the amount or a comment; name those that matter in
        `fields`. Invented extra fields cost nothing unless `extra=penalise`.

    Example
        `json_fields:fields=amount+currency,tolerance=0.01`.

    Reference
        Slot accuracy of information extraction; Sundheim and Chinchor 1993, MUC-5 evaluation metrics.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="json_fields", version="1")

    fields: tuple[str, ...] = ()
    """The dotted fields to compare; empty: every leaf of the expectation."""
    tolerance: float = 0.0
    """Largest allowed difference of numbers."""
    ignore_case: bool = False
    """Fold the case of texts."""
    extra: Literal["ignore", "penalise"] = "ignore"
    """Whether leaves that were not expected count as wrong ones."""

    @cached_property
    def _normalise(self) -> Normaliser:
        return Normaliser(ignore_case=self.ignore_case)

    def _check(self) -> None:
        if not 0 <= self.tolerance < float("inf"):
            raise self._refuse("tolerance must be 0 or more", hint="Leave it out for equality")

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; an answer that is no object holds nothing to compare."""
        if case.expected is None:
            return NOTHING_EXPECTED
        if not isinstance(case.expected, Mapping):
            return Skipped(reason="the expectation is not an object")
        wanted = self._wanted(case.expected)
        if not wanted:
            return Skipped(reason="the expectation has none of the fields")
        answer = answer_json(output)
        if not isinstance(answer, Mapping):
            return self._miss(
                "the answer is not a JSON object" if output.text.strip() else "the answer is empty"
            )
        outcome = {path: self._equal(field_at(answer, path), value) for path, value in wanted.items()}
        surplus = 0
        if self.extra == "penalise":
            surplus = sum(1 for path, _ in _leaves(answer) if path not in wanted)
        wrong = [".".join(path) for path, right in outcome.items() if not right]
        return Scored(
            value=(len(outcome) - len(wrong)) / (len(outcome) + surplus),
            reason=f"wrong: {', '.join(wrong[:10])}"[:200] if wrong else "",
            detail={"fields": {".".join(path): right for path, right in outcome.items()}},
        )

    def _wanted(self, expected: Mapping[str, Json]) -> dict[_Path, Json]:
        if not self.fields:
            return dict(_leaves(expected))
        paths = [tuple(path.split(".")) for path in self.fields]
        found = {path: field_at(expected, path) for path in paths}
        return {path: value for path, value in found.items() if value is not None}

    def _equal(self, found: Json, wanted: Json) -> bool:
        if isinstance(found, bool) or isinstance(wanted, bool):
            return found is wanted
        if isinstance(found, int | float) and isinstance(wanted, int | float):
            return found == wanted or (self.tolerance > 0 and _near(found, wanted, self.tolerance))
        if isinstance(found, str) and isinstance(wanted, str):
            return self._normalise(found) == self._normalise(wanted)
        return found == wanted


def _near(found: float, wanted: float, tolerance: float) -> bool:
    try:
        return abs(found - wanted) <= tolerance
    except OverflowError:  # a whole number beyond the largest float, against a float
        return False


def _leaves(value: Mapping[str, Json]) -> Iterator[tuple[_Path, Json]]:
    """Every leaf with its path, in order; a stack instead of recursion, as answers may nest deeply."""
    stack: list[tuple[_Path, Json]] = [((key,), item) for key, item in reversed(list(value.items()))]
    while stack:
        path, item = stack.pop()
        if isinstance(item, Mapping) and item:
            stack.extend(((*path, key), inner) for key, inner in reversed(list(item.items())))
        else:
            yield path, item
