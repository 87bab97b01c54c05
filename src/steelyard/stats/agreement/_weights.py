"""Weights of partial agreement: 1 for the same category, less for others."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from steelyard.core import StatisticsError
from steelyard.stats.agreement._ratings import Floats

Weighting = Literal["identity", "linear", "quadratic", "ordinal", "radical", "ratio"]


def agreement_weights(numbers: Floats, weighting: Weighting) -> Floats:
    """Categories × categories: how far two ratings agree, from 0 to 1.

    identity: 1 for the same category, else 0. linear and quadratic (J. Cohen 1968, Psychological Bulletin 70,
    213–220), radical: 1 − (|a − b| / range) to the power 1, 2 and ½. ratio: quadratic in (a − b) / (a + b).
    ordinal: 1 − C(m, 2) / C(q, 2) where a to b spans m of q categories. All as in K. Gwet, *Handbook of
    Inter-Rater Reliability* (4th edition, 2014), chapter 3.

    Raises StatisticsError for a weighting of another name.
    """
    if weighting not in get_args(Weighting):
        raise StatisticsError(f"{weighting!r} is no weighting", hint=", ".join(get_args(Weighting)))
    size = numbers.size
    if weighting == "identity" or size < 2:
        return np.eye(size)
    first, second = numbers[:, None], numbers[None, :]
    if weighting == "ordinal":
        places = np.arange(size)
        span = np.abs(places[:, None] - places[None, :]) + 1.0
        return np.asarray(1.0 - span * (span - 1.0) / (size * (size - 1.0)))
    if weighting == "ratio":
        total = np.where(first + second == 0.0, 1.0, first + second)
        apart = ((first - second) / total) ** 2
        return np.asarray(1.0 - apart / apart.max())
    power = {"linear": 1.0, "quadratic": 2.0, "radical": 0.5}[weighting]
    return np.asarray(1.0 - (np.abs(first - second) / (numbers[-1] - numbers[0])) ** power)
