"""Intraclass correlations: six forms, balanced or with missing ratings.

P. Shrout, J. Fleiss (1979, Psychological Bulletin 86, 420–428); K. McGraw, S. Wong (1996, Psychological
Methods 1, 30–46). With missing ratings the variance components are those of Henderson's method 3
(C. Henderson 1953, Biometrics 9, 226–252) for an additive model of items and raters, which are the usual
mean squares where nothing is missing. Intervals then put the mean number of ratings behind a component in
place of the number of raters, and are approximate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from steelyard.core import Interval, StatisticsError
from steelyard.stats._result import check_level
from steelyard.stats._special import f_cdf, f_quantile
from steelyard.stats.agreement._interval import AgreementOptions
from steelyard.stats.agreement._ratings import Ratings
from steelyard.stats.agreement._result import COMPUTED, Agreement, made, undefined, why_undefined

IccForm = Literal["1,1", "A,1", "C,1", "1,k", "A,k", "C,k"]
_WORDS = {
    "1": "one-way, raters differ from item to item",
    "A": "two-way, absolute agreement",
    "C": "two-way, consistency: a rater's constant severity is forgiven",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Icc:
    """One form of the intraclass correlation, and the F test that items do not differ."""

    form: IccForm
    """`1`, `A`, `C`: one-way, absolute agreement, consistency; `1`, `k`: of one rating, of the mean."""
    agreement: Agreement
    """Value, interval and status."""
    f: float | None
    """F of items; None where the coefficient is undefined."""
    df: tuple[float, float] | None
    """Its degrees of freedom."""
    p_value: float | None
    """P(F or more) if items did not differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Squares:
    """Mean squares and what they are mean squares of."""

    items: int
    raters: int
    per_item: float
    """Ratings behind the component of items, adjusted for raters; the number of raters when balanced."""
    per_rater: float
    """Ratings behind the component of raters, adjusted for items."""
    per_item_one_way: float
    """Ratings behind the component of items in the one-way model."""
    mean_ratings: float
    """Harmonic mean of ratings of an item: what the k forms average."""
    n: int
    between_one_way: float
    within: float
    between: float
    between_raters: float
    error: float
    error_df: int


def icc(ratings: Ratings, *, form: IccForm = "A,1", ask: AgreementOptions | None = None) -> Icc:
    """One intraclass correlation; up to 1, below 0 where items differ less than chance would bring.

    Items rated once are left out. The k forms speak about the mean of as many ratings as items have
    (harmonic mean where that differs). The interval assumes normal ratings; that of absolute agreement
    treats raters as drawn from many.

    Raises StatisticsError for an unknown form.
    """
    if form not in get_args(IccForm):
        raise StatisticsError(f"{form!r} is no form of the ICC", hint=", ".join(get_args(IccForm)))
    ask = ask or AgreementOptions()
    check_level(ask.level)
    model, unit = form.split(",")
    method = f"ICC({form}), {_WORDS[model]}"
    why = _why_undefined(ratings)
    squares = None if why else _squares(ratings)
    if squares is None:
        why = why or "undefined: items and raters are not linked, or no ratings are left to measure error"
        blank = undefined(ratings, "icc", ask=ask, method=method, status=why)
        return Icc(form=form, agreement=blank, f=None, df=None, p_value=None)
    single, interval, f, df = _one_way(squares, ask) if model == "1" else _two_way(squares, ask, model)
    if f is None:
        blank = undefined(ratings, "icc", ask=ask, method=method, status="undefined: ratings do not vary")
        return Icc(form=form, agreement=blank, f=None, df=None, p_value=None)
    if unit == "k":
        k = squares.mean_ratings
        interval = (_averaged(interval[0], k), _averaged(interval[1], k)) if interval else None
        single = _averaged(single, k)
    status = COMPUTED
    if ratings.measurement == "ordinal":
        status += "; the ordinal scale is read as equal steps"
    if squares.n < squares.items * squares.raters:
        status += "; ratings are missing: components by Henderson's method 3, interval approximate"
    found = made(
        ratings,
        "icc",
        value=single,
        interval=(min(interval[0], single), max(interval[1], single)) if interval else None,
        ask=replace(ask, sampled_raters=False),
        method=f"{method}; F interval",
        status=status,
    )
    if model == "A":
        found = replace(found, estimand="raters like these, items like these")
    p_value = 1.0 - f_cdf(f, *df) if math.isfinite(f) else 0.0
    return Icc(form=form, agreement=found, f=f, df=df, p_value=p_value)


def _why_undefined(ratings: Ratings) -> str:
    if ratings.measurement == "nominal":
        return "undefined: named categories have no distance; see κ, AC1 or α"
    why = why_undefined(ratings, chance=True)
    if not why and np.count_nonzero(ratings.per_item() >= 2) < 2:
        why = "undefined: only one item was rated twice"
    return why


