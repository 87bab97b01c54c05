"""From pairs to a difference: the statistics of one metric on one set of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from steelyard.core import ChangeWord, Difference, Direction, Estimate, Interval, Json, MetricSpec, Scale
from steelyard.gates._judged import judged_difference, judged_measure, judged_value, with_missing
from steelyard.gates._pairing import MissingPairs, Pairs
from steelyard.metrics import Aggregate, CorpusMetric, rebuild
from steelyard.stats import (
    Design,
    MeanResult,
    PairedResult,
    clopper_pearson,
    compare_corpus,
    compare_pairs,
    equal_scores,
    estimate_corpus,
    estimate_mean,
)


def measure_difference(
    pairs: Pairs,
    *,
    level: float,
    seed: int,
    allowed_drop: float | None = None,
    slice_name: str = "",
) -> Difference:
    """Candidate minus baseline on these pairs, with both values, the interval and the test."""
    spec = pairs.metric
    check = None
    if pairs.judge is None:
        result = compare(pairs, level=level, seed=seed)
        worst = _worst_interval(pairs, level=level, seed=seed)
    else:
        scale = scale_of(pairs)
        result, check = judged_difference(pairs, pairs.judge, scale=scale, level=level, seed=seed)
        worst = with_missing(pairs, result.interval)
    base, candidate = (_side(pairs, which=which, level=level, seed=seed) for which in ("base", "candidate"))
    return Difference(
        name=spec.key,
        base=base,
        candidate=candidate,
        difference=result.difference,
        interval=result.interval,
        level=level,
        p_value=result.p_value,
        p_adjusted=result.p_value,
        method=result.method,
        n_pairs=result.n_pairs,
        n_clusters=result.n_clusters,
        unit=pairs.unit,
        minimum_detectable=result.minimum_detectable,
        direction=spec.direction,
        measure=judged_measure(pairs),
        verdict=change_word(
            result.interval, direction=spec.direction, allowed_drop=allowed_drop, identical=pairs.identical
        ),
        identical_outputs=pairs.identical,
        missing=len(pairs.missing),
        worst_interval=worst,
        gateable=result.gateable,
        slice=slice_name,
        signature=pairs.signature(n=result.n_pairs, method=result.method, level=level, seed=seed),
        note=result.note,
        judge=check,
    )


def compare(pairs: Pairs, *, level: float, seed: int) -> PairedResult:
    """The paired statistics, by sample scores or, for corpus metrics, by resampling the corpus."""
    spec = pairs.metric
    if pairs.judge is not None:
        return judged_difference(pairs, pairs.judge, scale=scale_of(pairs), level=level, seed=seed)[0]
    if spec.corpus and len(pairs):
        return compare_corpus(
            _aggregate(spec, pairs.base_details),
            _aggregate(spec, pairs.candidate_details),
            len(pairs),
            design=Design(clusters=pairs.clusters),
            level=level,
            seed=seed,
        )
    return compare_pairs(
        pairs.base,
        pairs.candidate,
        scale=scale_of(pairs),
        value_range=spec.range,
        design=Design(weights=pairs.weights, clusters=pairs.clusters),
        level=level,
        seed=seed,
    )


def estimate(pairs: Pairs, *, level: float, seed: int, exact: bool = False) -> MeanResult:
    """The candidate's own value on these pairs; `exact` asks for the interval that guards a bound.

    Recorded scores of undeclared scale count as a rate when the candidate's are 0 or 1 and the baseline's
    within 0 to 1: a bound judges one run.
    """
    spec = pairs.metric
    if spec.corpus and len(pairs):
        aggregate = _aggregate(spec, pairs.candidate_details)
        return estimate_corpus(
            aggregate, len(pairs), design=Design(clusters=pairs.clusters), level=level, seed=seed
        )
    return _mean(pairs, pairs.candidate, level=level, seed=seed, exact=exact)


def binary(pairs: Pairs) -> bool:
    """Whether the scores are 0 or 1: declared so, or recorded scores that turn out to be."""
    declared = pairs.metric.scale == "binary" or pairs.metric.settings.get("scale") == "auto"
    return declared and _zero_one(pairs.base) and _zero_one(pairs.candidate)


def _own_binary(pairs: Pairs) -> bool:
    """Whether the candidate's scores are 0 or 1 by themselves, whatever lies between in the other run."""
    if binary(pairs):
        return True
    inside = bool(np.all((pairs.base >= 0) & (pairs.base <= 1)))
    return pairs.metric.settings.get("scale") == "auto" and inside and _zero_one(pairs.candidate)


