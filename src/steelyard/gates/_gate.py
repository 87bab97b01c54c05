"""The gate: two runs and a rule set to one verdict, with its reasoning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from steelyard.core import (
    Clock,
    ConfigError,
    Estimate,
    GateResult,
    Interval,
    Lean,
    MetricSpec,
    RuleResult,
    UsageError,
    VerdictWord,
)
from steelyard.gates._compare import Compared, CompareOptions, compare_runs
from steelyard.gates._decide import (
    cases_to_settle,
    decide_bound,
    decide_difference,
    rule_result,
)
from steelyard.gates._judged import judged_measure, judged_value, uncorrected, with_missing_value
from steelyard.gates._looks import count_looks, evidence_of, question_of
from steelyard.gates._measure import compare, estimate, measure_difference, scale_of
from steelyard.gates._pairing import Pairs
from steelyard.gates._rules import Rule, RuleSet
from steelyard.gates._store import GateLook, GateStore
from steelyard.reports import explain_gate, explain_rule
from steelyard.runs import RunRecord, SampleStore
from steelyard.stats import look_level, missing_bounds
from steelyard.stats.judging import JudgeEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """What is to be decided."""

    base: RunRecord
    """The baseline run."""
    candidate: RunRecord
    """The candidate run."""
    rules: RuleSet
    """What the candidate must satisfy."""
    anchor: RunRecord | None = None
    """The run of the anchor release, when the rules name one."""
    seed: int = 0
    """Seed of resampling."""
    judges: Mapping[tuple[str, str], JudgeEvidence] = field(default_factory=dict)
    """What experts say of a judge, by run id and metric key; rules on others are refused."""


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """A decided rule with what it was decided on."""

    rule: Rule
    compared: Compared
    result: RuleResult


def evaluate_gate(
    request: GateRequest,
    *,
    samples: SampleStore,
    gates: GateStore,
    clock: Clock,
) -> GateResult:
    """Decide every rule, then the gate: PASS when all pass, FAIL when one surely fails.

    Each rule is decided at its own level, because a gate that needs all rules to pass is an
    intersection-union test (Berger 1982). That *some* rule fails is claimed only when one fails at a
    level corrected for their number (Bonferroni, the first step of Holm 1979). A question that was
    INCONCLUSIVE before and is put again to other data is decided at a stricter level (`look_level`).
    """
    compared = _compare(request, request.base, samples=samples)
    question, evidence = question_of(request.base, request.candidate, request.rules), evidence_of(compared)
    look = count_looks(
        evidence, gates.looks(question), runs=(request.base, request.candidate), samples=samples
    )
    level = look_level(look)
    rules = tuple(_at_look(rule, level) for rule in _rules(request.rules, compared))
    decided = [
        _Decided(rule=rule, compared=compared, result=_decide(rule, compared, request)) for rule in rules
    ]
    if request.anchor is not None:
        decided += _against_anchor(rules, _compare(request, request.anchor, samples=samples), request)
    results = tuple(replace(item.result, text=explain_rule(item.result)) for item in decided)
    verdict, lean = _overall(decided, request)
    gates.add_look(
        GateLook(
            question=question,
            evidence=evidence,
            base_run=request.base.id,
            candidate_run=request.candidate.id,
            verdict=verdict,
            decided=clock.now(),
        )
    )
    result = GateResult(
        verdict=verdict,
        lean=lean,
        reason="",
        rules=results,
        comparison=compared.comparison,
        look=look,
        on_inconclusive=request.rules.on_inconclusive,
        notes=(*_look_notes(look, level), *_bound_notes(results)),
    )
    headline, sentences, _ = explain_gate(result)
    return replace(result, reason=" ".join((headline, *sentences)))


def _compare(request: GateRequest, base: RunRecord, *, samples: SampleStore) -> Compared:
    keys = tuple(dict.fromkeys(rule.metric for rule in request.rules.rules))
    drops = [rule for rule in request.rules.rules if rule.kind == "allowed-drop"]
    options = CompareOptions(
        metrics=keys,
        allowed_drop=None if request.rules.rules else request.rules.allowed_drop,
        margins={f"{rule.metric}@{rule.slice}" if rule.slice else rule.metric: rule.margin for rule in drops},
        seed=request.seed,
        judges=request.judges,
    )
    return compare_runs(base, request.candidate, samples=samples, options=options)


def _rules(rules: RuleSet, compared: Compared) -> tuple[Rule, ...]:
    """The written rules, or one allowed-drop rule for every shared metric that counts a share."""
    if rules.rules:
        return rules.rules
    specs = [pairs.metric for pairs in compared.pairs.values()]
    judged = [spec for spec in specs if spec.direction != "neither" and spec.measure == "share"]
    if not judged:
        raise UsageError(
            f"no default rule fits the metrics {', '.join(spec.key for spec in specs)}",
            where="gate",
            hint="Write a rules file with a margin or a bound for them: --rules gate.yaml",
        )
    return tuple(Rule(metric=spec.key, margin=rules.allowed_drop) for spec in judged)


def _at_look(rule: Rule, level: float) -> Rule:
    return replace(rule, level=max(rule.level, 1 - (1 - rule.level) * (1 - level) / (1 - look_level(1))))


def _decide(rule: Rule, compared: Compared, request: GateRequest) -> RuleResult:
    pairs = _pairs_for(rule, compared)
    if rule.uncalibrated == "allow":
        pairs = uncorrected(pairs)
    if rule.kind == "bound":
        return _decide_bound(rule, pairs, request)
    difference = measure_difference(
        pairs,
        level=rule.level,
        seed=request.seed,
        allowed_drop=rule.margin,
        slice_name=rule.slice,
    )
    decision = decide_difference(
        rule, pairs.metric, difference=difference, pairs=pairs, max_missing=request.rules.max_missing
    )
    needs = None
    if decision.verdict == "INCONCLUSIVE" and len(pairs) and pairs.judge is None:
        result = compare(pairs, level=rule.level, seed=request.seed)
        per_unit = len(pairs) / max(result.n_clusters, 1)
        needs = cases_to_settle(rule, pairs.metric, result=result, per_unit=per_unit)
    return rule_result(rule, pairs.metric, decision=decision, evidence=difference, needs=needs)


def _decide_bound(rule: Rule, pairs: Pairs, request: GateRequest) -> RuleResult:
    pairs = pairs.of_candidate()
    spec = pairs.metric
    missing = sum(value is None for value in pairs.missing.candidate)
    check = None
    if pairs.judge is not None:
        result, check = judged_value(
            pairs,
            pairs.judge,
            which="candidate",
            scale=scale_of(pairs),
            level=rule.level,
            seed=request.seed,
        )
        bounds = with_missing_value(pairs, result, missing) if missing else None
    else:
        result = estimate(pairs, level=rule.level, seed=request.seed, exact=True)
        bounds = _missing_bounds(pairs) if missing else None
    value = Estimate(
        name=spec.key,
        value=result.value,
        interval=result.interval,
        n=result.n,
        unit=pairs.unit,
        n_units=result.n_units,
        level=rule.level,
        method=result.method,
        missing=missing,
        bounds=bounds,
        estimand=pairs.estimand,
        signature=pairs.signature(n=result.n, method=result.method, level=rule.level, seed=request.seed),
        measure=judged_measure(pairs),
        gateable=result.gateable,
        note=result.note,
        judge=check,
    )
    decision = decide_bound(
        rule,
        value=value,
        worst=bounds[0] if bounds else None,
        missing_share=missing / max(result.n + missing, 1),
        max_missing=request.rules.max_missing,
    )
    needs = None
    if decision.verdict == "INCONCLUSIVE" and pairs.judge is None:
        needs = cases_to_settle(rule, spec, result=result, per_unit=result.n / max(result.n_units, 1))
    return rule_result(rule, spec, decision=decision, evidence=value, needs=needs)


def _missing_bounds(pairs: Pairs) -> Interval | None:
    """The candidate's value with its missing samples worst, then best, each as heavy as its case."""
    spec = pairs.metric
    if spec.corpus:
        return None
    lost = [
        weight
        for value, weight in zip(pairs.missing.candidate, pairs.missing.weights, strict=True)
        if value is None
    ]
    weighted = pairs.weights is not None
    return missing_bounds(
        pairs.candidate,
        len(lost),
        worst=spec.worst,
        best=spec.best,
        weights=pairs.weights,
        missing_weights=lost if weighted else None,
    )


