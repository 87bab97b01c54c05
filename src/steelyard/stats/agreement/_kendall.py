"""Kendall's coefficient of concordance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from steelyard.core import Interval
from steelyard.stats._result import check_level
from steelyard.stats._special import chi2_cdf, t_quantile
from steelyard.stats.agreement._interval import FEWEST_ITEMS, AgreementOptions, jackknife_variance
from steelyard.stats.agreement._ratings import Codes, Floats, Ratings
from steelyard.stats.agreement._result import COMPUTED, Agreement, made, undefined, why_undefined

_MOST_SINGLE = 200
_GROUPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Kendall's W with Friedman's test."""

    agreement: Agreement
    """Value, interval and status."""
    chi2: float | None
    """Friedman's statistic, m (n − 1) W; None where W is undefined."""
    df: int | None
    """Its degrees of freedom, n − 1."""
    p_value: float | None
    """P(chi2 or more) if raters ordered items at random."""


def kendall_w(ratings: Ratings, *, ask: AgreementOptions | None = None) -> Concordance:
    """How alike raters order the items, corrected for ties; 0 to 1.

    M. Kendall, B. Babington Smith (1939, Annals of Mathematical Statistics 10, 275–287); ties as in
    M. Kendall, *Rank Correlation Methods* (1948). Only items that every rater rated count. The interval is a
    jackknife over items on Fisher's z of the mean rank correlation (m W − 1) / (m − 1).
    """
    ask = ask or AgreementOptions()
    check_level(ask.level)
    method = "Kendall's W, corrected for ties"
    active = ratings.codes[(ratings.codes >= 0).any(axis=1)]
    complete = active[:, (active >= 0).all(axis=0)] if active.size else active
    why = _why_undefined(ratings, complete)
    value = None if why else _w(complete)
    if value is None:
        why = why or "undefined: every rater gave all items the same value"
        blank = undefined(ratings, "kendall_w", ask=ask, method=method, status=why)
        return Concordance(agreement=blank, chi2=None, df=None, p_value=None)
    raters, items = complete.shape
    interval = _interval(complete, value, ask.level)
    status = COMPUTED
    if items < ratings.n_items:
        status += f"; {ratings.n_items - items} items that not every rater rated are left out"
    if interval is None and items >= FEWEST_ITEMS:
        status += "; no interval: the order is the same whichever item is left out"
    found = made(
        ratings,
        "kendall_w",
        value=value,
        interval=interval,
        ask=AgreementOptions(level=ask.level),
        method=f"{method}; jackknife over items on Fisher's z",
        status=status,
    )
    chi2 = raters * (items - 1) * value
    return Concordance(agreement=found, chi2=chi2, df=items - 1, p_value=1.0 - chi2_cdf(chi2, items - 1))


def _why_undefined(ratings: Ratings, complete: Codes) -> str:
    if ratings.measurement == "nominal":
        return "undefined: named categories have no order"
    why = why_undefined(ratings, chance=True)
    if not why and complete.shape[1] < 2:
        return "undefined: under two items were rated by every rater"
    return why


def _ranks(codes: Codes) -> tuple[Floats, float]:
    """Mid-ranks of each rater, and the summed t³ − t over ties."""
    size = int(codes.max()) + 1
    ranks = np.empty(codes.shape)
    ties = 0.0
    for rater, row in enumerate(codes):
        counts = np.bincount(row, minlength=size).astype(np.float64)
        ranks[rater] = (np.cumsum(counts) - counts / 2.0 + 0.5)[row]
        ties += float((counts**3 - counts).sum())
    return ranks, ties


def _w(codes: Codes) -> float | None:
    raters, items = codes.shape
    ranks, ties = _ranks(codes)
    sums = ranks.sum(axis=0)
    spread = 12.0 * float(np.square(sums - sums.mean()).sum())
    largest = raters**2 * (items**3 - items) - raters * ties
    return min(1.0, spread / largest) if largest > 0.0 else None


def _interval(codes: Codes, value: float, level: float) -> Interval | None:
    raters, items = codes.shape
    if items < FEWEST_ITEMS:
        return None
    groups = items if items <= _MOST_SINGLE else _GROUPS
    owner = np.arange(items) % groups
    without = [_w(codes[:, owner != group]) for group in range(groups)]

    def z(w: float) -> float:
        return math.atanh(min(max((raters * w - 1.0) / (raters - 1.0), -0.999999), 0.999999))

    moved = np.array([z(w) for w in without if w is not None])
    if moved.size < groups:
        return None
    half = t_quantile(0.5 + level / 2.0, groups - 1) * math.sqrt(jackknife_variance(moved))
    if half == 0.0:
        return None
    low, high = (
        min(1.0, max(0.0, ((raters - 1.0) * math.tanh(z(value) + side * half) + 1.0) / raters))
        for side in (-1.0, 1.0)
    )
    return min(low, value), max(high, value)
