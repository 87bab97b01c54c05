"""The difference of a corpus-level metric (BLEU, F1, AUROC) between two versions on the same cases."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Interval, StatisticsError
from steelyard.stats._paired_units import LEAST_UNITS, encode
from steelyard.stats._pairs import PairedResult, detectable
from steelyard.stats._result import check_level
from steelyard.stats._special import normal_cdf, normal_quantile, t_quantile

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

CorpusAggregate = Callable[[Floats], float | None]
"""Weights of the cases (how often each was drawn) to the metric's value; None where it is undefined."""

_JACKKNIFE_GROUPS = 100
_MOST_UNDEFINED = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draws:
    """What resampling found."""

    differences: Floats
    """The difference in each resample where both sides are defined."""
    undefined: float
    """Share of resamples without a difference."""


def compare_corpus(
    base_aggregate: CorpusAggregate,
    candidate_aggregate: CorpusAggregate,
    n: int,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    resamples: int = 1_999,
    seed: int = 0,
) -> PairedResult:
    """Paired bootstrap: both versions are evaluated on the same resampled cases (or clusters).

    The interval is bias-corrected and accelerated, with tails widened as Student's t is wider than the
    normal; the p-value is twice the smaller share of resamples beyond zero. Aggregates take `n` weights, so
    a metric with sufficient statistics never looks at a text twice. Without any variation, or where more
    than 5 % of resamples leave the metric undefined, the result is not gateable.

    Raises StatisticsError for a bad level or cluster count.
    Sources: Efron, *Better bootstrap confidence intervals*, JASA 82 (1987) 171-185; Koehn, *Statistical
    significance tests for machine translation evaluation*, EMNLP 2004; Hesterberg, *What teachers should
    know about the bootstrap*, American Statistician 69 (2015) 371-386, for the widened tails.
    """
    check_level(level)
    if n < 0 or resamples < 1:
        raise StatisticsError(f"{n} cases and {resamples} resamples cannot be compared")
    codes = np.arange(n) if clusters is None else encode(clusters, n)
    units = int(codes.max()) + 1 if n else 0
    ones = np.ones(n)
    base = base_aggregate(ones) if n else None
    candidate = candidate_aggregate(ones) if n else None
    if base is None or candidate is None:
        return _undefined(n, units, base=base, candidate=candidate, level=level)

    def difference(weights: Floats) -> float | None:
        before, after = base_aggregate(weights), candidate_aggregate(weights)
        return None if before is None or after is None else after - before

    observed = candidate - base
    draws = _resample(difference, codes, units=units, resamples=resamples, seed=seed)
    interval = None
    if units >= 2 and len(draws.differences) >= 0.5 * resamples:
        influence = _jackknife(difference, codes, units=units, seed=seed)
        interval = _accelerated(observed, draws.differences, influence=influence, units=units, level=level)
    spread = float(draws.differences.std()) * math.sqrt(units) if interval is not None else None
    clustered = clusters is not None
    note = _note(draws, units=units, interval=interval, clustered=clustered)
    return PairedResult(
        difference=observed,
        interval=interval,
        level=level,
        p_value=_bootstrap_p(draws.differences, observed),
        method="paired bootstrap (BCa)" + (" by cluster" if clustered else ""),
        n_pairs=n,
        n_clusters=units,
        base_value=base,
        candidate_value=candidate,
        spread=spread,
        minimum_detectable=detectable(spread, units, df=units - 1, level=level),
        gateable=not note,
        note=note,
    )


def _resample(
    difference: Callable[[Floats], float | None], codes: Codes, *, units: int, resamples: int, seed: int
) -> _Draws:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        times = np.bincount(rng.integers(0, units, size=units), minlength=units).astype(np.float64)
        value = difference(times[codes])
        if value is not None:
            found.append(value)
    return _Draws(differences=np.array(found, np.float64), undefined=1 - len(found) / resamples)


def _jackknife(
    difference: Callable[[Floats], float | None], codes: Codes, *, units: int, seed: int
) -> Floats:
    """Difference without each of at most 100 random groups of units: the shape of its sampling error."""
    order = np.random.default_rng(seed).permutation(units)
    group = np.empty(units, np.int64)
    group[order] = np.arange(units) % min(units, _JACKKNIFE_GROUPS)
    values = (difference((group[codes] != left_out).astype(np.float64)) for left_out in np.unique(group))
    return np.array([value for value in values if value is not None], np.float64)


def _accelerated(
    observed: float, draws: Floats, *, influence: Floats, units: int, level: float
) -> Interval | None:
    if float(np.ptp(draws)) <= 1e-12 * max(1.0, abs(observed)):
        return None
    below = (np.sum(draws < observed) + 0.5 * np.sum(draws == observed) + 0.5) / (len(draws) + 1)
    bias = normal_quantile(float(below))
    deviation = influence.mean() - influence if len(influence) else np.zeros(1)
    scale = float(np.sum(deviation**2)) ** 1.5
    # Deleting groups of g units leaves an acceleration √g times too large, for there are g times fewer terms.
    per_group = math.sqrt(units / max(len(influence), 1))
    acceleration = float(np.sum(deviation**3)) / (6 * scale) / per_group if scale > 0 else 0.0
    wide = t_quantile(0.5 + level / 2, units - 1) * math.sqrt(units / (units - 1))
    low, high = (_adjusted(side, bias=bias, acceleration=acceleration) for side in (-wide, wide))
    limits = np.quantile(draws, [low, high])
    return (min(float(limits[0]), observed), max(float(limits[1]), observed))


def _adjusted(quantile: float, *, bias: float, acceleration: float) -> float:
    shifted = bias + quantile
    divisor = 1 - acceleration * shifted
    return normal_cdf(bias + shifted / divisor) if divisor > 0 else float(shifted > 0)


def _bootstrap_p(draws: Floats, observed: float) -> float | None:
    if not len(draws):
        return None
    if not draws.any() and observed == 0:
        return 1.0
    below, above = int(np.sum(draws <= 0)), int(np.sum(draws >= 0))
    return min(1.0, 2 * (1 + min(below, above)) / (len(draws) + 1))


def _note(draws: _Draws, *, units: int, interval: Interval | None, clustered: bool) -> str:
    if units < LEAST_UNITS:
        kind = "groups" if clustered else "cases"
        return f"Only {units} independent {kind}: shown, but too few to decide on."
    if interval is None:
        return "No resample differs from another, so nothing shows how much the figure would vary."
    if draws.undefined > _MOST_UNDEFINED:
        return f"{draws.undefined:.0%} of the resamples leave the metric undefined: too few cases of a kind."
    return ""


def _undefined(
    n: int, units: int, *, base: float | None, candidate: float | None, level: float
) -> PairedResult:
    return PairedResult(
        difference=None,
        interval=None,
        level=level,
        p_value=None,
        method="none",
        n_pairs=n,
        n_clusters=units,
        base_value=base,
        candidate_value=candidate,
        spread=None,
        minimum_detectable=None,
        gateable=False,
        note="The metric is undefined on these cases." if n else "No case has a score in both runs.",
    )
