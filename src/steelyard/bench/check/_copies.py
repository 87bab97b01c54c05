"""Rules about cases that ask the same."""

from __future__ import annotations

from collections.abc import Iterator

from steelyard.bench.check._report import Remark
from steelyard.bench.check._subject import Subject
from steelyard.core import Case, canonical_json


def find_duplicates(subject: Subject) -> Iterator[Remark]:
    """What it finds: cases with the same question and the same expectation under different ids.

    Why it matters: a repeated question counts twice, so the interval is narrower than the evidence.
    Cases of one group are declared copies, and are not reported.

    Example: `{"id": "a", "input": "2 + 2?"}` and `{"id": "b", "input": "2 + 2?"}`. Remove one, or give
    both the same `group`.
    """
    for members in subject.copies:
        by_answer: dict[str, list[Case]] = {}
        for case in members:
            by_answer.setdefault(canonical_json(case.expected), []).append(case)
        for same in by_answer.values():
            if len(same) > 1 and not _one_group(same):
                ids = tuple(case.id for case in same)
                yield Remark(
                    message=f"{_named(ids)} are the same case; remove all but one, or give them one group",
                    cases=ids,
                )


def find_conflicts(subject: Subject) -> Iterator[Remark]:
    """What it finds: the same question with different expectations.

    Why it matters: no system can be right on both, so the best possible score is below 1 and nobody
    knows by how much.

    Example: `{"id": "a", "input": "Capital?", "expected": "Bern"}` and the same input with `"Zurich"`.
    If both answers are right, write `"expected": ["Bern", "Zurich"]` in one case.
    """
    for members in subject.copies:
        answers = {canonical_json(case.expected) for case in members if case.expected is not None}
        if len(answers) > 1:
            ids = tuple(case.id for case in members if case.expected is not None)
            yield Remark(
                message=f"{_named(ids)} ask the same and expect different answers; keep one, or list both",
                cases=ids,
            )


def find_near_duplicates(subject: Subject) -> Iterator[Remark]:
    """What it finds: questions that are nearly the same (Jaccard similarity of 5-character runs at
    least .8), in cases of different groups.

    Why it matters: near-copies stand or fall together. Counted as independent, they make intervals too
    narrow; in one `group` they are counted rightly.

    Example: "How do I reset my password?" and "How do I reset my password please?".
    """
    for first, second, similarity in subject.near_pairs:
        if first.cluster != second.cluster and first.split == second.split:
            yield Remark(
                message=(
                    f"{_named((first.id, second.id))} ask nearly the same ({similarity:.0%} alike); "
                    "give them one group, or remove one"
                ),
                cases=(first.id, second.id),
                detail={"similarity": round(similarity, 4)},
            )


def find_split_leaks(subject: Subject) -> Iterator[Remark]:
    """What it finds: the same or nearly the same question in two splits, and groups that span splits.

    Why it matters: a sealed split measures what was never tuned on. A copy in the open split unseals it.

    Example: a case in `"split": "sealed"` whose text, but for one word, stands in the open split too.
    """
    for members in subject.copies:
        splits = sorted({case.split for case in members})
        if len(splits) > 1:
            ids = tuple(case.id for case in members)
            yield Remark(
                message=f"{_named(ids)} ask the same in the splits {' and '.join(splits)}; keep one split",
                cases=ids,
            )
    for first, second, similarity in subject.near_pairs:
        if first.split != second.split:
            yield Remark(
                message=(
                    f"{_named((first.id, second.id))} ask nearly the same ({similarity:.0%} alike) "
                    f"in the splits {first.split} and {second.split}; keep them in one"
                ),
                cases=(first.id, second.id),
                detail={"similarity": round(similarity, 4)},
            )
    groups: dict[str, dict[str, str]] = {}
    for case in subject.cases:
        if case.group is not None:
            groups.setdefault(case.group, {}).setdefault(case.split, case.id)
    for group, splits_of in groups.items():
        if len(splits_of) > 1:
            yield Remark(
                message=f"the group '{group}' spans {' and '.join(sorted(splits_of))}; keep it in one split",
                cases=tuple(splits_of.values()),
            )


def _one_group(cases: list[Case]) -> bool:
    return cases[0].group is not None and len({case.group for case in cases}) == 1


def _named(ids: tuple[str, ...]) -> str:
    shown = [f"'{case_id}'" for case_id in ids[:3]]
    if len(ids) > 3:
        return f"{', '.join(shown)} and {len(ids) - 3} more"
    return " and ".join(shown)
