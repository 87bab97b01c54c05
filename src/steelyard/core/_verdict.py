"""A verdict: PASS, FAIL or INCONCLUSIVE, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from steelyard.core._comparison import Comparison, Difference
from steelyard.core._estimate import Estimate, Interval
from steelyard.core._json import Json

VerdictWord = Literal["PASS", "FAIL", "INCONCLUSIVE"]
Lean = Literal["better", "worse", "none"]
RuleKind = Literal["allowed-drop", "better", "bound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededCases:
    """How many further cases would settle an INCONCLUSIVE rule."""

    expected: int | None
    """Further cases for an 80 % chance of a decision at the observed effect; None: the effect sits on the
    threshold, and no number would settle it."""
    low: int
    """The same if the effect is as favourable to a decision as the data allow."""
    high: int | None
    """The same if it is as unfavourable as the data allow; None: no number would settle it."""
    towards: VerdictWord
    """The decision it would most likely be."""

    def as_json(self) -> dict[str, Json]:
        """The `needs_cases` object of the command contract."""
        return {"expected": self.expected, "range": [self.low, self.high], "towards": self.towards}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """One rule of a gate, decided."""

    rule: str
    """The rule in words, such as `numeric_match may drop by at most 2 points`."""
    metric: str
    """The metric's key."""
    kind: RuleKind
    """What the rule asks."""
    verdict: VerdictWord
    """The decision."""
    lean: Lean
    """Where the evidence points, decided or not."""
    reason: str
    """`unchanged`, `within-allowed-drop`, `beyond-allowed-drop`, `worse-not-yet-beyond`, …: a stable word."""
    text: str
    """The reasoning in two or three sentences, for people."""
    difference: float | None
    """candidate − base, or value − bound; None when nothing could be measured."""
    interval: Interval | None
    """The interval that decided."""
    margin: float | None
    """The allowed drop (a positive number), or the bound of a bound rule."""
    needs_cases: NeededCases | None = None
    """For INCONCLUSIVE rules: what would settle them."""
    slice: str = ""
    """`dimension=value`, or empty for all cases."""
    evidence: Difference | Estimate | None = None
    """The record the decision rests on."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "rule": self.rule,
            "metric": self.metric,
            "kind": self.kind,
            "verdict": self.verdict,
            "lean": self.lean,
            "reason": self.reason,
            "text": self.text,
            "difference": self.difference,
            "interval": list(self.interval) if self.interval else None,
            "margin": self.margin,
            "needs_cases": self.needs_cases.as_json() if self.needs_cases else None,
            "slice": self.slice,
            "evidence": self.evidence.as_json() if self.evidence else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The verdict on a candidate, with every rule and the comparison behind it."""

    verdict: VerdictWord
    """PASS when every rule passes, FAIL when one fails, INCONCLUSIVE otherwise."""
    lean: Lean
    """Where the deciding rule points."""
    reason: str
    """The deciding rule's reason, in one sentence for people."""
    rules: tuple[RuleResult, ...]
    """Every rule."""
    comparison: Comparison
    """What the rules were decided on."""
    look: int = 1
    """How often this question has been put to growing data; later looks use stricter levels."""
    on_inconclusive: Literal["warn", "fail"] = "warn"
    """What the caller wants INCONCLUSIVE to mean for the exit code."""
    notes: tuple[str, ...] = ()
    """What the reader must know besides."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "verdict": self.verdict,
            "lean": self.lean,
            "reason": self.reason,
            "rules": [rule.as_json() for rule in self.rules],
            "comparison": self.comparison.as_json(),
            "look": self.look,
            "on_inconclusive": self.on_inconclusive,
            "notes": list(self.notes),
        }
