"""The estimand "these cases": a finite population of cases, of which some or all were scored."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from steelyard.core import Interval, StatisticsError
from steelyard.stats._clustered import effective_n_of_rate
from steelyard.stats._result import MeanResult
from steelyard.stats._sample import Sample
from steelyard.stats._sample_result import rescaled_wilson, result_of
from steelyard.stats._special import t_quantile
from steelyard.stats._units import cr2_variance


def estimate_finite_mean(sample: Sample, population: int, *, level: float) -> MeanResult:
    """The mean over a fixed set of `population` cases, drawn from in random order without replacement.

    One score a case: the mean of the scores that all cases have or would get; the variance shrinks by
    1 − n/N. Repeated scores (clusters are the cases): the mean of the cases' expected scores, by two-stage
    sampling, (1 − n/N) × between cases + n/N × within (W. Cochran 1977, Sampling Techniques, 10.4 and 11.8).
    Within-case variance is taken over one further case of the greatest possible variance, so that a system
    that never wavered in a few repeats is not taken to be without chance.

    Raises StatisticsError when more cases were scored than there are.
    """
    count = sample.units.count
    if population < count:
        raise StatisticsError(f"{count} cases were scored, but the population is said to hold {population}")
    if sample.codes is not None:
        return _repeated(sample, population, level=level)
    value = sample.units.value
    if population == count:
        note = (
            f"each of the {count} cases was scored once, so on these cases the figure is exact; "
            "repeats would show how much the answers vary"
        )
        return result_of(sample, (value, value), level=level, method="census", effective=None, note=note)
    effective = _effective_n(sample, level) * (population - 1) / (population - count)
    interval = _within_reach(sample, population, _single_interval(sample, population, effective, level))
    method = "Wilson, finite population" if sample.scale == "binary" else "Student t, finite population"
    return _shown(sample, interval, level=level, method=method, effective=effective)


def _single_interval(sample: Sample, population: int, effective: float, level: float) -> Interval | None:
    variance, df = cr2_variance(sample.units)
    variance *= 1.0 - sample.units.count / population
    if sample.scale == "binary" or variance <= 0.0:
        return rescaled_wilson(sample, effective, level=level)
    return _t(sample.units.value, variance, df, level)


def _repeated(sample: Sample, population: int, *, level: float) -> MeanResult:
    between, between_df = cr2_variance(sample.units)
    within, within_df = _within_variance(sample)
    share = sample.units.count / population
    parts = ((1.0 - share) * between, share * within)
    variance = sum(parts)
    value = sample.units.value
    note = ""
    if variance <= 0.0:
        interval, effective = None, None
        note = "all scores are equal: how much they vary is unknown"
    else:
        freedoms = zip(parts, (between_df, within_df), strict=True)
        df = variance**2 / sum(part**2 / freedom for part, freedom in freedoms if part > 0.0)
        spread = float(np.average((sample.values - value) ** 2, weights=sample.weights))
        effective = spread / variance if spread > 0.0 else None
        interval = _t(value, variance, df, level)
        if sample.scale == "binary":
            effective = effective or 1.0 / ((1.0 - share) / sample.units.count + share / sample.n)
            interval = rescaled_wilson(sample, effective, level=level)
    method = "Wilson, two-stage" if sample.scale == "binary" else "Student t, two-stage"
    return _shown(sample, interval, level=level, method=method, effective=effective, note=note)


def _within_variance(sample: Sample) -> tuple[float, float]:
    """Variance of the mean over outputs with the cases fixed, and its degrees of freedom."""
    codes = sample.codes if sample.codes is not None else np.arange(sample.n)
    sizes = np.bincount(codes)
    means = np.bincount(codes, weights=sample.values) / sizes
    squares = np.bincount(codes, weights=(sample.values - means[codes]) ** 2)
    df = float((sizes - 1).sum())
    pooled = float(squares.sum()) / df
    each = np.where(sizes > 1, squares / np.maximum(sizes - 1, 1), pooled) / sizes
    weights = sample.units.weights
    extra = 0.0
    if sample.span is not None:
        worst = (sample.span[1] - sample.span[0]) ** 2 / 4.0
        extra = float((weights**2).mean()) * worst / float(sizes.mean())
    return (float((weights**2 * each).sum()) + extra) / float(weights.sum()) ** 2, df


def _effective_n(sample: Sample, level: float) -> float:
    if sample.is_plain:
        return float(sample.n)
    if sample.scale == "binary":
        return effective_n_of_rate(sample.units, sample.n, level=level)
    return sample.units.effective_count


def _within_reach(sample: Sample, population: int, interval: Interval | None) -> Interval | None:
    """Cut off what the cases still to come could not bring about."""
    if interval is None or sample.span is None or sample.weights is not None:
        return interval
    done = float(sample.values.sum())
    left = population - sample.n
    lowest, highest = ((done + left * end) / population for end in sample.span)
    return max(interval[0], lowest), min(interval[1], highest)


def _t(value: float, variance: float, df: float, level: float) -> Interval:
    half = t_quantile(0.5 + level / 2.0, df) * math.sqrt(variance)
    return value - half, value + half


def _shown(
    sample: Sample,
    interval: Interval | None,
    *,
    level: float,
    method: str,
    effective: float | None,
    note: str = "",
) -> MeanResult:
    found = result_of(sample, interval, level=level, method=method, effective=effective, note=note)
    if found.interval is not None or note:
        return found
    return replace(found, note="one case or no spread: no interval can be given")
