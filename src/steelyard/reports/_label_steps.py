"""What experts can do about a rule on a judge that is not settled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from steelyard.core import Estimate
from steelyard.reports._numbers import about, counted

if TYPE_CHECKING:
    from steelyard.core import Difference, ExpertCheck, RuleResult

_ROOM = 1.43
"""Half-widths that leave an 80 % chance of a decision at the observed value: (1.960 + 0.842) / 1.960."""


def label_words(rule: RuleResult, judge: ExpertCheck) -> str:
    """`Let experts rate about 240 more answers of both versions`; without a number where none is known."""
    each = "" if isinstance(rule.evidence, Estimate) else ", the same cases of both versions"
    if judge.corrected is None:
        again = " again" if judge.state == "expired" else ""
        return f"Hold the judge against experts{again}: let them rate some answers{each}"
    if judge.human_only is None:
        return f"Let experts rate answers of this very run{each}: it says more than the errors on another one"
    total = _labels_to_settle(rule, judge)
    if total is None:
        return f"Let experts rate more answers{each}; how many it takes cannot be said from these"
    if total > judge.judge_only.n:
        cases = counted(judge.judge_only.n, "answer")
        return f"Add cases and let experts rate them: even all {cases} rated would hardly settle this"
    more = max(1, total - judge.labels)
    return f"Let experts rate about {about(more)} more {'answer' if more == 1 else 'answers'}{each}"


def _labels_to_settle(rule: RuleResult, judge: ExpertCheck) -> int | None:
    """Labels after which the interval ends before the limit, as widths fall with the root of their number.

    J. Fleiss, B. Levin, M. Paik, *Statistical Methods for Rates and Proportions*, 3rd edition, 2003, ch. 4.
    """
    evidence: Difference | Estimate | None = rule.evidence
    limit = _limit(rule)
    if evidence is None or evidence.interval is None or limit is None:
        return None
    value = evidence.value if isinstance(evidence, Estimate) else evidence.difference
    if value is None:
        return None
    end = evidence.interval[0] if value > limit else evidence.interval[1]
    distance = abs(value - limit)
    if not distance:
        return None
    needed = judge.labels * (_ROOM * abs(value - end) / distance) ** 2
    return math.ceil(needed) if math.isfinite(needed) else None


def _limit(rule: RuleResult) -> float | None:
    evidence = rule.evidence
    if evidence is None or rule.margin is None or isinstance(evidence, Estimate):
        return rule.margin
    towards_worse = rule.kind == "allowed-drop"
    return -rule.margin if towards_worse == (evidence.direction != "lower") else rule.margin