def _check_share(rule: Rule, spec: MetricSpec) -> None:
    """Refuse a share written in points: a drop of 200 points would let everything pass."""
    if spec.measure == "share" and rule.limit > 1:
        raise ConfigError(
            f"{rule.limit:g} of {rule.metric} is more than all of it",
            where=f"rule on {rule.metric}",
            hint=f"Write a share: {rule.limit / 100:g} for {rule.limit:g} points",
        )


def _pairs_for(rule: Rule, compared: Compared) -> Pairs:
    pairs = compared.pairs.get(rule.metric)
    if pairs is None:
        raise UsageError(
            f"no metric '{rule.metric}' in both runs",
            where=f"rule on {rule.metric}",
            hint=f"They share: {', '.join(compared.pairs)}",
        )
    _check_share(rule, pairs.metric)
    if not rule.slice:
        return pairs
    dimension, _, value = rule.slice.partition("=")
    chosen = pairs.in_slice(dimension, value)
    if not len(chosen) and not len(chosen.missing):
        known = sorted({row[dimension] for row in pairs.slices if dimension in row})
        raise UsageError(
            f"no case lies in the slice {rule.slice}",
            where=f"rule on {rule.metric}",
            hint=f"Values of {dimension}: {', '.join(known)}" if known else f"No case has '{dimension}'",
        )
    return chosen