def _squares(ratings: Ratings) -> _Squares | None:
    kept = ratings.values()[:, ratings.per_item() >= 2]
    kept = kept[~np.isnan(kept).all(axis=1)]
    there = ~np.isnan(kept)
    raters, items = kept.shape
    y = np.where(there, kept - kept[there].mean(), 0.0)
    by_item, by_rater = there.sum(axis=0), there.sum(axis=1)
    n = int(there.sum())
    error_df = n - items - raters + 1
    # Raters' effects after items are eliminated: a small system of raters × raters.
    shared = there / by_item
    system = np.diag(by_rater).astype(np.float64) - shared @ there.T
    right = y.sum(axis=1) - shared @ y.sum(axis=0)
    effects, _, rank, _ = np.linalg.lstsq(system, right, rcond=1e-10)
    if rank < raters - 1 or error_df < 1:
        return None
    total = float((y * y).sum())
    of_items = float((y.sum(axis=0) ** 2 / by_item).sum()) - float(y.sum()) ** 2 / n
    of_raters = float((y.sum(axis=1) ** 2 / by_rater).sum()) - float(y.sum()) ** 2 / n
    raters_after = float(effects @ right)
    corrected = total - float(y.sum()) ** 2 / n
    error = max(0.0, corrected - of_items - raters_after)
    items_after = max(0.0, corrected - of_raters - error)
    within = max(0.0, corrected - of_items)
    floor = 1e-12 * max(total, 1e-300)

    def clear(squares: float) -> float:
        """A sum of squares that rounding left of nothing is nothing, whatever the order of the rows."""
        return 0.0 if squares < floor else squares

    return _Squares(
        items=items,
        raters=raters,
        per_item=(n - raters) / (items - 1),
        per_rater=(n - items) / (raters - 1),
        per_item_one_way=(n - float((by_item**2).sum()) / n) / (items - 1),
        mean_ratings=items / float((1.0 / by_item).sum()),
        n=n,
        between_one_way=clear(of_items) / (items - 1),
        within=clear(within) / (n - items),
        between=clear(items_after) / (items - 1),
        between_raters=clear(raters_after) / (raters - 1),
        error=clear(error) / error_df,
        error_df=error_df,
    )


Found = tuple[float, Interval | None, float | None, tuple[float, float]]


def _one_way(s: _Squares, ask: AgreementOptions) -> Found:
    df = (float(s.items - 1), float(s.n - s.items))
    return _ratio_form(s.between_one_way, s.within, s.per_item_one_way, df, ask.level)


def _two_way(s: _Squares, ask: AgreementOptions, model: str) -> Found:
    df = (float(s.items - 1), float(s.error_df))
    consistency = _ratio_form(s.between, s.error, s.per_item, df, ask.level)
    if model == "C" or consistency[2] is None:
        return consistency
    of_items = (s.between - s.error) / s.per_item
    of_raters = (s.between_raters - s.error) / s.per_rater
    total = of_items + of_raters + s.error
    if not total > 0.0:
        return 0.0, None, None, df
    return of_items / total, _absolute_interval(s, of_items / total, ask.level), consistency[2], df


def _ratio_form(between: float, error: float, k: float, df: tuple[float, float], level: float) -> Found:
    if error == 0.0:
        return (1.0, None, math.inf, df) if between > 0.0 else (0.0, None, None, df)
    f = between / error
    tail = 0.5 + level / 2.0
    low, high = f / f_quantile(tail, *df), f * f_quantile(tail, df[1], df[0])
    interval = ((low - 1.0) / (low + k - 1.0), (high - 1.0) / (high + k - 1.0))
    return (f - 1.0) / (f + k - 1.0), interval, f, df


def _absolute_interval(s: _Squares, value: float, level: float) -> Interval | None:
    """McGraw and Wong (1996), table 7, with Satterthwaite's degrees of freedom."""
    if value >= 1.0 or s.error == 0.0:
        return None
    k, n = s.per_item, s.per_rater
    a = k * value / (n * (1.0 - value))
    b = 1.0 + k * value * (n - 1.0) / (n * (1.0 - value))
    raters, error = a * s.between_raters, b * s.error
    df = (raters + error) ** 2 / (raters**2 / (s.raters - 1) + error**2 / s.error_df)
    if not df > 0.0:
        return None
    tail = 0.5 + level / 2.0
    low_f, high_f = f_quantile(tail, s.items - 1.0, df), f_quantile(tail, df, s.items - 1.0)
    rest = k * s.between_raters + (k * n - k - n) * s.error
    low = n * (s.between - low_f * s.error) / (low_f * rest + n * s.between)
    high = n * (high_f * s.between - s.error) / (rest + n * high_f * s.between)
    return low, high


def _averaged(single: float, k: float) -> float:
    """Spearman and Brown: from one rating to the mean of k."""
    return k * single / (1.0 + (k - 1.0) * single)
