"""Two versions on the same cases: the judge saw every case, experts saw some."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Interval, Scale, StatisticsError
from steelyard.stats._design import Floats
from steelyard.stats._paired_result import PairedResult, detectable
from steelyard.stats._pairs import compare_pairs
from steelyard.stats._result import Range, check_level, clipped, sentence, sentences
from steelyard.stats._sample import too_few
from steelyard.stats._special import t_cdf, t_quantile
from steelyard.stats.judging._draws import draws_interval, limit_draws
from steelyard.stats.judging._graded import FEWEST_GRADED, not_enough
from steelyard.stats.judging._labels import Checked, Labels, check_binary, check_labels, judged_vector
from steelyard.stats.judging._moments import cluster_effect, correlation
from steelyard.stats.judging._power_tuned import power_tuned
from steelyard.stats.judging._rate import JUDGE_ALONE, METHOD, weak
from steelyard.stats.judging._result import CorrectedDifference, VerdictStratum, effective_labels, saved
from steelyard.stats.judging._strata import stratify

_OUTCOMES = np.array([-1.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairedLabels:
    """Experts' values of both versions' outputs on the cases that were drawn for them."""

    items: Sequence[int] | NDArray[np.int64]
    """Positions of the labelled cases among the judged ones, from 0, each once."""
    base: ArrayLike
    """The experts' value of the baseline's output on each."""
    candidate: ArrayLike
    """The experts' value of the candidate's output on each."""
    inclusion: ArrayLike | None = None
    """The probability with which each case was drawn, above 0 and at most 1; None: all alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Both:
    """A judge's and the experts' values of both versions, checked."""

    judge: tuple[Floats, Floats]
    """Baseline's and candidate's, all cases."""
    expert: tuple[Floats, Floats]
    """Baseline's and candidate's, labelled cases."""
    checked: Checked
    """Labels as differences."""


