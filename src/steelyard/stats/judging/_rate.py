"""A rate that a judge measured on all items and experts on a few of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from steelyard.stats._mean import estimate_mean
from steelyard.stats._result import MeanResult, check_level, clipped, sentences
from steelyard.stats._sample import too_few
from steelyard.stats.judging._draws import draws_interval, limit_draws
from steelyard.stats.judging._labels import Labels, check_binary, check_labels, judged_vector
from steelyard.stats.judging._moments import cluster_effect, correlation
from steelyard.stats.judging._result import CorrectedResult, effective_labels, saved
from steelyard.stats.judging._strata import Strata, stratify

FEWEST_LABELS = 20
JUDGE_ALONE = "the judge's errors are not corrected: shown for comparison, never to decide on"
METHOD = "post-stratified by verdict, Jeffreys draws"

_OUTCOMES = np.array([0.0, 1.0])


def correct_rate(
    judge: ArrayLike,
    labels: Labels,
    *,
    strata: Sequence[Hashable] | None = None,
    clusters: Sequence[Hashable] | None = None,
    finite: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> CorrectedResult:
    """The share of positive items, from a judge's 0/1 verdicts on all and experts' 0/1 labels on some.

    Within each verdict (and given stratum, such as a slice that labels were drawn by) experts say how often
    the item is truly positive; the verdicts say how frequent each stratum is. The interval comes from seeded
    posterior draws (`limit_draws`). It holds for labels drawn at random from all items, and for labels split
    by design over the strata. With `clusters` the labels count as their effective number. `finite` speaks of
    these items, otherwise of items like these. Under 20 labels the result must not decide.

    Raises StatisticsError for values that are not 0 or 1 and labels that do not fit.
    """
    check_level(level)
    verdicts = judged_vector(judge, binary=True)
    checked = check_labels(labels, verdicts.size, clusters=clusters)
    check_binary(checked.values, "label")
    known = verdicts.size if finite and checked.weights is None else None
    human = estimate_mean(
        checked.values, scale="binary", design=checked.design, level=level, population=known
    )
    groups = stratify(
        np.where(verdicts > 0.5, "1", "0").tolist(),
        checked,
        (0.0, 1.0),
        strata=strata,
        design_effect=cluster_effect(checked, level=level),
    )
    draws = limit_draws(groups, _OUTCOMES, finite=finite, rng=np.random.default_rng(seed))
    interval = clipped(draws_interval(draws, level=level), groups.value, (0.0, 1.0))
    effective = effective_labels(checked.n, human.interval, interval)
    corrected = _record(groups, level=level, n_units=human.n_units, effective=effective)
    alone = estimate_mean(verdicts, scale="binary", design=checked.item_design, level=level)
    return CorrectedResult(
        human_only=human,
        judge_only=replace(alone, gateable=False, note=sentences(alone.note, JUDGE_ALONE)),
        corrected=replace(corrected, interval=interval),
        judge_weight=None,
        strata=groups.table(),
        correlation=correlation(verdicts[checked.items], checked.values, checked.given_weights),
        effective_labels=effective,
        labels_saved=saved(effective, checked.n),
    )


def weak(labels: float, units: int, *, is_clustered: bool) -> str:
    """Why so few labels must not decide; empty when they may."""
    if labels < FEWEST_LABELS:
        return (
            f"only {labels:.0f} labels: shown, but too few to decide on (at least {FEWEST_LABELS} are needed)"
        )
    return too_few(units, is_clustered=is_clustered) if is_clustered else ""


def _record(groups: Strata, *, level: float, n_units: int, effective: float | None) -> MeanResult:
    n = int(groups.labels.sum())
    weakness = weak(n, n_units, is_clustered=n_units < n)
    return MeanResult(
        value=groups.value,
        interval=None,
        level=level,
        method=METHOD,
        n=n,
        n_units=n_units,
        effective_n=effective,
        gateable=not weakness,
        note=sentences(groups.empty(), weakness),
    )
