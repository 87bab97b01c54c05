"""Looking after every case: a confidence sequence for the mean of a fixed set of cases."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError
from steelyard.stats._result import check_level

Floats = NDArray[np.float64]

_GRID = 2_001
_LARGEST_BET = 0.75
_AIM = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSequence:
    """Limits after each case, all of them right at once with chance `level`."""

    lower: Floats
    """Lower limit after each case; never falls."""
    upper: Floats
    """Upper limit after each case; never rises."""
    level: float
    """Chance that no limit ever misses the mean of the whole set."""


def betting_sequence(
    values: ArrayLike,
    total: int,
    *,
    value_range: tuple[float, float] = (0.0, 1.0),
    level: float = 0.95,
) -> ConfidenceSequence:
    """Limits for the mean of "these cases" while they are worked through in random order.

    `values` are the scores, or paired differences with range (−1, 1), of the first cases of a fixed set of
    `total`, in an order drawn beforehand and complete up to here: never in order of completion. One may
    look after every case and stop when the limits decide; each side misses with chance (1 − level) / 2 at
    most, over all looks together. After the last case the limits close on the mean, to one step of a grid
    of 2,000.

    For every possible mean a bettor plays against it at fair odds (the cases left must make up for those
    seen); a mean is dropped once the bettor against it holds 2 / (1 − level). Bets aim at a decision after
    half the cases and use earlier cases only.

    Raises StatisticsError for values out of range or more of them than `total`.
    Source: Waudby-Smith and Ramdas, *Estimating means of bounded random variables by betting*, JRSS B 86
    (2024) 1-27, §5, and *Confidence sequences for sampling without replacement*, NeurIPS 2020.
    """
    check_level(level)
    low, high = value_range
    scores = np.asarray(values, np.float64)
    if not (
        high > low
        and scores.ndim == 1
        and len(scores) <= total
        and np.all((scores >= low) & (scores <= high))
    ):
        raise StatisticsError(
            f"{scores.size} values of {total} cannot be followed within {low:g} to {high:g}",
            hint="Values must be finite and in range, and no more than there are cases",
        )
    units = (scores - low) / (high - low)
    below, above = _limits(units, total, level=level)
    return ConfidenceSequence(lower=low + below * (high - low), upper=low + above * (high - low), level=level)


def _limits(units: Floats, total: int, *, level: float) -> tuple[Floats, Floats]:
    grid = np.linspace(0.0, 1.0, _GRID)
    step = grid[1]
    hurdle = math.log(2 / (1 - level))
    wealth_up, wealth_down = np.zeros(_GRID), np.zeros(_GRID)
    out_low, out_high = np.zeros(_GRID, np.bool_), np.zeros(_GRID, np.bool_)
    bets = _bets(units, total, hurdle=hurdle)
    lower, upper = np.empty(len(units)), np.empty(len(units))
    seen = 0.0
    for place, (value, bet) in enumerate(zip(units.tolist(), bets.tolist(), strict=True)):
        fair = (total * grid - seen) / (total - place)
        held = np.clip(fair, 1e-9, 1 - 1e-9)
        gain = value - held
        wealth_up += np.log1p(np.minimum(bet, _LARGEST_BET / held) * gain)
        wealth_down += np.log1p(-np.minimum(bet, _LARGEST_BET / (1 - held)) * gain)
        seen += value
        left = total - place - 1
        out_low |= (wealth_up >= hurdle) | (total * grid < seen - 1e-9)
        out_high |= (wealth_down >= hurdle) | (total * grid > seen + left + 1e-9)
        lower[place] = _first_kept(out_low) * step - step
        upper[place] = 1 - _first_kept(out_high[::-1]) * step + step
    return np.clip(np.maximum.accumulate(lower), 0, 1), np.clip(np.minimum.accumulate(upper), 0, 1)


def _first_kept(dropped: NDArray[np.bool_]) -> int:
    return int(np.argmin(dropped)) if not dropped.all() else len(dropped) - 1


def _bets(units: Floats, total: int, *, hurdle: float) -> Floats:
    """Bet sizes from the variance of earlier cases, one imagined case of variance ¼ added."""
    count = np.arange(1, len(units) + 1)
    mean = (0.5 + np.cumsum(units)) / (count + 1)
    variance = (0.25 + np.cumsum((units - mean) ** 2)) / (count + 1)
    before = np.concatenate([[0.25], variance[:-1]]) if len(units) else variance
    return np.asarray(np.sqrt(2 * hurdle / (before * max(_AIM * total, 1.0))), np.float64)
