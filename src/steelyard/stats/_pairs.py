"""Two versions scored on the same cases: the difference, its interval and its test."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core import Interval, Scale, StatisticsError
from steelyard.stats._design import Design, Floats
from steelyard.stats._mcnemar import exact_mcnemar
from steelyard.stats._mean_intervals import Found
from steelyard.stats._paired_intervals import binary_interval, mean_interval
from steelyard.stats._paired_result import PairedResult, detectable, nothing_paired
from steelyard.stats._result import Range, check_level, sentence, sentences
from steelyard.stats._sample import Sample, checked_range, gather
from steelyard.stats._signflip import sign_flip_p
from steelyard.stats._special import t_quantile
from steelyard.stats._tango import paired_proportions

_FEW_CHANGES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class WinTieLoss:
    """How often the candidate was above, level with, or below the baseline."""

    wins: int
    """Cases where the candidate scored higher."""
    ties: int
    """Cases scored alike."""
    losses: int
    """Cases where the candidate scored lower."""
    net: float
    """(wins − losses) / cases, in [−1, 1]."""
    interval: Interval
    """Two-sided interval of `net`: Tango's."""
    p_value: float
    """Exact sign test of as many wins as losses."""


def compare_pairs(
    base: ArrayLike,
    candidate: ArrayLike,
    *,
    scale: Scale,
    value_range: Range | None = None,
    design: Design | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> PairedResult:
    """Compare two versions' scores of the same cases, in the same order.

    0/1 scores get Tango's interval and the exact McNemar test; other scores Student's t on the differences,
    bootstrap-t when these are skewed, or Tango's interval for differences of one size when under 20 units
    of a bounded score changed, with the sign-flip test beside it. With a `design` of clusters (epochs,
    paraphrases, documents) or weights, whole clusters are the units of interval and test. Under 8 units, or
    5 degrees of freedom, the result is not gateable; 0/1 cases that stand alone are, since Tango's interval
    holds at any number of them.

    Scores must be finite, 0 or 1 where `scale` is `binary`, and within `value_range`: 0 to 1 unless given
    where `scale` is `bounded`. Raises StatisticsError for scores, a design or a level that cannot be used.
    Sources: in the functions for each interval and test; the seed fixes every random draw.
    """
    check_level(level)
    before, after = _scores(base, candidate)
    if not len(before):
        return nothing_paired(level)
    limits = checked_range(np.concatenate([before, after]), scale, value_range)
    kind, reach = _differences(scale, limits)
    sample = gather(after - before, design, scale=kind, value_range=reach)
    if sample is None:
        return nothing_paired(level)
    rng = np.random.default_rng(seed)
    alone = scale == "binary" and not sample.is_clustered
    if scale == "binary":
        found = binary_interval(sample, level=level)
    else:
        found = mean_interval(sample, level=level, rng=rng)
    p_value, test = _test(sample, binary=scale == "binary", rng=rng)
    spread = _spread(sample, found, level=level)
    weakness = "" if alone else sample.weakness
    return PairedResult(
        difference=sample.units.value,
        interval=found.interval,
        level=level,
        p_value=p_value,
        method=f"{found.method}; {test}",
        n_pairs=sample.n,
        n_clusters=sample.units.count,
        base_value=_mean_of(before, design),
        candidate_value=_mean_of(after, design),
        spread=spread,
        minimum_detectable=detectable(spread, sample.units.count, df=sample.df, level=level),
        gateable=found.interval is not None and not weakness,
        note=sentence(found.note if found.interval is None else sentences(found.note, weakness)),
    )


def win_tie_loss(base: ArrayLike, candidate: ArrayLike, *, level: float = 0.95) -> WinTieLoss:
    """Summarise ordinal scores of the same cases by direction alone, for scales without equal steps.

    Raises StatisticsError when there is no case or a score is not finite. Source: the sign test of
    Arbuthnot (1710) in its exact form; Tango (1998) for the interval of the net share.
    """
    check_level(level)
    before, after = _scores(base, candidate)
    if not len(before):
        raise StatisticsError("there is no case to compare")
    wins, losses = int(np.sum(after > before)), int(np.sum(after < before))
    return WinTieLoss(
        wins=wins,
        ties=len(before) - wins - losses,
        losses=losses,
        net=(wins - losses) / len(before),
        interval=paired_proportions(wins, losses, len(before), level=level),
        p_value=exact_mcnemar(wins, losses),
    )


def _scores(base: ArrayLike, candidate: ArrayLike) -> tuple[Floats, Floats]:
    before, after = np.asarray(base, np.float64), np.asarray(candidate, np.float64)
    if before.ndim != 1 or before.shape != after.shape:
        raise StatisticsError(
            f"{before.size} baseline scores cannot be paired with {after.size} candidate scores",
            hint="Give one score for each case, in the same order",
        )
    if not (np.all(np.isfinite(before)) and np.all(np.isfinite(after))):
        raise StatisticsError(
            "a score is not a finite number", hint="Leave failed samples out, do not code them"
        )
    return before, after


def _differences(scale: Scale, limits: Range) -> tuple[Scale, Range]:
    """Scale and range of a difference of two scores within the limits."""
    low, high = limits
    if scale == "unbounded" or low is None or high is None:
        return "unbounded", (None, None)
    return "bounded", (low - high, high - low)


def _mean_of(scores: Floats, design: Design | None) -> float:
    given = None if design is None else design.weights
    return float(np.average(scores, weights=None if given is None else np.asarray(given, dtype=np.float64)))


def _test(sample: Sample, *, binary: bool, rng: np.random.Generator) -> tuple[float, str]:
    if binary and sample.is_plain:
        gains, losses = int(np.sum(sample.values > 0)), int(np.sum(sample.values < 0))
        return exact_mcnemar(gains, losses), "exact McNemar"
    name = "sign-flip by cluster" if sample.is_clustered else "sign-flip"
    return sign_flip_p(sample.units.totals, rng=rng), name


def _spread(sample: Sample, found: Found, *, level: float) -> float | None:
    """Standard deviation of a unit; where few changed, no smaller than the interval's width implies."""
    if found.interval is None:
        return None
    root = math.sqrt(sample.units.count)
    observed = sample.standard_error * root
    if sample.df < 1:
        return observed or None
    half = (found.interval[1] - found.interval[0]) / 2
    implied = half / t_quantile(0.5 + level / 2, sample.df) * root
    few = sample.units.changed < _FEW_CHANGES or observed <= 1e-9 * implied
    return max(observed, implied) if few else observed
