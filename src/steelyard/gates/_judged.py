"""A judge's pairs, corrected by what experts said of either run."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from steelyard.core import ExpertCheck, Interval, Json, Scale
from steelyard.gates._pairing import Pairs
from steelyard.stats import MeanResult, PairedResult
from steelyard.stats.judging import (
    JudgedPairs,
    JudgedScores,
    JudgeEvidence,
    corrected_difference,
    corrected_value,
)

Evidence = tuple[JudgeEvidence, JudgeEvidence]


def judged_difference(
    pairs: Pairs, evidence: Evidence, *, scale: Scale, level: float, seed: int
) -> tuple[PairedResult, ExpertCheck]:
    """Candidate − baseline with human-only, judge-only and corrected beside it."""
    judged = JudgedPairs(
        keys=pairs.keys,
        base=pairs.base,
        candidate=pairs.candidate,
        scale=scale,
        value_range=pairs.metric.range,
        clusters=pairs.clusters,
        weighted=pairs.weights is not None,
    )
    return corrected_difference(judged, *evidence, level=level, seed=seed)


def judged_value(
    pairs: Pairs,
    evidence: Evidence,
    *,
    which: Literal["base", "candidate"],
    scale: Scale,
    level: float,
    seed: int,
) -> tuple[MeanResult, ExpertCheck]:
    """One run's value on the paired cases, corrected by its own evidence."""
    judged = JudgedScores(
        keys=pairs.keys,
        scores=pairs.base if which == "base" else pairs.candidate,
        scale=scale,
        value_range=pairs.metric.range,
        clusters=pairs.clusters,
        weighted=pairs.weights is not None,
    )
    return corrected_value(judged, evidence[which == "candidate"], level=level, seed=seed)


def judged_measure(pairs: Pairs) -> str:
    """What the corrected figure counts: a share, where a graded judge was cut at a threshold."""
    cut = pairs.judge is not None and pairs.judge[1].threshold is not None
    return "share" if cut else pairs.metric.measure


def with_missing(pairs: Pairs, interval: Interval | None) -> Interval | None:
    """The interval of a difference if every pair without a score had gone against the candidate.

    The corrected difference of the scored pairs and the worst possible one of the others, in their shares.
    """
    low, high = (0.0, 1.0) if judged_measure(pairs) == "share" else pairs.metric.range
    if interval is None or low is None or high is None or not len(pairs.missing):
        return None
    lost = len(pairs.missing) / (len(pairs) + len(pairs.missing))
    worst = high - low if pairs.metric.direction == "lower" else low - high
    return (
        (1.0 - lost) * interval[0] + lost * worst,
        (1.0 - lost) * interval[1] + lost * worst,
    )


def with_missing_value(pairs: Pairs, result: MeanResult, missing: int) -> Interval | None:
    """The candidate's value with its samples without a score worst, then best."""
    low, high = (0.0, 1.0) if judged_measure(pairs) == "share" else pairs.metric.range
    if result.value is None or low is None or high is None:
        return None
    worst, best = (high, low) if pairs.metric.direction == "lower" else (low, high)
    lost = missing / (len(pairs) + missing)
    seen = (1.0 - lost) * result.value
    return seen + lost * worst, seen + lost * best


def uncorrected(pairs: Pairs) -> Pairs:
    """The pairs as the judge saw them, for rules that allow a judge nobody held against experts."""
    valid = pairs.judge is None or all(side.state == "valid" for side in pairs.judge)
    return pairs if valid else replace(pairs, judge=None)


def labels_json(pairs: Pairs) -> Json:
    """The labels that figures on these pairs rest on, for the hash of the evidence."""
    if pairs.judge is None:
        return []
    return [
        [*key, float(np.round(value, 12))]
        for side in pairs.judge
        for key, value in sorted(side.labels.items())
    ]
