"""Krippendorff's α: disagreement of ratings that can be paired, over that of ratings shuffled among items.

K. Krippendorff, *Content Analysis* (4th edition, 2018), chapter 12, and *Computing Krippendorff's
Alpha-Reliability* (2011). Sums run over the values, never over pairs of ratings of different items.
"""

from __future__ import annotations

import numpy as np

from steelyard.stats.agreement._parts import (
    Packed,
    Parts,
    code_counts,
    packed,
    rating_sums,
    same_pairs,
)
from steelyard.stats.agreement._ratings import Floats, Measurement, Ratings

_WIDEST_EXACT = 400
_BLOCK = 512


def alpha_parts(ratings: Ratings, measurement: Measurement) -> Parts:
    """Observed and expected disagreement; some item must have two ratings.

    The distance of two values is 0 or 1 (nominal), (a − b)² (interval), ((a − b) / (a + b))² (ratio), or the
    squared number of ratings from one to the other, half of both included (ordinal). The last is the
    squared difference of their mid-ranks.
    """
    found = packed(ratings, least=2)
    counts = found.counts.astype(np.float64)
    given = code_counts(found, ratings.numbers.size)
    n = float(counts.sum())
    numbers = np.cumsum(given) - given / 2.0 if measurement == "ordinal" else ratings.numbers
    if measurement == "nominal":
        within = counts * counts - counts - same_pairs(found)
        per_code = n - given
    elif measurement == "ratio":
        within, per_code = _ratio(found, numbers, given)
    else:
        within, per_code = _squared(found, numbers, given)
    expected = float(given @ per_code)
    own = within / (counts - 1.0)
    observed = float(own.sum())
    if measurement == "ordinal":
        observed_out, expected_out = _ordinal_without(found, given, numbers, own)
    else:
        observed_out = observed - own
        expected_out = expected - 2.0 * rating_sums(found, per_code) + within
    rest = np.maximum(n - counts, 2.0)
    return Parts(
        observed=observed / n,
        expected=expected / (n * (n - 1.0)),
        observed_without=observed_out / rest,
        expected_without=expected_out / (rest * (rest - 1.0)),
        sizes=own / counts,
        weights=counts,
        largest=1.0 if measurement in ("nominal", "ratio") else float(np.ptp(numbers[given > 0.0])) ** 2,
    )


def _squared(found: Packed, numbers: Floats, given: Floats) -> tuple[Floats, Floats]:
    """Sums of squared differences within items, and of every value to all ratings."""
    centred = numbers - (given @ numbers) / given.sum()
    square = centred * centred
    within = _spread(found, centred[found.codes])
    return within, given.sum() * square + float(given @ square)


def _spread(found: Packed, values: Floats) -> Floats:
    """For every item, the sum of squared differences over ordered pairs, of `values` where codes are."""
    there = np.where(found.codes >= 0, values, 0.0)
    means = there.sum(axis=0) / found.counts
    apart = np.where(found.codes >= 0, values - means, 0.0)
    total: Floats = 2.0 * found.counts * np.square(apart).sum(axis=0)
    # Rounding leaves a speck where all ratings of an item are equal.
    total[total <= 1e-24 * np.square(there).max()] = 0.0
    return total


def _ratio(found: Packed, numbers: Floats, given: Floats) -> tuple[Floats, Floats]:
    padded = np.append(numbers, np.nan)[found.codes]
    within = np.zeros(found.counts.size)
    for first in range(padded.shape[0]):
        for second in range(first):
            within += 2.0 * np.nan_to_num(_ratio_distance(padded[first], padded[second]))
    per_code = np.concatenate(
        [
            _ratio_distance(numbers[start : start + _BLOCK, None], numbers[None, :]) @ given
            for start in range(0, numbers.size, _BLOCK)
        ]
    )
    return within, per_code


def _ratio_distance(first: Floats, second: Floats) -> Floats:
    total = first + second
    distance: Floats = ((first - second) / np.where(total == 0.0, 1.0, total)) ** 2
    return distance


def _ordinal_without(found: Packed, given: Floats, ranks: Floats, own: Floats) -> tuple[Floats, Floats]:
    """Summed disagreement, observed and expected, with each item left out of the ranks too.

    Without an item, the mid-rank of a value falls by the item's ratings below it and half of those equal to
    it. The observed sum is a quadratic form of mid-ranks (the Laplacian of coincidences), so that it moves by
    a linear and a quadratic term; the latter, of order 1 / N², is left out above 400 values. The expected sum
    follows from Σ (mid-rank − mean)² = (n³ − Σ n_k³) / 12.
    """
    codes, counts = found.codes, found.counts.astype(np.float64)
    size, there = given.size, codes >= 0
    value = np.append(ranks, 0.0)[codes]
    pull = np.where(there, (counts * value - value.sum(axis=0)) / (counts - 1.0), 0.0)
    by_code = np.bincount((codes + 1).ravel(), pull.ravel(), minlength=size + 1)[1:]
    above = by_code.sum() - np.cumsum(by_code) + by_code / 2.0
    moved = own.sum() - 4.0 * rating_sums(found, above)
    if size <= _WIDEST_EXACT:
        moved += 2.0 * _second_order(found, size)
    below = np.zeros(codes.shape)
    equal = np.zeros(codes.shape)
    for first in range(codes.shape[0]):
        for second in range(codes.shape[0]):
            same = codes[first] == codes[second]
            equal[first] += same
            below[first] += np.where(there[second], (codes[second] < codes[first]) + 0.5 * same, 0.0)
    own_moved = _spread(found, value - below) / (counts - 1.0)
    rest = np.maximum(counts.sum() - counts, 2.0)
    padded = np.append(given, 0.0)[codes]
    change = np.where(there, ((padded - equal) ** 3 - padded**3) / np.maximum(equal, 1.0), 0.0)
    cubes = float((given**3).sum()) + change.sum(axis=0)
    return moved - own_moved, rest * (rest**3 - cubes) / 6.0


def _second_order(found: Packed, size: int) -> Floats:
    """For every item, the quadratic term of its ratings in the Laplacian of coincidences."""
    codes, share = found.codes.astype(np.int64), 1.0 / (found.counts - 1.0)
    coincidences = np.zeros(size * size)
    pairs = [(a, b) for a in range(codes.shape[0]) for b in range(codes.shape[0]) if a != b]
    for first, second in pairs:
        both = (codes[first] >= 0) & (codes[second] >= 0)
        place = (codes[first] * size + codes[second])[both]
        coincidences += np.bincount(place, share[both], minlength=size * size)
    table = coincidences.reshape(size, size)
    laplacian = np.diag(table.sum(axis=1)) - table
    steps = np.triu(np.ones((size, size)), 1) + 0.5 * np.eye(size)
    form = np.zeros((size + 1, size + 1))
    form[:-1, :-1] = steps @ laplacian @ steps.T
    total = rating_sums(found, np.diag(form)[:-1].copy())
    for first, second in pairs:
        total += form[codes[first], codes[second]]
    return total
