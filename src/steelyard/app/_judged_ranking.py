"""Several runs on a judge's metric: ranks from differences that experts' labels correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from steelyard.core import Difference, Estimate
from steelyard.gates import Compared, CompareOptions, compare_runs
from steelyard.runs import RunRecord
from steelyard.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRank:
    """One run's corrected value and its rank set."""

    estimate: Estimate
    """The value, corrected."""
    rank_low: int
    """Best rank that the data do not exclude."""
    rank_high: int
    """Worst rank that the data do not exclude."""


def rank_judged(
    key: str,
    runs: Sequence[RunRecord],
    *,
    compared: Sequence[Compared],
    store: Store,
    options: CompareOptions,
) -> list[JudgedRank] | None:
    """Rank sets that hold together; None unless experts rated the same cases of every two runs.

    A run is placed below another only where the corrected difference of the two leaves zero out at a level
    shared between all pairs (Bonferroni), so that with the chance of `options.level` every true rank lies in
    its set (Mogstad, Romano, Shaikh and Wilhelm, Review of Economic Studies 91 (2024) 476-518, section 3).
    """
    pairs = list(combinations(range(len(runs)), 2))
    shared = replace(options, metrics=(key,), level=1.0 - (1.0 - options.level) / len(pairs))
    beaten_by = [0] * len(runs)
    beats = [0] * len(runs)
    for first, second in pairs:
        found = _metric(compare_runs(runs[first], runs[second], samples=store, options=shared), key)
        if found.judge is None or not found.judge.may_decide or found.interval is None:
            return None
        if found.judge.human_only is None:
            return None
        low, high = found.interval if found.direction != "lower" else (-found.interval[1], -found.interval[0])
        if low > 0.0:
            beaten_by[first] += 1
            beats[second] += 1
        elif high < 0.0:
            beaten_by[second] += 1
            beats[first] += 1
    values = [_metric(compared[0], key).base, *(_metric(item, key).candidate for item in compared)]
    return [
        JudgedRank(estimate=value, rank_low=1 + beaten_by[place], rank_high=len(runs) - beats[place])
        for place, value in enumerate(values)
    ]


def _metric(found: Compared, key: str) -> Difference:
    return next(item for item in found.comparison.metrics if item.name == key)
