"""The fine print behind a number: how many, by which method, what is missing, what it speaks about."""

from __future__ import annotations

from steelyard.core import Difference, Estimate, RuleResult
from steelyard.reports._bound_words import bound_scale, is_at_most
from steelyard.reports._clean import one_line
from steelyard.reports._experts import judged_words
from steelyard.reports._numbers import count, counted, number, say_interval, say_level, say_limit
from steelyard.reports._scale import change_scale, is_unchanged, signed_limit
from steelyard.reports._words import rule_scale

Facts = tuple[tuple[str, str], ...]


def estimate_facts(estimate: Estimate) -> Facts:
    """Name and text of everything that a reader of the figure may want to know."""
    measure = estimate.measure
    bounds = say_interval(estimate.bounds, measure) if estimate.bounds else ""
    missing = f"{count(estimate.missing)}; with all of them worst to all best: {bounds}" if bounds else ""
    facts = (
        (f"{say_level(estimate.level)} interval", say_interval(estimate.interval, measure)),
        ("Counted", judged_words(estimate.judge) or _counted(estimate)),
        ("Method", estimate.method),
        ("Without a score", missing or count(estimate.missing)),
        ("Speaks about", estimate.estimand),
        ("Decides", "" if estimate.gateable else "no: shown only"),
        ("Note", estimate.note),
        ("Signature", estimate.signature),
    )
    return tuple((name, one_line(value)) for name, value in facts if value)


def change_facts(difference: Difference) -> Facts:
    """The same for a difference, with its test and what these cases could have shown."""
    scale = change_scale([difference])
    missing = count(difference.missing)
    if difference.worst_interval:
        worst = scale.changes(difference.worst_interval)
        missing = f"{missing}; if all of them had gone badly: {worst}"
    smallest = difference.minimum_detectable
    facts = (
        (
            f"{say_level(difference.level)} interval",
            scale.changes(difference.interval),
        ),
        (
            "Counted",
            judged_words(difference.judge)
            or sample_fact(difference.n_pairs, difference.n_clusters, difference.unit),
        ),
        ("Method", difference.method),
        ("P-value", _p_value(difference)),
        ("Without a score", missing),
        (
            "Could have shown",
            "" if smallest is None else scale.change(smallest).lstrip("+"),
        ),
        ("Speaks about", difference.candidate.estimand),
        ("Decides", "" if difference.gateable else "no: shown only"),
        ("Note", difference.note),
        ("Signature", difference.signature),
    )
    return tuple((name, one_line(value)) for name, value in facts if value)


def _counted(estimate: Estimate) -> str:
    return sample_fact(estimate.n, estimate.n_units or 0, estimate.unit)


def sample_fact(n: int, units: int, unit: str) -> str:
    """`n = 200, 50 groups`."""
    return f"n = {count(n)}" if units in (0, n) else f"n = {count(n)}, {counted(units, one_line(unit))}"


def rule_numbers(rule: RuleResult, *, old: Estimate | None = None) -> tuple[str, str, str]:
    """What was measured, its interval, and the limit, as a table of rules shows them.

    `old` is the old version's value beside a bound, so that both are written alike.
    """
    evidence = rule.evidence
    if evidence is None:
        return "no value", "", ""
    if isinstance(evidence, Estimate):
        scale = bound_scale(rule, evidence, old)
        sign = "≤ " if is_at_most(rule) else "≥ "
        limit = "" if rule.margin is None else sign + say_limit(rule.margin, evidence.measure, change=False)
        return scale.value(evidence.value), scale.levels(evidence.interval), limit
    scale = rule_scale(rule, evidence)
    mark = signed_limit(rule.kind, evidence.direction, rule.margin)
    sign = "+" if mark is not None and mark > 0 else ""
    return (
        scale.change(rule.difference),
        "" if is_unchanged(evidence) else scale.changes(rule.interval),
        "" if mark is None else sign + say_limit(mark, evidence.measure),
    )


def _p_value(difference: Difference) -> str:
    if difference.p_value is None:
        return ""
    said = _p(difference.p_value)
    adjusted = difference.p_adjusted
    if adjusted is None or adjusted == difference.p_value:
        return said
    return f"{said}; over all that was looked at {_p(adjusted)}"


def _p(value: float) -> str:
    return "under 0.0001" if value < 0.0001 else number(value, 4 if value < 0.01 else 3)
