"""How good a judge's 0/1 verdicts are, held against experts."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError
from steelyard.stats._design import Design, Floats, Layout, lay_out
from steelyard.stats._mean import estimate_mean
from steelyard.stats._result import MeanResult, check_level, nothing
from steelyard.stats._sample import as_vector
from steelyard.stats._special import normal_cdf
from steelyard.stats.judging._labels import Checked, Labels, check_binary, check_labels, judged_vector


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuality:
    """Agreement of 0/1 verdicts with 0/1 labels, as rates with intervals."""

    accuracy: MeanResult
    """Share of items on which judge and experts agree."""
    sensitivity: MeanResult
    """Share of truly positive items that the judge calls positive."""
    specificity: MeanResult
    """Share of truly negative items that the judge calls negative."""
    positive_predictive: MeanResult
    """Share of items called positive that truly are."""
    negative_predictive: MeanResult
    """Share of items called negative that truly are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Items to which the judge gave about the same chance."""

    low: float
    """Smallest chance in the bin."""
    high: float
    """Largest chance in the bin."""
    stated: float
    """Mean chance that the judge gave."""
    observed: MeanResult
    """Share that experts found positive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationCurve:
    """Stated against observed chances."""

    bins: tuple[ReliabilityBin, ...]
    """From the lowest chance to the highest, about equally full."""
    error: float
    """Expected calibration error, what chance alone would show taken off; 0 or more."""
    plain_error: float
    """The same as usually printed: too high, the more so the fewer the labels."""
    n: int
    """Labelled items."""


def judge_quality(
    judge: ArrayLike,
    labels: Labels,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
) -> JudgeQuality:
    """Sensitivity, specificity, predictive values and accuracy of 0/1 verdicts, each with an interval.

    Wilson's; with unequal inclusion probabilities or clusters, weighted by their inverse and at the effective
    number of labels (`estimate_mean`). A rate without any item, such as the sensitivity where experts found
    nothing positive, has no value and says so.

    Raises StatisticsError for values that are not 0 or 1 and labels that do not fit.
    Source: Yerushalmy, *Statistical problems in assessing methods of medical diagnosis*, Public Health
    Reports 62 (1947) 1432-1449; Altman and Bland, BMJ 308 (1994) 1552 and 309 (1994) 102.
    """
    check_level(level)
    verdicts = judged_vector(judge, binary=True)
    checked = check_labels(labels, verdicts.size, clusters=clusters)
    check_binary(checked.values, "label")
    said, true = verdicts[checked.items] == 1.0, checked.values == 1.0
    right = (said == true).astype(np.float64)
    everything = np.ones(checked.n, np.bool_)
    return JudgeQuality(
        accuracy=_rate(right, everything, checked, level=level, among="labelled"),
        sensitivity=_rate(right, true, checked, level=level, among="truly positive"),
        specificity=_rate(right, ~true, checked, level=level, among="truly negative"),
        positive_predictive=_rate(right, said, checked, level=level, among="called positive"),
        negative_predictive=_rate(right, ~said, checked, level=level, among="called negative"),
    )


