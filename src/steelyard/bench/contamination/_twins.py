"""Originals against perturbed twins: who does better on the very wording has seen it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import (
    Case,
    ChangeWord,
    Difference,
    Estimate,
    Interval,
    MetricSpec,
    Scale,
    StatisticsError,
)
from steelyard.stats import Design, compare_pairs, estimate_mean

Floats = NDArray[np.float64]

TWIN_LINK = "derived_from"
"""The metadata key of a derived case that names its original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseScores:
    """One metric's scores of one run, already averaged over epochs."""

    run: str
    """The run."""
    values: Mapping[str, float]
    """Case id to score; cases without a score are left out."""


def twin_links(cases: Iterable[Case]) -> dict[str, str]:
    """Id of each derived case to the id of its original, from its metadata."""
    return {
        case.id: original
        for case in cases
        if isinstance(original := case.metadata.get(TWIN_LINK), str) and original
    }


def twin_gap(
    originals: CaseScores,
    twins: CaseScores,
    *,
    metric: MetricSpec,
    links: Mapping[str, str],
    clusters: Mapping[str, str] | None = None,
    weights: Mapping[str, float] | None = None,
    level: float = 0.95,
) -> Difference:
    """Score on the originals minus score on their twins, paired by case, with its interval.

    Several twins of a case are averaged first. `links` is twin to original; `clusters` original to
    cluster, `weights` original to weight. A gap whose interval lies on the side of the better originals is
    suspicious: the wording helps, though perturbed questions may also simply be harder, which a clean
    system shows as well. Raises StatisticsError when no twin can be paired. Source of the idea: Zhang et
    al. 2024, "A careful examination of large language model performance on grade school arithmetic" (GSM1k).
    """
    by_original: dict[str, list[float]] = {}
    for twin, original in links.items():
        if twin in twins.values and original in originals.values:
            by_original.setdefault(original, []).append(twins.values[twin])
    if not by_original:
        raise StatisticsError(
            "no twin can be paired with its original",
            where=f"{originals.run} and {twins.run}",
            hint=f"Twins name their original in metadata: {TWIN_LINK}",
        )
    ids = list(by_original)
    after = np.array([originals.values[name] for name in ids])
    before = np.array([sum(by_original[name]) / len(by_original[name]) for name in ids])
    groups = [(clusters or {}).get(name, name) for name in ids]
    scale = _scale(metric, before, after)
    design = _design(groups, [(weights or {}).get(name, 1.0) for name in ids])
    found = compare_pairs(before, after, scale=scale, value_range=metric.range, design=design, level=level)
    return Difference(
        name=metric.key,
        base=_side(metric, before, scale=scale, design=design, level=level),
        candidate=_side(metric, after, scale=scale, design=design, level=level),
        difference=found.difference,
        interval=found.interval,
        level=level,
        p_value=found.p_value,
        method=found.method,
        n_pairs=found.n_pairs,
        n_clusters=found.n_clusters,
        unit="case" if design is None or design.clusters is None else "group",
        minimum_detectable=found.minimum_detectable,
        direction=metric.direction,
        measure=metric.measure,
        verdict=_verdict(found.interval, metric),
        gateable=found.gateable,
        missing=len(set(links.values())) - len(ids),
        signature=f"twins {twins.run} against originals {originals.run}, {metric.key}, n={len(ids)}",
        note=found.note,
    )


def is_suspicious_gap(gap: Difference) -> bool:
    """Whether the originals are better by more than chance."""
    return gap.verdict == "better"


def _design(groups: Sequence[str], weights: Sequence[float]) -> Design | None:
    """Clusters where originals share one, weights where they differ; None for plain cases."""
    clusters = groups if len(set(groups)) < len(groups) else None
    heavy = weights if len(set(weights)) > 1 else None
    return None if clusters is None and heavy is None else Design(clusters=clusters, weights=heavy)


def _scale(metric: MetricSpec, before: Floats, after: Floats) -> Scale:
    """Binary scores that were averaged over epochs or twins are shares."""
    if metric.scale != "binary":
        return metric.scale
    both = np.concatenate([before, after])
    return "binary" if bool(np.all((both == 0) | (both == 1))) else "bounded"


def _side(
    metric: MetricSpec, values: Floats, *, scale: Scale, design: Design | None, level: float
) -> Estimate:
    found = estimate_mean(values, scale=scale, value_range=metric.range, design=design, level=level)
    return Estimate(
        name=metric.key,
        value=found.value,
        interval=found.interval,
        n=found.n,
        n_units=found.n_units,
        level=level,
        method=found.method,
        measure=metric.measure,
        gateable=found.gateable,
        note=found.note,
    )


def _verdict(interval: Interval | None, metric: MetricSpec) -> ChangeWord:
    if interval is None or metric.direction == "neither":
        return "inconclusive"
    low, high = interval if metric.direction == "higher" else (-interval[1], -interval[0])
    return "better" if low > 0 else "worse" if high < 0 else "inconclusive"
