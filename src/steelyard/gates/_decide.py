"""From a rule and its evidence to PASS, FAIL or INCONCLUSIVE.

The decision always comes from the interval that is shown. Non-inferiority: PASS when the lower limit of
the two-sided interval lies above −margin, FAIL when the upper limit lies below it (Piaggio et al. 2012,
CONSORT extension for non-inferiority trials; each tail at half of 1 − level).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from steelyard.core import (
    BugError,
    Difference,
    Estimate,
    ExpertCheck,
    Interval,
    Lean,
    MetricSpec,
    NeededCases,
    RuleResult,
    VerdictWord,
)
from steelyard.gates._measure import oriented
from steelyard.gates._pairing import Pairs
from steelyard.gates._rules import Rule
from steelyard.stats import MeanResult, PairedResult, needed_units, normal_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict with its lean and its stable reason."""

    verdict: VerdictWord
    """The decision."""
    lean: Lean
    """Where the evidence points."""
    reason: str
    """One of the stable words that reports explain."""


def decide_difference(
    rule: Rule, spec: MetricSpec, *, difference: Difference, pairs: Pairs, max_missing: float
) -> Decision:
    """Decide an allowed-drop or a superiority rule."""
    refusal = _refusal(difference, pairs, max_missing=max_missing)
    if refusal is not None:
        return refusal
    if rule.kind == "allowed-drop" and difference.identical_outputs and _depends_on_output(spec):
        return Decision(verdict="PASS", lean="none", reason="unchanged")
    threshold = -rule.margin if rule.kind == "allowed-drop" else rule.margin
    shown = oriented(_known(difference.interval), spec.direction)
    worst = shown
    if difference.worst_interval is not None:
        worst = oriented(difference.worst_interval, spec.direction)
    lean = lean_of(shown, difference.difference, spec)
    return _by_threshold(rule, threshold=threshold, shown=shown, worst=worst, lean=lean)


def decide_bound(
    rule: Rule,
    *,
    value: Estimate,
    worst: float | None,
    missing_share: float,
    max_missing: float,
) -> Decision:
    """Decide an absolute bound on the candidate's own value.

    `worst` is the value if every missing sample had been worst; None when nothing is missing.
    """
    refusal = _bound_refusal(value, missing_share=missing_share, max_missing=max_missing)
    if refusal is not None:
        return refusal
    if value.value is None or value.interval is None:
        raise BugError("a bound was to be decided without a value")
    sign = 1.0 if rule.at_least is not None else -1.0
    low, high = sorted((sign * value.interval[0], sign * value.interval[1]))
    limit = sign * rule.limit
    lean: Lean = "better" if sign * value.value >= limit else "worse"
    if high < limit:
        return Decision(verdict="FAIL", lean="worse", reason="misses-bound")
    if low >= limit and (worst is None or sign * worst >= limit):
        return Decision(verdict="PASS", lean="better", reason="meets-bound")
    return _open("missing-decides" if low >= limit else "bound-not-settled", lean=lean)


def lean_of(interval: Interval, difference: float | None, spec: MetricSpec) -> Lean:
    """Where the evidence points: the side of zero that holds most of the interval.

    `interval` has up meaning better. Nothing leans when zero lies within the middle half of it.
    """
    if difference is None or spec.direction == "neither":
        return "none"
    low, high = interval
    quarter = (high - low) / 4
    if low + quarter > 0:
        return "better"
    return "worse" if high - quarter < 0 else "none"


def cases_to_settle(
    rule: Rule, spec: MetricSpec, *, result: PairedResult | MeanResult, per_unit: float
) -> NeededCases | None:
    """Further cases for an 80 % chance of a decision at the observed effect; None when nothing can be said.

    `per_unit` is the mean number of cases in a resampling unit, so that clusters are counted in cases.
    """
    observed = _observed(result)
    if observed is None or result.interval is None:
        return None
    value, units, spread = observed
    sign = -1.0 if _flipped(rule, spec) else 1.0
    target = {"allowed-drop": -rule.margin, "better": rule.margin, "bound": sign * rule.limit}[rule.kind]
    low, high = sorted((sign * result.interval[0], sign * result.interval[1]))
    needed = needed_units(
        sign * value - target,
        spread,
        n_units=units,
        margin=0.0,
        level=result.level,
        interval=(low - target, high - target),
    )
    return NeededCases(
        expected=None if needed.expected is None else round(needed.expected * per_unit),
        low=round(needed.low * per_unit),
        high=None if needed.high is None else round(needed.high * per_unit),
        towards=needed.towards,
    )