def correct_rate_difference(
    base_judge: ArrayLike,
    candidate_judge: ArrayLike,
    *,
    labels: PairedLabels,
    clusters: Sequence[Hashable] | None = None,
    finite: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> CorrectedDifference:
    """Candidate − base in the share of positive cases, from 0/1 verdicts on all cases and labels on some.

    Cases are stratified by the pair of verdicts; in each stratum the experts' difference is −1, 0 or 1, with
    Dirichlet draws (`limit_draws`). A judge's bias that both versions share cancels. The p-value doubles the
    smaller share of draws on the far side of 0. Under 20 labels the result must not decide.

    Raises StatisticsError for values that are not 0 or 1 and labels that do not fit.
    """
    check_level(level)
    both = _gather(base_judge, candidate_judge, labels, clusters=clusters)
    for values in (*both.judge, *both.expert):
        check_binary(values, "verdict or label")
    checked = both.checked
    human, alone = _plain(both, scale="binary", value_range=None, level=level, seed=seed)
    pairs = zip(*(values.astype(int).tolist() for values in both.judge), strict=True)
    groups = stratify(
        [f"{before}→{after}" for before, after in pairs],
        checked,
        (-1.0, 0.0, 1.0),
        strata=None,
        design_effect=cluster_effect(checked, level=level),
    )
    draws = limit_draws(groups, _OUTCOMES, finite=finite, rng=np.random.default_rng(seed))
    interval = clipped(draws_interval(draws, level=level), groups.value, (-1.0, 1.0))
    weakness = weak(checked.n, human.n_clusters, is_clustered=checked.codes is not None)
    corrected = _record(
        human,
        value=groups.value,
        interval=interval,
        method=f"{METHOD}; share of draws",
        p_value=_share_beyond(draws),
        note=sentences(groups.empty(), weakness),
        gateable=not weakness,
    )
    return _side_by_side(both, human, alone, corrected, strata=groups.table())


def correct_mean_difference(
    base_judge: ArrayLike,
    candidate_judge: ArrayLike,
    *,
    labels: PairedLabels,
    value_range: Range = (None, None),
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> CorrectedDifference:
    """Candidate − base in the mean grade: `correct_mean` applied to each case's differences.

    The p-value is Student's for the estimate over its error. Under 100 labels the corrected difference is
    the human-only one, and the note says so. Raises StatisticsError for grades or labels that do not fit.
    """
    check_level(level)
    both = _gather(base_judge, candidate_judge, labels, clusters=clusters)
    scale: Scale = "unbounded" if None in value_range else "bounded"
    human, alone = _plain(both, scale=scale, value_range=value_range, level=level, seed=seed)
    rng = np.random.default_rng(seed)
    if human.n_clusters < FEWEST_GRADED:
        note = sentence(sentences(not_enough(human.n_clusters), human.note.rstrip(".")))
        corrected = replace(human, method=f"human only ({human.method})", note=note)
        return _side_by_side(both, human, alone, corrected, judge_weight=0.0)
    tuned = power_tuned(both.judge[1] - both.judge[0], both.checked, level=level, rng=rng)
    low, high = value_range
    reach = None if low is None or high is None else high - low
    interval = clipped(tuned.interval, tuned.value, (None if reach is None else -reach, reach))
    weakness = too_few(human.n_clusters, is_clustered=both.checked.codes is not None)
    unknown = "" if interval is not None else "the labelled differences do not vary: no interval can be given"
    p_value = None
    if tuned.standard_error > 0.0:
        p_value = 2.0 * t_cdf(-abs(tuned.value) / tuned.standard_error, human.n_clusters - 1.0)
    corrected = _record(
        human,
        value=tuned.value,
        interval=interval,
        method=f"{tuned.method}, λ = {tuned.judge_weight:.2f}; Student t",
        p_value=p_value,
        note=sentences(unknown, weakness),
        gateable=interval is not None and not weakness,
    )
    return _side_by_side(both, human, alone, corrected, judge_weight=tuned.judge_weight)


def _gather(
    base_judge: ArrayLike,
    candidate_judge: ArrayLike,
    labels: PairedLabels,
    *,
    clusters: Sequence[Hashable] | None,
) -> _Both:
    before, after = judged_vector(base_judge), judged_vector(candidate_judge)
    if before.size != after.size:
        raise StatisticsError(f"{before.size} baseline verdicts cannot be paired with {after.size}")
    old, new = (judged_vector(values) for values in (labels.base, labels.candidate))
    if old.size != new.size:
        raise StatisticsError(f"{old.size} labels of the baseline cannot be paired with {new.size}")
    drawn = Labels(items=labels.items, values=new - old, inclusion=labels.inclusion)
    checked = check_labels(drawn, before.size, clusters=clusters)
    return _Both(judge=(before, after), expert=(old, new), checked=checked)


def _plain(
    both: _Both, *, scale: Scale, value_range: Range | None, level: float, seed: int
) -> tuple[PairedResult, PairedResult]:
    """Human-only and judge-only comparison."""
    human = compare_pairs(
        *both.expert, scale=scale, value_range=value_range, design=both.checked.design, level=level, seed=seed
    )
    alone = compare_pairs(
        *both.judge,
        scale=scale,
        value_range=value_range,
        design=both.checked.item_design,
        level=level,
        seed=seed,
    )
    note = sentence(sentences(alone.note.rstrip("."), JUDGE_ALONE))
    return human, replace(alone, gateable=False, note=note)


def _record(
    human: PairedResult,
    *,
    value: float,
    interval: Interval | None,
    method: str,
    p_value: float | None,
    note: str,
    gateable: bool,
) -> PairedResult:
    """The corrected comparison; its spread is what the interval's width implies."""
    df = human.n_clusters - 1.0
    spread = None
    if interval is not None and df >= 1.0:
        half = (interval[1] - interval[0]) / 2.0
        spread = half / t_quantile(0.5 + human.level / 2.0, df) * math.sqrt(human.n_clusters)
    base = human.base_value
    return replace(
        human,
        difference=value,
        interval=interval,
        p_value=p_value,
        method=method,
        candidate_value=None if base is None else base + value,
        spread=spread,
        minimum_detectable=detectable(spread, human.n_clusters, df=df, level=human.level),
        gateable=gateable,
        note=sentence(note),
    )


def _share_beyond(draws: tuple[Floats, Floats]) -> float:
    """Twice the smaller share of draws on the far side of 0, the observed sample counted in."""
    lower, upper = draws
    below = (1 + int(np.sum(lower <= 0.0))) / (lower.size + 1)
    above = (1 + int(np.sum(upper >= 0.0))) / (upper.size + 1)
    return min(1.0, 2.0 * min(below, above))


def _side_by_side(
    both: _Both,
    human: PairedResult,
    alone: PairedResult,
    corrected: PairedResult,
    *,
    judge_weight: float | None = None,
    strata: tuple[VerdictStratum, ...] = (),
) -> CorrectedDifference:
    checked = both.checked
    judged = (both.judge[1] - both.judge[0])[checked.items]
    effective = effective_labels(checked.n, human.interval, corrected.interval)
    return CorrectedDifference(
        human_only=human,
        judge_only=alone,
        corrected=corrected,
        judge_weight=judge_weight,
        strata=strata,
        correlation=correlation(judged, checked.values, checked.given_weights),
        effective_labels=effective,
        labels_saved=saved(effective, checked.n),
    )
