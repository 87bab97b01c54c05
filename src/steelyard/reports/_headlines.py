"""The first line of runs, comparisons and rankings: the answer, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from steelyard.reports._clean import one_line
from steelyard.reports._numbers import (
    count,
    counted,
    say_interval,
    say_level,
    say_limit,
    say_value,
)
from steelyard.reports._phrases import estimate_sample_words
from steelyard.reports._rows import is_within, reaches_limit
from steelyard.reports._scale import change_scale, is_unchanged

if TYPE_CHECKING:
    from steelyard.core import Comparison, Difference, Estimate, RankedRun, RunSummary


def run_headline(summary: RunSummary) -> str:
    """`175b got 34.7 % on numeric_match (95 % 32.2 to 37.3 %), over 1,319 cases.`"""
    label = one_line(summary.label)
    if not summary.metrics:
        return f"{label} has {counted(summary.scored, 'answer')} and no metric yet."
    first = summary.metrics[0]
    state = {
        "complete": "got",
        "partial": "stopped early; so far it got",
        "running": "is running; so far it got",
    }
    verb = state[summary.status]
    if first.value is None:
        return f"{label} {verb} no value on {one_line(first.name)}: {_why(first)}"
    chance = f" ({estimate_range(first)})" if first.interval else ""
    over = estimate_sample_words(first)
    return f"{label} {verb} {estimate_value(first)} on {one_line(first.name)}{chance}, over {over}."


def comparison_headline(comparison: Comparison) -> str:
    """`Candidate is worse on numeric_match: −4.3 points, 95 % −7.1 to −1.5.`"""
    if not comparison.metrics:
        return "Nothing to compare: the two runs share no metric."
    first, *others = comparison.metrics
    line = difference_headline(first, comparison)
    tally = _others(others)
    return f"{line} {tally}" if tally else line


def difference_headline(difference: Difference, comparison: Comparison) -> str:
    """The sentence for one metric or slice of a comparison."""
    metric = one_line(difference.name)
    label = one_line(comparison.candidate_label)
    where = f" in {one_line(difference.slice)}" if difference.slice else ""
    if is_unchanged(difference):
        return f"Nothing changed on {metric}{where}: all {count(difference.n_pairs)} answers are identical."
    if difference.difference is None:
        return f"Nothing to compare on {metric}{where}: the runs share no case with a score."
    numbers = difference_numbers(difference, comparison)
    if difference.verdict in ("better", "worse"):
        far = _how_far(comparison, difference)
        return f"{label} is {difference.verdict} on {metric}{where}{far}: {numbers}."
    if difference.verdict == "equivalent":
        same = f"{label} is the same as {one_line(comparison.base_label)} on {metric}{where}"
        return f"{same}{_within(comparison, difference)}: {numbers}."
    if _clearly_worse(difference):
        return f"{label} is worse on {metric}{where}, perhaps by less than you allow: {numbers}."
    within = _within(comparison, difference) if is_within(difference, comparison) else ""
    return f"No clear difference on {metric}{where}{within}: {numbers}."


def difference_numbers(difference: Difference, comparison: Comparison | None = None) -> str:
    """`−4.3 points, 95 % −7.1 to −1.5`."""
    scale = change_scale([difference], comparison)
    said = scale.change(difference.difference)
    if difference.interval is None:
        return f"{said}, no interval"
    return f"{said}, {say_level(difference.level)} {scale.changes(difference.interval)}"


def ranking_headline(ranked: Sequence[RankedRun]) -> str:
    """Who leads, and whether the data can tell the leader from the next."""
    placed = [each for each in ranked if each.estimate.value is not None]
    if not placed:
        return "No run has a value to rank."
    metric = one_line(placed[0].estimate.name)
    leaders = [each for each in placed if each.rank_low == 1]
    first = min(placed, key=lambda each: (each.rank_low, each.rank_high))
    if first.rank_high == 1:
        return f"{one_line(first.label)} is best on {metric}: {estimate_value(first.estimate)}."
    names = ", ".join(one_line(each.label) for each in leaders[:4])
    more = f" and {len(leaders) - 4} more" if len(leaders) > 4 else ""
    return f"No single best on {metric}: the data cannot tell {names}{more} apart."


def estimate_value(estimate: Estimate) -> str:
    """The value, rounded by its interval."""
    return say_value(estimate.value, estimate.measure, interval=estimate.interval)


def estimate_range(estimate: Estimate) -> str:
    """`95 %: 32.2 to 37.3 %`, or why there is no interval."""
    if estimate.interval is None:
        return _why(estimate)
    return f"{say_level(estimate.level)}: {say_interval(estimate.interval, estimate.measure)}"


def _others(others: Sequence[Difference]) -> str:
    words = {
        "worse": [each for each in others if each.verdict == "worse"],
        "better": [each for each in others if each.verdict == "better"],
    }
    parts = [
        f"{word} on {', '.join(one_line(each.name) for each in found[:3])}"
        + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        for word, found in words.items()
        if found
    ]
    return f"Also {'; '.join(parts)}." if parts else ""


def _within(comparison: Comparison, difference: Difference, word: str = "within") -> str:
    allowed = comparison.allowed_for(difference)
    return "" if allowed is None else f", {word} the {say_limit(allowed, difference.measure)} you allow"


def _how_far(comparison: Comparison, difference: Difference) -> str:
    """Where a drop that is there stands to the one that is allowed; nothing where it is larger."""
    if difference.verdict != "worse" or not comparison.allowed_for(difference):
        return ""
    if is_within(difference, comparison):
        return _within(comparison, difference)
    return _within(comparison, difference, "perhaps within") if reaches_limit(difference, comparison) else ""


def _clearly_worse(difference: Difference) -> bool:
    if difference.interval is None or difference.direction == "neither":
        return False
    low, high = difference.interval
    return low > 0 if difference.direction == "lower" else high < 0


def _why(estimate: Estimate) -> str:
    return one_line(estimate.note) or "too few data for an interval"