def rule_result(
    rule: Rule,
    spec: MetricSpec,
    *,
    decision: Decision,
    evidence: Difference | Estimate,
    needs: NeededCases | None,
) -> RuleResult:
    """The record of a decided rule, without its sentences: those belong to reports."""
    interval = evidence.interval
    value = evidence.difference if isinstance(evidence, Difference) else evidence.value
    difference = value
    if isinstance(evidence, Estimate) and value is not None:
        difference = value - rule.limit
    return RuleResult(
        rule=rule.describe(spec),
        metric=spec.key,
        kind=rule.kind,
        verdict=decision.verdict,
        lean=decision.lean,
        reason=decision.reason,
        text="",
        difference=difference,
        interval=interval,
        margin=rule.limit,
        needs_cases=needs if decision.verdict == "INCONCLUSIVE" else None,
        slice=rule.slice,
        evidence=evidence,
    )


def _open(reason: str, *, lean: Lean = "none") -> Decision:
    return Decision(verdict="INCONCLUSIVE", lean=lean, reason=reason)


def _bound_refusal(value: Estimate, *, missing_share: float, max_missing: float) -> Decision | None:
    unheld = _unheld(value.judge)
    if unheld is not None:
        return unheld
    if value.value is None or value.interval is None:
        varies = value.value is None or value.n < 2
        return _open("nothing-to-compare" if varies else "no-variation")
    if missing_share > max_missing:
        return _open("too-many-missing")
    return None if value.gateable else _open("too-few-units")


def _unheld(check: ExpertCheck | None) -> Decision | None:
    """Why a judge may not decide; None for other metrics and for judges that experts corrected."""
    if check is None or check.may_decide:
        return None
    reasons = {"none": "judge-not-held", "expired": "calibration-expired", "valid": "judge-not-corrected"}
    return _open(reasons[check.state])


def _refusal(difference: Difference, pairs: Pairs, *, max_missing: float) -> Decision | None:
    total = len(pairs) + len(pairs.missing)
    if total and len(pairs.missing) / total > max_missing:
        return _open("too-many-missing")
    if difference.interval is None and _unheld(difference.judge) is None:
        return _open("nothing-to-compare")
    unchanged = difference.identical_outputs and _depends_on_output(pairs.metric)
    unheld = _unheld(difference.judge)
    if unheld is not None and not unchanged:
        return unheld
    if not difference.gateable and not unchanged:
        return _open("too-few-units")
    return None


def _by_threshold(rule: Rule, *, threshold: float, shown: Interval, worst: Interval, lean: Lean) -> Decision:
    """PASS needs the worst case of the missing pairs too; FAIL rests on what was seen."""
    drop = rule.kind == "allowed-drop"
    if shown[1] < threshold:
        return Decision(verdict="FAIL", lean="worse", reason="beyond-allowed-drop" if drop else "not-better")
    if shown[0] > threshold:
        if worst[0] <= threshold:
            return _open("missing-decides", lean=lean)
        return Decision(verdict="PASS", lean=lean, reason="within-allowed-drop" if drop else "better")
    if lean == "worse":
        return _open("worse-not-yet-beyond", lean=lean)
    reason = "better-not-yet-sure" if lean == "better" else "no-difference-seen"
    return _open(reason, lean=lean)


def _observed(result: PairedResult | MeanResult) -> tuple[float, int, float] | None:
    """(value, units, standard deviation a unit), or None when there is nothing to plan from."""
    if isinstance(result, PairedResult):
        value, units, spread = result.difference, result.n_clusters, result.spread
    else:
        value, units = result.value, result.n_units
        spread = _spread(result.interval, units, level=result.level) if result.interval else None
    return None if value is None or units < 2 or not spread else (value, units, spread)


def _spread(interval: Interval, units: int, *, level: float) -> float:
    """Standard deviation a unit that an interval of this width implies."""
    return (interval[1] - interval[0]) / 2 / normal_quantile((1 + level) / 2) * math.sqrt(units)


def _depends_on_output(spec: MetricSpec) -> bool:
    """Latency, cost and tokens can change while every answer stays the same."""
    return spec.measure not in ("s", "USD", "tokens")


def _flipped(rule: Rule, spec: MetricSpec) -> bool:
    if rule.kind == "bound":
        return rule.at_most is not None
    return spec.direction == "lower"


def _known(interval: Interval | None) -> Interval:
    if interval is None:
        raise ValueError("an interval is needed to decide")
    return interval