def calibration_curve(
    stated: ArrayLike,
    observed: ArrayLike,
    *,
    bins: int = 10,
    design: Design | None = None,
    level: float = 0.95,
) -> CalibrationCurve:
    """Stated chances of being positive, in [0, 1], against 0/1 labels of the same items, in even bins.

    Items with the same stated chance stay in one bin. The expected calibration error is the mean absolute
    gap of the bins; chance alone makes every gap larger than it is. As in the debiased estimator of Kumar et
    al., the excess is taken off: with gaps g and standard errors s, the mean of |N(g, s²)| − |g|.

    Raises StatisticsError for chances outside [0, 1], labels that are not 0 or 1, and no item at all.
    Source: Guo et al., *On calibration of modern neural networks*, ICML 2017; Kumar, Liang and Ma, *Verified
    uncertainty calibration*, NeurIPS 2019, §5.
    """
    check_level(level)
    chances, outcomes = as_vector(stated, "stated chances"), as_vector(observed, "labels")
    check_binary(outcomes, "label")
    if chances.size == 0 or chances.shape != outcomes.shape or bins < 1:
        raise StatisticsError(
            f"{chances.size} chances and {outcomes.size} labels make no curve of {bins} bins"
        )
    if not np.all((chances >= 0.0) & (chances <= 1.0)):
        raise StatisticsError("a stated chance is not between 0 and 1")
    layout = lay_out(design, chances.size)
    if not np.all(layout.kept):
        raise StatisticsError("a labelled item has no weight", hint="Leave it out")
    weights = np.ones(chances.size) if layout.weights is None else layout.weights
    found = [
        _bin(chances[members], outcomes[members], _part(layout, members), level=level)
        for members in _members(chances, bins)
    ]
    heavy = [float(weights[members].sum()) for members in _members(chances, bins)]
    plain, debiased = _calibration_error(found, heavy)
    return CalibrationCurve(bins=tuple(found), error=debiased, plain_error=plain, n=chances.size)


def _members(chances: Floats, bins: int) -> list[NDArray[np.int64]]:
    """Positions of the items of each bin, from the lowest chance up."""
    order = np.argsort(chances, kind="stable")
    n = chances.size
    starts = sorted({place * n // bins for place in range(min(bins, n))})
    cuts = np.unique(np.searchsorted(chances[order], chances[order][starts], side="left"))
    return [np.asarray(part, np.int64) for part in np.split(order, cuts[1:])]


def _part(layout: Layout, members: NDArray[np.int64]) -> Design:
    return Design(
        weights=None if layout.weights is None else layout.weights[members],
        clusters=None if layout.codes is None else layout.codes[members].tolist(),
    )


def _bin(chances: Floats, outcomes: Floats, design: Design, *, level: float) -> ReliabilityBin:
    weights = None if design.weights is None else np.asarray(design.weights, np.float64)
    return ReliabilityBin(
        low=float(chances.min()),
        high=float(chances.max()),
        stated=float(np.average(chances, weights=weights)),
        observed=estimate_mean(outcomes, scale="binary", design=design, level=level),
    )


def _error(rate: MeanResult) -> float:
    """Standard error of a bin's rate, its variance unbiased for independent items."""
    value, n = rate.value or 0.0, rate.effective_n or float(rate.n)
    return math.sqrt(value * (1.0 - value) / max(n - 1.0, 1.0))


def _calibration_error(bins: Sequence[ReliabilityBin], weights: Sequence[float]) -> tuple[float, float]:
    """Plain and debiased."""
    plain = excess = 0.0
    for part, weight in zip(bins, weights, strict=True):
        gap = (part.observed.value or 0.0) - part.stated
        plain += weight * abs(gap)
        excess += weight * (_folded_mean(gap, _error(part.observed)) - abs(gap))
    total = sum(weights)
    return plain / total, max(0.0, (plain - excess) / total)


def _folded_mean(mean: float, error: float) -> float:
    """Mean of |N(mean, error²)|."""
    if error == 0.0:
        return abs(mean)
    ratio = mean / error
    return error * math.sqrt(2.0 / math.pi) * math.exp(-ratio * ratio / 2.0) + mean * (
        1.0 - 2.0 * normal_cdf(-ratio)
    )


def _rate(
    right: Floats, chosen: NDArray[np.bool_], checked: Checked, *, level: float, among: str
) -> MeanResult:
    if not chosen.any():
        return nothing(level, note=f"no labelled item is {among}")
    clusters = None if checked.codes is None else checked.codes[checked.items][chosen].tolist()
    design = Design(weights=checked.given_weights[chosen], clusters=clusters)
    return estimate_mean(right[chosen], scale="binary", design=design, level=level)
