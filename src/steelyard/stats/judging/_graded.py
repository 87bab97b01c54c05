"""A mean that a judge graded on all items and experts on a few of them: PPI++ with the bootstrap-t."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import Scale
from steelyard.stats._mean import estimate_mean
from steelyard.stats._result import MeanResult, Range, check_level, clipped, sentences
from steelyard.stats._sample import too_few
from steelyard.stats.judging._labels import Labels, check_labels, judged_vector
from steelyard.stats.judging._moments import correlation
from steelyard.stats.judging._power_tuned import Tuned, power_tuned
from steelyard.stats.judging._rate import JUDGE_ALONE, correct_rate
from steelyard.stats.judging._result import CorrectedResult, effective_labels, saved

FEWEST_GRADED = 100


def correct_mean(
    judge: ArrayLike,
    labels: Labels,
    *,
    value_range: Range = (None, None),
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> CorrectedResult:
    """The mean over items like these, from a judge's grades of all and experts' grades of some.

    Experts' mean, moved by λ × how far the judge's mean of the labelled items is from its mean of all; λ is
    the weight that makes the error smallest, held within 0 and 1, so a useless or opposed judge changes
    nothing. Unequal inclusion probabilities enter as inverse weights (Hájek), clusters are resampled whole.
    Under 100 labels the corrected value is the human-only one, and the note says so.

    Raises StatisticsError for grades outside `value_range` and labels that do not fit. Source: `power_tuned`.
    """
    check_level(level)
    grades = judged_vector(judge)
    checked = check_labels(labels, grades.size, clusters=clusters)
    scale: Scale = "unbounded" if None in value_range else "bounded"
    human = estimate_mean(
        checked.values, scale=scale, value_range=value_range, design=checked.design, level=level, seed=seed
    )
    alone = estimate_mean(
        grades, scale=scale, value_range=value_range, design=checked.item_design, level=level, seed=seed
    )
    tuned = None
    if human.n_units >= FEWEST_GRADED:
        tuned = power_tuned(grades, checked, level=level, rng=np.random.default_rng(seed))
    corrected = (
        _not_enough(human) if tuned is None else _record(tuned, human, value_range=value_range, level=level)
    )
    effective = effective_labels(checked.n, human.interval, corrected.interval)
    return CorrectedResult(
        human_only=human,
        judge_only=replace(alone, gateable=False, note=sentences(alone.note, JUDGE_ALONE)),
        corrected=replace(corrected, effective_n=effective),
        judge_weight=0.0 if tuned is None else tuned.judge_weight,
        strata=(),
        correlation=correlation(grades[checked.items], checked.values, checked.given_weights),
        effective_labels=effective,
        labels_saved=saved(effective, checked.n),
    )


def correct_headline(
    judge: ArrayLike,
    labels: Labels,
    *,
    scale: Scale,
    value_range: Range = (None, None),
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> CorrectedResult:
    """`correct_rate` where the scale is binary, `correct_mean` elsewhere; bounded: 0 to 1 unless given."""
    if scale == "binary":
        return correct_rate(judge, labels, clusters=clusters, level=level, seed=seed)
    limits = (0.0, 1.0) if scale == "bounded" and value_range == (None, None) else value_range
    return correct_mean(judge, labels, value_range=limits, clusters=clusters, level=level, seed=seed)


def not_enough(n_units: int) -> str:
    """What is said under 100 labels."""
    return (
        f"not enough labels to use the judge: {n_units} of the {FEWEST_GRADED} needed, "
        "so this is the experts' own figure"
    )


def _not_enough(human: MeanResult) -> MeanResult:
    return replace(
        human,
        method=f"human only ({human.method})",
        note=sentences(not_enough(human.n_units), human.note),
    )


def _record(tuned: Tuned, human: MeanResult, *, value_range: Range, level: float) -> MeanResult:
    interval = clipped(tuned.interval, tuned.value, value_range)
    weakness = too_few(human.n_units, is_clustered=human.n_units < human.n)
    unknown = "" if interval is not None else "the labels do not vary: no interval can be given"
    return MeanResult(
        value=tuned.value,
        interval=interval,
        level=level,
        method=f"{tuned.method}, λ = {tuned.judge_weight:.2f}",
        n=human.n,
        n_units=human.n_units,
        gateable=interval is not None and not weakness,
        note=sentences(unknown, weakness),
    )
