"""Milestones: how far an agent came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.core import Case, Failed, Score, Scored
from steelyard.metrics._answer import is_list


def milestone_score(case: Case, reached: Sequence[str]) -> Score:
    """The share of the case's milestones, `expected: {"milestones": [names]}`, that were reached.

    Failed where the case names none, or where a milestone was reached that it does not name.
    """
    listed = case.expected.get("milestones") if isinstance(case.expected, Mapping) else None
    names = list(listed) if isinstance(listed, Sequence) and is_list(listed) else []
    if not names or not all(isinstance(name, str) for name in names):
        return Failed(error='the case names no milestones: expected: {"milestones": [names]}')
    foreign = [name for name in reached if name not in names]
    if foreign:
        return Failed(error=f"{foreign[0]!r:.80} is no milestone of the case")
    left = [str(name) for name in names if name not in reached]
    reason = f"not reached: {', '.join(left[:10])[:300]}" if left else "every milestone was reached"
    return Scored(
        value=1 - len(left) / len(names), reason=reason, detail={"reached": [*dict.fromkeys(reached)]}
    )