def scale_of(pairs: Pairs) -> Scale:
    """The scale of the scores as they are."""
    return "binary" if binary(pairs) else pairs.metric.scale


def oriented(interval: Interval, direction: Direction) -> Interval:
    """The interval with up meaning better."""
    return interval if direction != "lower" else (-interval[1], -interval[0])


def change_word(
    interval: Interval | None,
    *,
    direction: Direction,
    allowed_drop: float | None,
    identical: bool,
) -> ChangeWord:
    """The difference in one word: a sign that is settled first, then sameness within the allowed drop."""
    if identical:
        return "equivalent"
    if interval is None:
        return "inconclusive"
    low, high = oriented(interval, direction)
    if direction != "neither" and low > 0:
        return "better"
    if direction != "neither" and high < 0:
        return "worse"
    if allowed_drop is not None and low > -allowed_drop and high < allowed_drop:
        return "equivalent"
    return "inconclusive"


def _zero_one(values: NDArray[np.float64]) -> bool:
    return bool(np.all((values == 0) | (values == 1)))


def _mean(pairs: Pairs, values: NDArray[np.float64], *, level: float, seed: int, exact: bool) -> MeanResult:
    zero_one = _own_binary(pairs) if exact else binary(pairs)
    if exact and pairs.clusters is None and pairs.weights is None and len(values):
        if zero_one:
            return clopper_pearson(float(values.sum()), len(values), level=level)
        low, high = pairs.metric.range
        if low is not None and high is not None and np.all(values == values[0]):
            return equal_scores(float(values[0]), len(values), value_range=(low, high), level=level)
    return estimate_mean(
        values,
        scale="binary" if zero_one else pairs.metric.scale,
        value_range=pairs.metric.range,
        design=Design(weights=pairs.weights, clusters=pairs.clusters),
        level=level,
        seed=seed,
    )


def _side(pairs: Pairs, *, which: Literal["base", "candidate"], level: float, seed: int) -> Estimate:
    """One run's value on the paired cases, as an estimate record."""
    spec = pairs.metric
    values = pairs.base if which == "base" else pairs.candidate
    details = pairs.base_details if which == "base" else pairs.candidate_details
    check = None
    if pairs.judge is not None and len(pairs):
        result, check = judged_value(
            pairs, pairs.judge, which=which, scale=scale_of(pairs), level=level, seed=seed
        )
    elif spec.corpus and len(pairs):
        aggregate = _aggregate(spec, details)
        result = estimate_corpus(
            aggregate, len(pairs), design=Design(clusters=pairs.clusters), level=level, seed=seed
        )
    else:
        result = _mean(pairs, values, level=level, seed=seed, exact=False)
    return Estimate(
        name=spec.key,
        value=result.value,
        interval=result.interval,
        n=result.n,
        unit=pairs.unit,
        n_units=result.n_units,
        level=level,
        method=result.method,
        missing=len(pairs.missing),
        estimand=pairs.estimand,
        signature=pairs.signature(n=result.n, method=result.method, level=level, seed=seed),
        measure=judged_measure(pairs),
        gateable=result.gateable,
        note=result.note,
        judge=check,
    )


def _worst_interval(pairs: Pairs, *, level: float, seed: int) -> Interval | None:
    """The interval if every missing pair had gone against the candidate; None when that is unbounded."""
    spec = pairs.metric
    if not len(pairs.missing) or spec.corpus or spec.worst is None or spec.best is None:
        return None
    return compare(
        _filled(pairs, pairs.missing, worst=spec.worst, best=spec.best), level=level, seed=seed
    ).interval


def _filled(pairs: Pairs, missing: MissingPairs, *, worst: float, best: float) -> Pairs:
    base = np.array([best if value is None else value for value in missing.base], np.float64)
    candidate = np.array([worst if value is None else value for value in missing.candidate], np.float64)
    clusters = None
    if pairs.clusters is not None:
        clusters = [*pairs.clusters, *missing.clusters]
    weights = None
    if pairs.weights is not None:
        weights = np.concatenate([pairs.weights, np.array(missing.weights, np.float64)])
    return replace(
        pairs,
        base=np.concatenate([pairs.base, base]),
        candidate=np.concatenate([pairs.candidate, candidate]),
        same=np.concatenate([pairs.same, np.zeros(len(missing), np.bool_)]),
        answered=np.concatenate([pairs.answered, np.zeros(len(missing), np.bool_)]),
        clusters=clusters,
        weights=weights,
    )


def _aggregate(spec: MetricSpec, details: Sequence[Mapping[str, Json]]) -> Aggregate:
    return cast("CorpusMetric", rebuild(spec)).prepare(details)
