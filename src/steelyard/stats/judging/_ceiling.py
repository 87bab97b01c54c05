"""How well a judge could agree with experts at best: as well as experts agree with each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import StatisticsError
from steelyard.stats._design import Design
from steelyard.stats._mean import estimate_mean
from steelyard.stats._paired_result import PairedResult
from steelyard.stats._pairs import compare_pairs
from steelyard.stats._result import MeanResult


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanCeiling:
    """Agreement with the other experts: one expert's, and the judge's, on the same items."""

    human: MeanResult
    """How often an expert says what most of the others say."""
    judge: MeanResult
    """How often the judge says what the same others say."""
    difference: PairedResult
    """Judge − human, paired."""


def human_ceiling(
    ratings: Sequence[tuple[Hashable, Hashable, Hashable]],
    judge: Mapping[Hashable, Hashable],
    *,
    level: float = 0.95,
) -> HumanCeiling:
    """Leave each expert out in turn; hold that expert, and the judge, against the majority of the others.

    `ratings` are (item, rater, value), values compared for equality; `judge` has the judge's value by item.
    Where the others are split over several most frequent values, agreement with one of m counts 1 / m. Items
    with fewer than two experts or without a verdict are left out; items are the clusters.

    Raises StatisticsError when no item is left or an expert rated one twice. Source: the human agreement of
    Dubois et al., *AlpacaFarm* (2023), arXiv:2305.14387, §4.1, leave-one-out.
    """
    by_item: defaultdict[Hashable, dict[Hashable, Hashable]] = defaultdict(dict)
    for item, rater, value in ratings:
        if rater in by_item[item]:
            raise StatisticsError(f"rater {rater} rated item {item} twice", hint="Keep the last rating")
        by_item[item][rater] = value
    human: list[float] = []
    machine: list[float] = []
    clusters: list[Hashable] = []
    for item, given in by_item.items():
        if len(given) < 2 or item not in judge:
            continue
        for rater, value in given.items():
            others = [other for name, other in given.items() if name != rater]
            human.append(_agreement(value, others))
            machine.append(_agreement(judge[item], others))
            clusters.append(item)
    if not human:
        raise StatisticsError("no judged item has two experts", hint="Let two experts rate the same items")
    design = Design(clusters=clusters)
    return HumanCeiling(
        human=estimate_mean(human, scale="bounded", design=design, level=level),
        judge=estimate_mean(machine, scale="bounded", design=design, level=level),
        difference=compare_pairs(human, machine, scale="bounded", design=design, level=level),
    )


def _agreement(value: Hashable, others: Sequence[Hashable]) -> float:
    counts = Counter(others)
    most = max(counts.values())
    leaders = [name for name, count in counts.items() if count == most]
    return 1.0 / len(leaders) if value in leaders else 0.0
