"""Standard errors of Cohen's κ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from steelyard.core import StatisticsError
from steelyard.stats.agreement._ratings import Floats, Ratings
from steelyard.stats.agreement._weights import Weighting, agreement_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class KappaErrors:
    """Large-sample standard errors of Cohen's κ."""

    ase: float
    """Asymptotic standard error."""
    null: float
    """The same if the raters were independent: κ / null is a normal deviate then."""


def kappa_errors(ratings: Ratings, *, weighting: Weighting = "identity") -> KappaErrors:
    """J. Fleiss, J. Cohen, B. Everitt (1969, Psychological Bulletin 72, 323–327), for two raters.

    Raises StatisticsError for another number of raters, or when chance alone would agree always.
    """
    codes = ratings.codes[(ratings.codes >= 0).any(axis=1)]
    if codes.shape[0] != 2:
        raise StatisticsError(f"Cohen's κ is for two raters, not {codes.shape[0]}")
    both = codes[:, (codes >= 0).all(axis=0)].astype(np.int64)
    size, n = ratings.numbers.size, both.shape[1]
    if n == 0:
        raise StatisticsError("no item was rated by both raters")
    table = np.bincount(both[0] * size + both[1], minlength=size * size).reshape(size, size) / n
    weights = agreement_weights(ratings.numbers, weighting)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float((weights * table).sum()), float(rows @ weights @ columns)
    if not expected < 1.0:
        raise StatisticsError("chance alone would agree always, so that κ is undefined")
    means = (weights @ columns)[:, None] + (rows @ weights)[None, :]
    return KappaErrors(
        ase=_error(table, weights * (1.0 - expected) - means * (1.0 - observed), n, expected),
        null=_error(np.outer(rows, columns), weights - means, n, expected, power=1),
    )


def _error(table: Floats, values: Floats, n: int, expected: float, *, power: int = 2) -> float:
    mean = float((table * values).sum())
    variance = float((table * values * values).sum()) - mean * mean
    return math.sqrt(max(0.0, variance) / n) / (1.0 - expected) ** power
