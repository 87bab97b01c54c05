"""Corpus-level values (BLEU, F1, AUROC, …) of one run, and their difference between two."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from steelyard.stats._corpus_bootstrap import (
    MOST_UNDEFINED,
    RESAMPLES,
    Aggregate,
    CorpusDraws,
    CorpusUnits,
    corpus_units,
    resample_corpus,
)
from steelyard.stats._design import Design, Floats
from steelyard.stats._paired_result import PairedResult, detectable, nothing_paired
from steelyard.stats._result import MeanResult, check_level, nothing, sentence
from steelyard.stats._sample import too_few


def estimate_corpus(
    aggregate: Aggregate,
    n: int,
    *,
    design: Design | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> MeanResult:
    """A corpus-level value with a BCa interval; cases, or clusters of cases, are resampled.

    `aggregate` takes a vector of `n` weights, so that sufficient statistics are read once and no text is
    scored again (`resample_corpus`). Resamples at which the value is undefined are left out; the note tells
    their share, and above 5 % the result is not gateable. When every resample gives the same value there is
    no interval: a point would claim certainty. Under 8 units the result is not gateable.

    Raises StatisticsError for a level outside (0, 1), weights, or clusters of another length than n.
    """
    check_level(level)
    units = corpus_units(n, design)
    value = aggregate(np.ones(n)) if n else None
    if value is None:
        note = "the metric is undefined on these cases" if n else "nothing was scored"
        return replace(nothing(level, note=note), n=n, n_units=units.count)
    draws = resample_corpus(aggregate, value, units, level=level, resamples=resamples, seed=seed)
    weakness = _weakness(draws, units)
    some = f"undefined in {draws.undefined:.1%} of the resamples, which were left out"
    return MeanResult(
        value=float(value),
        interval=draws.interval,
        level=level,
        method="BCa cluster bootstrap" if units.is_clustered else "BCa bootstrap",
        n=n,
        n_units=units.count,
        gateable=not weakness,
        note=weakness or (some if draws.undefined else ""),
    )


def compare_corpus(
    base_aggregate: Aggregate,
    candidate_aggregate: Aggregate,
    n: int,
    *,
    design: Design | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PairedResult:
    """Paired bootstrap: both versions are evaluated on the same resampled cases (or clusters).

    The interval is the one of `estimate_corpus`, for the difference; the p-value is twice the smaller share
    of resamples beyond zero. Without any variation, or where more than 5 % of resamples leave the metric
    undefined, the result is not gateable.

    Raises StatisticsError as `estimate_corpus` does.
    Source: Koehn, *Statistical significance tests for machine translation evaluation*, EMNLP 2004.
    """
    check_level(level)
    units = corpus_units(n, design)
    ones = np.ones(n)
    base = base_aggregate(ones) if n else None
    candidate = candidate_aggregate(ones) if n else None
    if base is None or candidate is None:
        return _not_paired(level, units, n=n, base=base, candidate=candidate)

    def difference(weights: Floats) -> float | None:
        before, after = base_aggregate(weights), candidate_aggregate(weights)
        return None if before is None or after is None else after - before

    observed = candidate - base
    draws = resample_corpus(difference, observed, units, level=level, resamples=resamples, seed=seed)
    spread = None if draws.interval is None else float(draws.values.std()) * math.sqrt(units.count)
    weakness = _weakness(draws, units)
    return PairedResult(
        difference=observed,
        interval=draws.interval,
        level=level,
        p_value=_bootstrap_p(draws.values, observed),
        method="paired bootstrap (BCa)" + (" by cluster" if units.is_clustered else ""),
        n_pairs=n,
        n_clusters=units.count,
        base_value=base,
        candidate_value=candidate,
        spread=spread,
        minimum_detectable=detectable(spread, units.count, df=units.count - 1, level=level),
        gateable=not weakness,
        note=sentence(weakness),
    )


def _weakness(draws: CorpusDraws, units: CorpusUnits) -> str:
    """Why the value may be shown but must not decide; empty when it may."""
    if few := too_few(units.count, is_clustered=units.is_clustered):
        return few
    if draws.undefined > MOST_UNDEFINED:
        return (
            f"undefined in {draws.undefined:.1%} of the resamples: there are too few cases of a kind "
            "to decide on"
        )
    if draws.interval is None:
        return "every resample gave the same value, so its spread is unknown"
    return ""


def _not_paired(
    level: float, units: CorpusUnits, *, n: int, base: float | None, candidate: float | None
) -> PairedResult:
    found = nothing_paired(level)
    if not n:
        return found
    return replace(
        found,
        n_pairs=n,
        n_clusters=units.count,
        base_value=base,
        candidate_value=candidate,
        note="The metric is undefined on these cases.",
    )


def _bootstrap_p(draws: Floats, observed: float) -> float | None:
    if not len(draws):
        return None
    if not draws.any() and observed == 0:
        return 1.0
    below, above = int(np.sum(draws <= 0)), int(np.sum(draws >= 0))
    return min(1.0, 2 * (1 + min(below, above)) / (len(draws) + 1))
