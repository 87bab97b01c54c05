"""Chance agreement after Scott and Fleiss, Gwet, Brennan and Prediger, Cohen and Conger.

Observed agreement is the same in all: over items rated twice or more, the mean weight of two of an item's
ratings. Missing ratings are treated as by K. Gwet, *Handbook of Inter-Rater Reliability* (4th edition, 2014),
chapter 2: items rated once still speak about the marginal shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steelyard.stats.agreement._parts import (
    Packed,
    Parts,
    means_without,
    packed,
    pair_sums,
    rating_sums,
    same_pairs,
)
from steelyard.stats.agreement._ratings import Floats, Ratings


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Observed disagreement, and what chance agreement is computed from."""

    found: Packed
    """Every item with a rating."""
    table: Floats | None
    """Weights of agreement; None: identity."""
    agreeing: Floats
    """For every item, the summed weights of ordered pairs of its ratings."""
    twice: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """Which items have two ratings or more."""


def observe(ratings: Ratings, table: Floats | None) -> Observed:
    """The observed side; `table` None stands for the identity, without a table of all categories."""
    found = packed(ratings, least=1)
    agreeing = same_pairs(found) if table is None else pair_sums(found, table)
    return Observed(found=found, table=table, agreeing=agreeing, twice=found.counts >= 2)


def parts_of(seen: Observed, expected: float, expected_without: Floats) -> Parts:
    """Join the observed side with a chance agreement, given as disagreement."""
    counts = seen.found.counts[seen.twice].astype(np.float64)
    sizes = np.maximum(0.0, 1.0 - seen.agreeing[seen.twice] / (counts * (counts - 1.0)))
    sizes[sizes < 1e-12] = 0.0
    weights = np.ones_like(sizes)
    observed, without = means_without(sizes, weights)
    observed_without = np.full(seen.twice.size, observed)
    observed_without[seen.twice] = without
    return Parts(
        observed=observed,
        expected=expected,
        observed_without=observed_without,
        expected_without=expected_without,
        sizes=sizes,
        weights=weights,
        largest=1.0,
    )


def constant_parts(seen: Observed, expected: float) -> Parts:
    """Brennan and Prediger (1981, Educ. Psychol. Measurement 41, 687–699), or no correction."""
    return parts_of(seen, expected, np.full(seen.twice.size, expected))


def fleiss_parts(seen: Observed, size: int) -> Parts:
    """Scott (1955), J. Fleiss (1971, Psychological Bulletin 76, 378–382): one distribution for all raters."""
    form, without = _marginal_form(seen, size, seen.table)
    return parts_of(seen, 1.0 - form, 1.0 - without)


def gwet_parts(seen: Observed, size: int) -> Parts:
    """K. Gwet (2008, British Journal of Mathematical and Statistical Psychology 61, 29–48): AC1 and AC2."""
    form, without = _marginal_form(seen, size, None)
    total = size if seen.table is None else float(seen.table.sum())
    scale = total / (size * (size - 1.0))
    return parts_of(seen, 1.0 - scale * (1.0 - form), 1.0 - scale * (1.0 - without))


def _marginal_form(seen: Observed, size: int, table: Floats | None) -> tuple[float, Floats]:
    """π'Wπ for the mean shares π over items, and the same without each item."""
    found = seen.found
    counts = found.counts.astype(np.float64)
    n = counts.size
    shares = np.zeros(size + 1)
    for row in found.codes:
        shares += np.bincount(row + 1, 1.0 / counts, minlength=size + 1)
    shares = shares[1:]
    pulled = shares if table is None else table @ shares
    same = seen.agreeing if table is seen.table else same_pairs(found)
    own_diagonal = counts if table is None else rating_sums(found, np.diag(table).copy())
    own = (same + own_diagonal) / (counts * counts)
    whole = float(shares @ pulled)
    rest = whole - 2.0 * rating_sums(found, pulled) / counts + own
    return whole / n**2, rest / max(n - 1.0, 1.0) ** 2


def conger_parts(seen: Observed, ratings: Ratings) -> Parts:
    """J. Cohen (1960) for two raters, A. Conger (1980, Psychological Bulletin 88, 322–328) for more.

    Chance agreement is the mean over pairs of raters of the product of their own marginal shares, each over
    all items that the rater rated.
    """
    codes = ratings.codes[:, ratings.per_item() >= 1]
    codes = codes[(codes >= 0).any(axis=1)]
    raters, items, size = codes.shape[0], codes.shape[1], ratings.numbers.size
    given = np.stack([np.bincount(row + 1, minlength=size + 1)[1:] for row in codes]).astype(np.float64)
    counts = given.sum(axis=1)
    shares = given / counts[:, None]
    table = np.eye(size) if seen.table is None else seen.table
    summed = shares.sum(axis=0)
    pulled = summed @ table
    own = ((shares @ table) * shares).sum(axis=1)
    pairs = raters * (raters - 1.0)
    whole = float(summed @ pulled - own.sum()) / pairs
    # Leaving an item out moves the shares of each rater g who rated it by (share − its category) / (n_g − 1).
    step = 1.0 / np.maximum(counts - 1.0, 1.0)
    change = np.zeros((items, size))
    own_change = np.zeros(items)
    for rater, row in enumerate(codes):
        there = np.flatnonzero(row >= 0)
        if counts[rater] < 2:
            continue
        moves = (shares[rater] - np.eye(size)) * step[rater]
        change[there] += moves[row[there]]
        moved = shares[rater] + moves
        own_change[there] += (((moved @ table) * moved).sum(axis=1) - own[rater])[row[there]]
    form = float(summed @ pulled) + 2.0 * change @ pulled + ((change @ table) * change).sum(axis=1)
    without = (form - own.sum() - own_change) / pairs
    return parts_of(seen, 1.0 - whole, 1.0 - without)
