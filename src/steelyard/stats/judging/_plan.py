"""How many labels and judge calls reach a wanted width, and which items to label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError
from steelyard.stats._design import Floats, factorise
from steelyard.stats._result import check_level
from steelyard.stats._sample import as_vector
from steelyard.stats._special import normal_quantile
from steelyard.stats.judging._labels import LEAST_INCLUSION
from steelyard.stats.judging._result import VerdictStratum

_CHANCE = 0.8
_PRIOR = 0.5
_FEWEST = 2
_LEAST_PRICE = 1e-4
_BISECTIONS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPlan:
    """Labels and judge calls that reach a width, and what they cost."""

    labels: int
    """Items for experts to label."""
    judge_calls: int
    """Items for the judge to score."""
    allocation: Mapping[str, int]
    """Labels by stratum of the judge's verdict."""
    inclusion: Mapping[str, float]
    """Probability of being labelled, by stratum."""
    expected_width: float
    """Width of the interval to expect."""
    cost: float
    """Of labels and calls together."""
    human_only_labels: int
    """Labels that reach the width without a judge."""
    human_only_cost: float
    """What these cost."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnLabels:
    """Items to label, with what their correction will need."""

    items: NDArray[np.int64]
    """Positions among the judged items, ascending."""
    inclusion: Floats
    """The probability with which each was drawn."""
    strata: tuple[str, ...]
    """The stratum of each."""
    seed: int
    """What the draw can be repeated from."""


def plan_labels(
    pilot: Sequence[VerdictStratum],
    *,
    target_width: float | None = None,
    minimum_detectable: float | None = None,
    cost_label: float,
    cost_call: float,
    items: int | None = None,
    level: float = 0.95,
) -> LabelPlan:
    """The cheapest labels and judge calls whose corrected 0/1 rate has the wanted width.

    `pilot` is `CorrectedResult.strata` of a first, small round; `minimum_detectable` is the difference from a
    fixed bound to find with 80 % chance, instead of a width. With shares W, standard deviations S within and
    variance B between strata, n labels in Neyman's allocation and N calls leave the variance (Σ W S)² / n +
    B / N; the cheapest pair is n = (A + √(A B cₙ/cₗ)) / v and N = (B + √(A B cₗ/cₙ)) / v with A = (Σ W S)².
    Strata get 2 labels and a probability of .05 at least. `items` limits the calls; a call counts as a
    ten-thousandth of a label at least.

    Raises StatisticsError when the pilot or the wish cannot be used, or the items do not suffice.
    Source: Neyman, *Contribution to the theory of sampling human populations* (double sampling), JASA 33
    (1938) 101-116; Cochran, *Sampling Techniques* (1977) §5.5 and 12.3.
    """
    check_level(level)
    width = _width(target_width, minimum_detectable, level=level)
    if not pilot or cost_label <= 0.0 or cost_call < 0.0:
        raise StatisticsError(
            "a plan needs a pilot's strata, a price above 0 a label, and none below 0 a call"
        )
    shares = np.array([stratum.share for stratum in pilot]) / sum(stratum.share for stratum in pilot)
    rates = np.array([_rate(stratum) for stratum in pilot])
    spreads = np.sqrt(rates * (1.0 - rates))
    within, between = float(shares @ spreads) ** 2, float(shares @ (rates - shares @ rates) ** 2)
    variance = (width / (2.0 * normal_quantile(0.5 + level / 2.0))) ** 2
    alone = math.ceil((float(shares @ spreads**2) + between) / variance)
    calls = _calls(
        within, between, variance, ratio=cost_label / max(cost_call, _LEAST_PRICE * cost_label), items=items
    )
    needed = within / (variance - between / calls)
    allocation = _allocation(shares, spreads, needed=needed, calls=calls)
    labels = int(allocation.sum())
    left = float((shares**2 * spreads**2 / allocation).sum()) + between / calls
    names = [stratum.verdict for stratum in pilot]
    return LabelPlan(
        labels=labels,
        judge_calls=calls,
        allocation=dict(zip(names, allocation.tolist(), strict=True)),
        inclusion=dict(zip(names, np.minimum(1.0, allocation / (shares * calls)).tolist(), strict=True)),
        expected_width=2.0 * normal_quantile(0.5 + level / 2.0) * math.sqrt(left),
        cost=labels * cost_label + calls * cost_call,
        human_only_labels=alone,
        human_only_cost=alone * cost_label,
    )


def draw_labels(
    strata: Sequence[str],
    allocation: Mapping[str, int] | int,
    *,
    seed: int,
    urgency: ArrayLike | None = None,
) -> DrawnLabels:
    """Draw items for experts at random, every one with a known probability of at least .05.

    `strata` has one label for each judged item, such as the judge's verdict; `allocation` the number to draw
    from each, or one number for all strata in proportion to size. Within a stratum the draw is systematic
    on a random order: a simple random sample, or with `urgency` (0 or more, such as the judge's doubt) one
    with probabilities in proportion to it. Where the number is too small for .05 each, it is raised.

    Raises StatisticsError for strata that are missing, or urgencies that cannot be used.
    Source: Madow, *On the theory of systematic sampling, II*, Annals of Mathematical Statistics 20 (1949)
    333-354; the floor on probabilities as in Zrnic and Candès, *Active statistical inference* (2024).
    """
    codes = factorise(strata)
    if codes.size == 0:
        raise StatisticsError("there is no item to draw from")
    names = list(dict.fromkeys(strata))
    sizes = np.bincount(codes)
    wanted = _wanted(names, sizes, allocation)
    urgent = np.ones(codes.size) if urgency is None else as_vector(urgency, "urgencies")
    if urgent.size != codes.size or np.any(urgent < 0.0):
        raise StatisticsError("urgencies must be 0 or more, one for each item")
    rng = np.random.default_rng(seed)
    chances = np.zeros(codes.size)
    drawn = []
    for place in range(len(names)):
        members = rng.permutation(np.flatnonzero(codes == place))
        chances[members] = _chances(urgent[members], min(int(wanted[place]), members.size))
        drawn.append(members[_systematic(chances[members], start=float(rng.random()))])
    items = np.sort(np.concatenate(drawn))
    return DrawnLabels(
        items=items,
        inclusion=chances[items],
        strata=tuple(names[code] for code in codes[items].tolist()),
        seed=seed,
    )


def _width(target: float | None, detectable: float | None, *, level: float) -> float:
    if (target is None) == (detectable is None):
        raise StatisticsError("give a target width or a minimum detectable difference, one of the two")
    quantile = normal_quantile(0.5 + level / 2.0)
    wished = (
        target if detectable is None else detectable * 2.0 * quantile / (quantile + normal_quantile(_CHANCE))
    )
    if wished is None or not 0.0 < wished < 1.0:
        raise StatisticsError("a width or difference of shares must lie between 0 and 1")
    return wished


def _rate(stratum: VerdictStratum) -> float:
    """The pilot's rate, pulled from 0 and 1 by Jeffreys' prior: no stratum is taken for certain."""
    positive = (stratum.mean or 0.0) * stratum.labels
    return (positive + _PRIOR) / (stratum.labels + 2.0 * _PRIOR)


def _calls(within: float, between: float, variance: float, *, ratio: float, items: int | None) -> int:
    best = math.ceil((between + math.sqrt(within * between * ratio)) / variance)
    labelled = math.ceil((within + between) / variance)
    calls = max(best, labelled) if items is None else min(max(best, labelled), items)
    if between / calls >= variance:
        raise StatisticsError(
            f"{calls} items are too few for this width, however many are labelled",
            hint="Add cases, or accept a wider interval",
        )
    return calls


def _allocation(shares: Floats, spreads: Floats, *, needed: float, calls: int) -> NDArray[np.int64]:
    """Neyman's numbers, with floors; no more than there are items."""
    neyman = np.ceil(needed * shares * spreads / float(shares @ spreads) - 1e-9)
    floor = np.maximum(_FEWEST, np.ceil(LEAST_INCLUSION * shares * calls - 1e-9))
    raised = np.maximum(neyman, floor)
    capacity = np.maximum(np.floor(shares * calls), 1.0)
    if np.any(neyman > capacity):
        raise StatisticsError(
            f"a stratum would need more labels than its share of {calls} items",
            hint="Add cases, or accept a wider interval",
        )
    return np.minimum(raised, capacity).astype(np.int64)


def _wanted(
    names: Sequence[str], sizes: NDArray[np.int64], allocation: Mapping[str, int] | int
) -> NDArray[np.int64]:
    floor = np.minimum(sizes, np.maximum(1, np.ceil(LEAST_INCLUSION * sizes - 1e-9)))
    if isinstance(allocation, Mapping):
        missing = [name for name in names if name not in allocation]
        if missing:
            raise StatisticsError(f"no number of labels is given for {', '.join(missing)}")
        wanted = np.array([allocation[name] for name in names], np.float64)
    else:
        wanted = np.round(allocation * sizes / sizes.sum())
    return np.asarray(np.maximum(wanted, floor), np.int64)


def _chances(urgency: Floats, wanted: int) -> Floats:
    """Probabilities that sum to `wanted`, between the floor and 1, in proportion to urgency between them."""
    n = urgency.size
    floor = min(LEAST_INCLUSION, wanted / n)
    if np.ptp(urgency) == 0.0 or wanted == n:
        return np.full(n, wanted / n)
    low, high = 0.0, 1.0 / float(urgency[urgency > 0.0].min()) + n
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        if float(np.clip(middle * urgency, floor, 1.0).sum()) < wanted:
            low = middle
        else:
            high = middle
    found = np.clip(high * urgency, floor, 1.0)
    return np.asarray(found * min(1.0, wanted / found.sum()), np.float64)


def _systematic(chances: Floats, *, start: float) -> NDArray[np.bool_]:
    """Items in whose stretch of the cumulated probabilities a whole number + start falls."""
    ends = np.cumsum(chances)
    ends = np.where(np.abs(ends - np.round(ends)) < 1e-9, np.round(ends), ends)
    hits = np.floor(ends - start)
    return np.asarray(np.diff(hits, prepend=math.floor(-start)) > 0, np.bool_)
