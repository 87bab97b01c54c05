"""Records of a headline value corrected for the judge's error."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.core import Interval
from steelyard.stats._paired_result import PairedResult
from steelyard.stats._result import MeanResult


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictStratum:
    """Items on which the judge said the same."""

    verdict: str
    """What the judge said: `0`, `1`, or for two versions `0→1`; then the given stratum."""
    items: int
    """Judged items."""
    labels: int
    """Labelled items among them."""
    share: float
    """Share of all judged items."""
    mean: float | None
    """Experts' weighted mean among the labelled; None without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedResult:
    """Human-only, judge-only and corrected value, side by side."""

    human_only: MeanResult
    """From the labels alone."""
    judge_only: MeanResult
    """From the judge alone: precise about the wrong thing, never to decide on."""
    corrected: MeanResult
    """From both: what to show and decide on."""
    judge_weight: float | None
    """How far the judge was trusted, λ in [0, 1]; None where verdict strata were used."""
    strata: tuple[VerdictStratum, ...]
    """The verdict strata; empty where a weight was used."""
    correlation: float | None
    """Correlation of judge and expert on the labelled items; None when one of them does not vary."""
    effective_labels: float | None
    """Labels that would say as much without a judge; None when an interval is missing."""
    labels_saved: float | None
    """Effective labels less labels; below 0 when the judge cost more than it gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedDifference:
    """Candidate minus baseline: human-only, judge-only and corrected, side by side."""

    human_only: PairedResult
    """From the labelled cases alone."""
    judge_only: PairedResult
    """From the judge alone, never to decide on."""
    corrected: PairedResult
    """From both: what to show and decide on."""
    judge_weight: float | None
    """How far the judge's differences were trusted, λ in [0, 1]; None where strata were used."""
    strata: tuple[VerdictStratum, ...]
    """Strata by the pair of verdicts; empty where a weight was used."""
    correlation: float | None
    """Correlation of the judge's and the experts' differences; None when one of them does not vary."""
    effective_labels: float | None
    """Labels that would say as much without a judge; None when an interval is missing."""
    labels_saved: float | None
    """Effective labels less labels."""


def effective_labels(n: int, human: Interval | None, corrected: Interval | None) -> float | None:
    """Labels that would give the corrected width without a judge; widths fall with their root."""
    if human is None or corrected is None or corrected[1] <= corrected[0]:
        return None
    return n * ((human[1] - human[0]) / (corrected[1] - corrected[0])) ** 2


def saved(effective: float | None, n: int) -> float | None:
    """Effective labels less labels."""
    return None if effective is None else effective - n
