"""A difference as a row of a table says it, the same in a terminal, in Markdown and on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steelyard import core
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import count, number, say_limit
from steelyard.reports._phrases import several_of
from steelyard.reports._scale import Scale, allowed_limit, change_scale, is_unchanged

if TYPE_CHECKING:
    from steelyard.core import Comparison, Difference, RuleResult

_CHANGE_WORDS = {"better": "better", "worse": "worse", "equivalent": "same", "inconclusive": "can't tell"}
WITHIN = "within your limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """The texts of one row."""

    base: str
    """The baseline's value."""
    candidate: str
    """The candidate's value."""
    change: str
    """Their signed difference."""
    likely: str
    """The signed limits; empty where identical answers leave nothing to chance."""
    word: str
    """How the candidate stands against the old version."""


def change_rows(differences: Sequence[Difference], comparison: Comparison) -> list[ChangeRow]:
    """The rows of differences of one measure, all with the same unit and decimals."""
    if not differences:
        return []
    scale = change_scale(differences, comparison)
    return [
        ChangeRow(
            base=scale.value(each.base.value),
            candidate=scale.value(each.candidate.value),
            change=scale.change(each.difference),
            likely="" if is_unchanged(each) else scale.changes(each.interval),
            word=change_word(each, comparison),
        )
        for each in differences
    ]


def change_word(difference: Difference, comparison: Comparison) -> str:
    """The outcome against the old version, and against the limit where that alone is settled."""
    word = plain_word(difference)
    drop = comparison.allowed_for(difference)
    if word == "same" and drop is not None:
        word = f"same, within your {say_limit(drop, difference.measure)}"
    elif word == "can't tell" and is_within(difference, comparison):
        word = WITHIN
    elif word == "worse" and is_within(difference, comparison):
        word = f"worse, {WITHIN}"
    return word if difference.gateable else f"{word} (shown only)"


def plain_word(difference: Difference) -> str:
    """`better`, `worse`, `same`, `can't tell` or `unchanged`, against the old version alone."""
    return "unchanged" if is_unchanged(difference) else _CHANGE_WORDS[difference.verdict]


def is_within(difference: Difference, comparison: Comparison) -> bool:
    """Whether the whole interval lies on the allowed side of the limit."""
    limit = allowed_limit(difference, comparison)
    if limit is None or difference.interval is None or difference.direction == "neither":
        return False
    low, high = difference.interval
    return high < limit if difference.direction == "lower" else low > limit


def reaches_limit(difference: Difference, comparison: Comparison) -> bool:
    """Whether the interval lies on both sides of the limit, or touches it."""
    limit = allowed_limit(difference, comparison)
    if limit is None or difference.interval is None:
        return False
    return difference.interval[0] <= limit <= difference.interval[1]


def rule_difference(rule: RuleResult, comparison: Comparison) -> Difference | None:
    """What a rule's metric did against the old version; for bounds, looked up in the comparison."""
    if isinstance(rule.evidence, core.Difference):
        return rule.evidence
    rows = comparison.slices if rule.slice else comparison.metrics
    return next((each for each in rows if each.name == rule.metric and each.slice == rule.slice), None)


def by_measure(differences: Sequence[Difference]) -> list[list[Difference]]:
    """Differences that may share an axis: of one measure and one direction."""
    keys = dict.fromkeys((each.measure, each.direction == "lower") for each in differences)
    return [
        [each for each in differences if (each.measure, each.direction == "lower") == key] for key in keys
    ]


def by_metric(differences: Sequence[Difference]) -> list[list[Difference]]:
    """Differences of one metric together."""
    return [
        [each for each in differences if each.name == name]
        for name in dict.fromkeys(each.name for each in differences)
    ]


def by_dimension(comparison: Comparison) -> list[tuple[str, list[Difference]]]:
    """The comparison's slices, one group for each dimension."""
    names = dict.fromkeys(each.slice.partition("=")[0] for each in comparison.slices)
    return [
        (name, [each for each in comparison.slices if each.slice.partition("=")[0] == name]) for name in names
    ]


def slice_tally(dimension: str, differences: Sequence[Difference]) -> str:
    """`3 of 3 topics worse on exact_match`, or that none is."""
    plural = several_of(dimension)
    parts = []
    for rows in by_metric(differences):
        worse = sum(each.verdict == "worse" for each in rows)
        if worse:
            parts.append(f"{count(worse)} of {count(len(rows))} {plural} worse on {one_line(rows[0].name)}")
    if parts:
        return "; ".join(parts)
    total = len({each.slice for each in differences})
    return f"none of {count(total)} {plural} clearly worse"


def signs_words(differences: Sequence[Difference], comparison: Comparison) -> str:
    """`−14.9 to −6.3 reads: 6.3 to 14.9 lower`, for the first that is wholly below zero; else empty."""
    for each in differences:
        if each.interval is None or each.interval[1] >= 0 or is_unchanged(each):
            continue
        scale = change_scale([row for row in differences if row.measure == each.measure], comparison)
        return f"{scale.changes(each.interval)} reads: {_sizes(each, scale)} lower"
    return ""


def _sizes(difference: Difference, scale: Scale) -> str:
    low, high = difference.interval or (0.0, 0.0)
    near = scale.unit.prefix + number(abs(high) * scale.unit.factor, scale.digits)
    return f"{near} to {scale.size(low, unit=False)}"
