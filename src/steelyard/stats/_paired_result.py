"""The record of a paired comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass

from steelyard.core import Interval
from steelyard.stats._special import t_quantile

DETECTION_CHANCE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedResult:
    """Candidate minus baseline on the same cases."""

    difference: float | None
    """Case-weighted mean of candidate − base, in the score's own units; None when nothing is paired."""
    interval: Interval | None
    """Two-sided interval of the difference; the decision comes from it. None when the data give none."""
    level: float
    """Two-sided coverage."""
    p_value: float | None
    """Two-sided p-value of no difference, shown beside the interval; None when nothing is paired."""
    method: str
    """The interval's procedure, then the test's: `Tango; exact McNemar`."""
    n_pairs: int
    """Pairs compared."""
    n_clusters: int
    """Independent units among them."""
    base_value: float | None
    """The baseline's mean on these pairs."""
    candidate_value: float | None
    """The candidate's mean on these pairs."""
    spread: float | None
    """Standard deviation of one unit: standard error = spread / √n_clusters. What plans are made from."""
    minimum_detectable: float | None
    """The true difference that would have been detected with 80 % chance, two-sided at `level`."""
    gateable: bool
    """False when the figure may be shown but must not decide."""
    note: str
    """A warning or an explanation in one sentence."""


def detectable(spread: float | None, n_units: int, *, df: float, level: float) -> float | None:
    """The true difference that a two-sided test at `level` finds with 80 % chance; None when unknown.

    Source: (t₁₋α/₂ + t.₈) · spread / √n, as in Bloom, *Minimum detectable effects*, Evaluation Review 19
    (1995) 547-556.
    """
    if not spread or df < 1:
        return None
    return (t_quantile(0.5 + level / 2, df) + t_quantile(DETECTION_CHANCE, df)) * spread / math.sqrt(n_units)


def nothing_paired(level: float) -> PairedResult:
    """The result of a comparison without pairs."""
    return PairedResult(
        difference=None,
        interval=None,
        level=level,
        p_value=None,
        method="none",
        n_pairs=0,
        n_clusters=0,
        base_value=None,
        candidate_value=None,
        spread=None,
        minimum_detectable=None,
        gateable=False,
        note="No case has a score in both runs.",
    )
