"""What sways a judge besides quality: length and position."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Interval, StatisticsError
from steelyard.stats._design import Design, Floats, factorise
from steelyard.stats._mean import estimate_mean
from steelyard.stats._result import MeanResult, check_level, nothing
from steelyard.stats._sample import as_vector, too_few
from steelyard.stats._special import t_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionBias:
    """Verdicts on the same pairs of answers, shown in both orders."""

    flipped: MeanResult
    """Share of pairs whose verdict changed with the order."""
    first_preferred: MeanResult
    """How often the answer shown first won, ties counted half; .5 for a judge without position bias."""


def length_bias(
    judge: ArrayLike,
    expert: ArrayLike,
    lengths: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
) -> MeanResult:
    """How much the judge's error (judge − expert) grows when an answer is twice as long.

    The least-squares slope on log₂ length, in points of the scale, with the jackknife over clusters and
    Student's interval with clusters − 1 degrees of freedom (clusters less 1). 0: no length bias.

    Raises StatisticsError for lengths that are not above 0, values that are not finite, or fewer than three
    clusters. Source: the delete-a-cluster jackknife, CR3 of Bell and McCaffrey, Survey Methodology 28 (2002)
    169-181.
    """
    check_level(level)
    error = as_vector(judge, "judge values") - as_vector(expert, "labels")
    sizes = as_vector(lengths, "lengths")
    if error.shape != sizes.shape or not np.all(sizes > 0.0):
        raise StatisticsError("lengths must be above 0, one for each labelled answer")
    codes = np.arange(error.size) if clusters is None else factorise(clusters)
    if codes.shape != error.shape or np.unique(codes).size < 3:
        raise StatisticsError(f"{np.unique(codes).size} independent answers cannot show a slope")
    x = np.log2(sizes)
    count = int(codes.max()) + 1
    slope = _slope(x, error)
    if slope is None:
        return nothing(level, note="all answers have the same length")
    interval, without = _jackknife(x, error, codes, slope=slope, level=level)
    weakness = too_few(count, is_clustered=clusters is not None) or without
    return MeanResult(
        value=slope,
        interval=interval,
        level=level,
        method="least squares on log₂ length, jackknife by cluster",
        n=error.size,
        n_units=count,
        gateable=not weakness,
        note=weakness,
    )


def longer_preferred(
    verdicts: ArrayLike,
    longer_by: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
) -> MeanResult:
    """How often the longer of two answers won that experts rated alike, ties counted half; .5 without bias.

    `verdicts` are 1 where the first answer won, 0 where the second did and .5 for ties; `longer_by` is the
    first answer's length less the second's. Pairs of equal length say nothing and are left out. Give only
    pairs of equal human rating.

    Raises StatisticsError for verdicts other than 0, .5 and 1. Source: Dubois et al., *Length-controlled
    AlpacaEval* (2024), arXiv:2404.04475, §2, for the question; `estimate_mean` for the interval.
    """
    won = _verdicts(verdicts)
    gap = as_vector(longer_by, "length differences")
    if gap.shape != won.shape:
        raise StatisticsError(f"{won.size} verdicts came with {gap.size} length differences")
    kept = gap != 0.0
    if not kept.any():
        return nothing(level, note="no pair of answers of different length")
    chosen = np.where(gap > 0.0, won, 1.0 - won)[kept]
    own = None if clusters is None else _kept(clusters, kept)
    return estimate_mean(chosen, scale="bounded", design=Design(clusters=own), level=level)


def position_bias(
    first_order: ArrayLike,
    second_order: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
) -> PositionBias:
    """How much verdicts depend on which answer is shown first.

    Both hold the verdict of every pair as 1 where answer A won, 0 where B did, .5 for ties: in `first_order`
    A was shown first, in `second_order` B. The pair is the unit, or its cluster.

    Raises StatisticsError for verdicts other than 0, .5 and 1. Source: Wang et al., *Large language models
    are not fair evaluators* (2023), arXiv:2305.17926; Zheng et al., *Judging LLM-as-a-judge* (2023),
    arXiv:2306.05685, §3.3; `estimate_mean` for the intervals.
    """
    before, after = _verdicts(first_order), _verdicts(second_order)
    if before.shape != after.shape:
        raise StatisticsError(f"{before.size} verdicts in one order, {after.size} in the other")
    design = Design(clusters=clusters)
    first = (before + 1.0 - after) / 2.0
    return PositionBias(
        flipped=estimate_mean(before != after, scale="binary", design=design, level=level),
        first_preferred=estimate_mean(first, scale="bounded", design=design, level=level),
    )


def _verdicts(given: ArrayLike) -> Floats:
    won = as_vector(given, "verdicts")
    if not np.all((won == 0.0) | (won == 0.5) | (won == 1.0)):
        raise StatisticsError("a verdict is none of 1 (first), 0 (second) and .5 (tie)")
    return won


def _kept(clusters: Sequence[Hashable], kept: NDArray[np.bool_]) -> list[Hashable]:
    if len(clusters) != kept.size:
        raise StatisticsError(f"{kept.size} verdicts came with {len(clusters)} clusters")
    return [cluster for cluster, stays in zip(clusters, kept.tolist(), strict=True) if stays]


def _slope(x: Floats, y: Floats) -> float | None:
    centred = x - x.mean()
    spread = float(centred @ centred)
    return None if spread <= 1e-12 * x.size else float(centred @ y) / spread


def _jackknife(
    x: Floats, y: Floats, codes: NDArray[np.int64], *, slope: float, level: float
) -> tuple[Interval | None, str]:
    """Interval of the slope, or why there is none."""
    count = int(codes.max()) + 1
    columns = (np.ones_like(x), x, y, x * x, x * y)
    own = np.stack([np.bincount(codes, weights=part, minlength=count) for part in columns])
    n, sx, sy, sxx, sxy = own.sum(axis=1)[:, None] - own
    spread = sxx - sx * sx / np.maximum(n, 1.0)
    if not np.all((n > 1.0) & (spread > 1e-9 * np.maximum(sxx, 1.0))):
        return None, "one group alone differs in length: the slope has no interval"
    slopes = (sxy - sx * sy / n) / spread
    error = math.sqrt((count - 1) / count * float(((slopes - slope) ** 2).sum()))
    half = t_quantile(0.5 + level / 2.0, count - 1.0) * error
    if half == 0.0:
        return None, "the judge's error does not vary: the slope has no interval"
    return (slope - half, slope + half), ""
