"""How a rule on the candidate's own value is said to people: its level, the old version's, the bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steelyard.reports._clean import one_line
from steelyard.reports._numbers import say_limit
from steelyard.reports._phrases import estimate_sample_words, slice_words
from steelyard.reports._scale import Scale, level_scale

if TYPE_CHECKING:
    from steelyard.core import Comparison, Estimate, RuleResult


def is_at_most(result: RuleResult) -> bool:
    """Whether a bound rule asks for at most its bound: read from the rule as `name_rule` writes it."""
    return " at most " in result.rule


def old_value(result: RuleResult, comparison: Comparison) -> Estimate | None:
    """The old version's value of the figure that a bound rule is about; None for other rules."""
    if result.kind != "bound":
        return None
    rows = comparison.slices if result.slice else comparison.metrics
    found = (each.base for each in rows if each.name == result.metric and each.slice == result.slice)
    return next((each for each in found if each.value is not None), None)


def bound_scale(result: RuleResult, evidence: Estimate, old: Estimate | None) -> Scale:
    """One scale for both versions' values, fine enough to tell them from the bound."""
    marks = () if result.margin is None else (result.margin,)
    return level_scale([evidence] if old is None else [evidence, old], marks=marks)


def your_bound(result: RuleResult, evidence: Estimate) -> str:
    """`your 90 %`."""
    if result.margin is None:
        return "your limit"
    return f"your {say_limit(result.margin, evidence.measure, change=False)}"


def bound_side(result: RuleResult, value: float | None) -> str:
    """`above` or `below` the bound, or `exactly at` it."""
    if value is None or result.margin is None or value == result.margin:
        return "exactly at"
    return "above" if value > result.margin else "below"


def misses_bound(result: RuleResult, estimate: Estimate | None) -> bool:
    """Whether a measured value lies on the wrong side of the bound."""
    if estimate is None or estimate.value is None or result.margin is None:
        return False
    return estimate.value > result.margin if is_at_most(result) else estimate.value < result.margin


def bound_sentences(result: RuleResult, evidence: Estimate, *, old: Estimate | None) -> tuple[str, ...]:
    """What came out, what chance allows, what was asked, and how the old version did."""
    scale = bound_scale(result, evidence, old)
    where = f" in {slice_words(result.slice)}" if result.slice else ""
    over = f"over {estimate_sample_words(evidence)}"
    side = ""
    if result.margin is not None:
        side = f": {bound_side(result, evidence.value)} {your_bound(result, evidence)}"
    level = scale.value(evidence.value)
    first = f"The new version came out at {level} on {one_line(evidence.name)}{where}, {over}{side}."
    chance = ""
    if evidence.interval is not None:
        chance = f"Allowing for chance, the real figure is likely {scale.levels(evidence.interval)}."
    elif evidence.note and result.reason != "no-variation":
        chance = f"{one_line(evidence.note).rstrip('.')}."
    return (first, _old_sentence(result, old, scale), chance, _asked(result, evidence))


def _old_sentence(result: RuleResult, old: Estimate | None, scale: Scale) -> str:
    if old is None:
        return ""
    said = f"The old version came out at {scale.value(old.value)}"
    if not misses_bound(result, old):
        return f"{said}."
    return f"{said}: it misses your limit as well."


def _asked(result: RuleResult, evidence: Estimate) -> str:
    if result.margin is None:
        return ""
    word = "at most" if is_at_most(result) else "at least"
    return f"You ask for {word} {say_limit(result.margin, evidence.measure, change=False)}."
