"""Short phrases that sentences share: samples, slices, gains and drops."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from steelyard.reports._clean import one_line
from steelyard.reports._experts import judged_words
from steelyard.reports._numbers import counted

if TYPE_CHECKING:
    from steelyard.core import Difference, Direction, Estimate

_WORD = re.compile(r"[a-z]+", re.IGNORECASE)


def sample_words(evidence: Difference) -> str:
    """How much was compared: `1,319 cases`, `200 answers to 50 cases`, `200 cases in 40 groups`."""
    sample = _sample(evidence.n_pairs, evidence.n_clusters, evidence.unit)
    return judged_words(evidence.judge) or sample


def estimate_sample_words(estimate: Estimate) -> str:
    """How much an estimate rests on, in the words of `sample_words`."""
    units = estimate.n if estimate.n_units is None else estimate.n_units
    return judged_words(estimate.judge) or _sample(estimate.n, units, estimate.unit)


def slice_words(name: str) -> str:
    """`the slice topic = refunds`."""
    dimension, _, value = name.partition("=")
    return f"the slice {one_line(dimension)} = {one_line(value)}" if value else one_line(name)


def drop_noun(direction: Direction) -> str:
    """What getting worse is called: a drop, or a rise where lower is better."""
    return {"higher": "drop", "lower": "rise", "neither": "change"}[direction]


def fewer_noun(direction: Direction) -> str:
    """What a smaller figure is called."""
    return "drop" if direction == "higher" else "fall"


def more_noun(direction: Direction) -> str:
    """What a larger figure is called."""
    return "gain" if direction == "higher" else "rise"


def several_of(dimension: str) -> str:
    """The plural of a dimension's name: `topics`, `steps`, `categories`, `values of is_new`."""
    noun = one_line(dimension)
    if not _WORD.fullmatch(noun):
        return f"values of {noun}"
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def _sample(n: int, units: int, unit: str) -> str:
    if units in (0, n):
        return counted(n, "case")
    if unit == "case":
        return f"{counted(n, 'answer')} to {counted(units, 'case')}"
    return f"{counted(n, 'case')} in {counted(units, one_line(unit))}"
