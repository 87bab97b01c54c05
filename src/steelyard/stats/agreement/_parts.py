"""Observed and expected disagreement, whole and with each item left out.

Every chance-corrected coefficient is 1 − observed / expected. Both are sums over items (observed) and
quadratic forms of marginal shares (expected), so that leaving an item out costs an update, not a recount.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.stats.agreement._ratings import MISSING, Codes, Floats, Ratings

_BLOCK = 8_192
_FEW_CODES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a coefficient and its interval are made of."""

    observed: float
    """Mean disagreement of two ratings of one item."""
    expected: float
    """Mean disagreement that chance would bring."""
    observed_without: Floats
    """`observed` with each item left out, for every item that matters."""
    expected_without: Floats
    """`expected` with each item left out."""
    sizes: Floats
    """Disagreement of each item that was rated twice or more."""
    weights: Floats
    """What each of those items weighs in `observed`."""
    largest: float
    """The largest disagreement that an item could show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Codes without regard to who gave them: as many rows as the busiest item has ratings."""

    codes: Codes
    """Ratings × items, -1 where there is none."""
    counts: NDArray[np.int64]
    """Ratings of each item, all at least 1."""


def packed(ratings: Ratings, *, least: int) -> Packed:
    """Items with at least `least` ratings; gaps closed when many raters share few items each."""
    counts = ratings.per_item()
    kept = counts >= least
    codes = ratings.codes
    if not kept.all():
        codes, counts = codes[:, kept], counts[kept]
    most = int(counts.max()) if counts.size else 0
    if 2 * most < codes.shape[0]:
        item, rater = np.nonzero(codes.T >= 0)
        position = np.arange(item.size) - (np.cumsum(counts) - counts)[item]
        narrow = np.full((most, counts.size), MISSING, np.int32)
        narrow[position, item] = codes[rater, item]
        codes = narrow
    return Packed(codes=codes, counts=counts)


def same_pairs(found: Packed) -> Floats:
    """For every item, how many ordered pairs of its ratings are the same."""
    codes = _narrow(found.codes)
    same = np.zeros(codes.shape[1], np.int32)
    for start in range(0, codes.shape[1], _BLOCK):
        block = codes[:, start : start + _BLOCK]
        for first in range(codes.shape[0]):
            for second in range(first):
                same[start : start + _BLOCK] += block[first] == block[second]
    missing = codes.shape[0] - found.counts
    return np.asarray(2.0 * same - missing * (missing - 1.0))


def _narrow(codes: Codes) -> NDArray[Any]:
    """The same in as few bytes as they need: comparing is a matter of memory."""
    highest = int(codes.max()) if codes.size else 0
    return codes.astype(np.min_scalar_type(-highest - 1))


def pair_sums(found: Packed, table: Floats) -> Floats:
    """For every item, the sum of table[a, b] over ordered pairs of its ratings; the table is symmetric."""
    size = table.shape[0] + 1
    padded = np.zeros((size, size))
    padded[:-1, :-1] = table
    flat = padded.ravel()
    codes = np.where(found.codes < 0, size - 1, found.codes).astype(np.int64)
    total = np.zeros(codes.shape[1])
    for first in range(codes.shape[0]):
        for second in range(first):
            total += flat[codes[first] * size + codes[second]]
    return 2.0 * total


def rating_sums(found: Packed, per_code: Floats) -> Floats:
    """For every item, the sum of a figure of each of its ratings."""
    padded = np.append(per_code, 0.0)
    total = np.zeros(found.codes.shape[1])
    for row in found.codes:
        total += padded.take(row, mode="wrap")
    return total


def dot(first: Floats, second: Floats) -> float:
    """Σ xy without the threads of a linear algebra library, which cost more than they save here."""
    return float((first * second).sum())


def code_counts(found: Packed, size: int) -> Floats:
    """How often each code was given."""
    if size <= _FEW_CODES:
        codes = _narrow(found.codes)
        return np.array([np.count_nonzero(codes == code) for code in range(size)], dtype=np.float64)
    shifted = found.codes + 1
    return np.bincount(shifted.ravel(), minlength=size + 1)[1:].astype(np.float64)


def means_without(values: Floats, weights: Floats) -> tuple[float, Floats]:
    """The weighted mean, and the mean without each value."""
    total, weight = dot(values, weights), float(weights.sum())
    rest = weight - weights
    return total / weight, (total - values * weights) / np.where(rest > 0.0, rest, np.nan)