def _overall(decided: Sequence[_Decided], request: GateRequest) -> tuple[VerdictWord, Lean]:
    results = [item.result for item in decided]
    if all(result.verdict == "PASS" for result in results):
        return "PASS", _joint_lean(results)
    failed = [item for item in decided if item.result.verdict == "FAIL"]
    if any(_surely_fails(item, request, rules=len(decided)) for item in failed):
        return "FAIL", "worse"
    return "INCONCLUSIVE", "worse" if failed else _joint_lean(results)


def _surely_fails(item: _Decided, request: GateRequest, *, rules: int) -> bool:
    """Whether a failed rule still fails at the level corrected for the number of rules."""
    if rules == 1:
        return True
    stricter = replace(item.rule, level=1 - (1 - item.rule.level) / rules)
    return _decide(stricter, item.compared, request).verdict == "FAIL"


def _joint_lean(results: Sequence[RuleResult]) -> Lean:
    open_results = [result for result in results if result.verdict != "PASS"] or list(results)
    leans = {result.lean for result in open_results}
    if "worse" in leans:
        return "worse"
    return "better" if leans == {"better"} else "none"


def _against_anchor(rules: Sequence[Rule], compared: Compared, request: GateRequest) -> Iterator[_Decided]:
    """The relative rules once more, with the anchor release as the baseline."""
    for rule in rules:
        if rule.kind != "bound":
            result = _decide(rule, compared, request)
            named = replace(result, rule=f"{result.rule} (against release {request.rules.anchor})")
            yield _Decided(rule=rule, compared=compared, result=named)


def _bound_notes(results: Sequence[RuleResult]) -> Iterator[str]:
    """What a reader must know of figures that decide bounds."""
    for result in results:
        evidence = result.evidence
        if isinstance(evidence, Estimate) and evidence.gateable and evidence.note:
            yield f"{evidence.name}: {evidence.note}."


def _look_notes(look: int, level: float) -> Sequence[str]:
    if look == 1:
        return ()
    why = f"This question has been put {look} times; looking again costs certainty"
    return (f"{why}, so this look uses {level:.2%} intervals instead of {look_level(1):.0%}.",)
