"""What rules look at: the cases, and what several rules need to know about them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from steelyard.bench._texts import texts_of
from steelyard.core import Case, ContaminationReport, Json, content_hash
from steelyard.text import NearDuplicate, near_duplicates

NEAR = 0.8
"""Jaccard similarity from which two questions count as nearly the same."""


class Subject:
    """The cases of a version, with shared results computed once; `contamination` is what a corpus showed."""

    def __init__(self, cases: Sequence[Case], *, contamination: ContaminationReport | None = None) -> None:
        self.cases = cases
        self.contamination = contamination

    @cached_property
    def questions(self) -> list[str]:
        """What each case asks, as one text: input, turns or scenario, context and attachments."""
        return [question_text(case) for case in self.cases]

    @cached_property
    def copies(self) -> list[list[Case]]:
        """Cases that ask exactly the same, whatever they expect; at least two in a list."""
        same: dict[str, list[Case]] = {}
        for case in self.cases:
            asked: list[Json] = [
                case.input,
                list(case.context),
                list(case.turns),
                case.scenario.as_json() if case.scenario else None,
                [item.sha256 for item in case.attachments],
            ]
            same.setdefault(content_hash(asked), []).append(case)
        return [members for members in same.values() if len(members) > 1]

    @cached_property
    def near_pairs(self) -> list[tuple[Case, Case, float]]:
        """Cases that ask nearly but not exactly the same, with their similarity."""
        exact = {case.id: number for number, members in enumerate(self.copies) for case in members}
        found: list[NearDuplicate] = near_duplicates(self.questions, threshold=NEAR)
        pairs = []
        for pair in found:
            first, second = self.cases[pair.first], self.cases[pair.second]
            if exact.get(first.id, -1) != exact.get(second.id, -2):
                pairs.append((first, second, pair.similarity))
        return pairs

    @cached_property
    def units(self) -> int:
        """Independent units: groups, and cases that stand alone."""
        return len({case.cluster for case in self.cases})


def question_text(case: Case) -> str:
    """What a case asks, as one text."""
    parts = [*texts_of(case.input)]
    for turn in case.turns:
        parts += texts_of(turn.get("content"))
    if case.scenario is not None:
        parts += [case.scenario.persona, case.scenario.goal]
    parts += case.context
    parts += [item.sha256 for item in case.attachments]
    return "\n".join(parts)
