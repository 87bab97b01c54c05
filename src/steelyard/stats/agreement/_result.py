"""The record of one agreement coefficient, and why there may be none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steelyard.core import Interval, Json
from steelyard.stats._result import check_level
from steelyard.stats.agreement._interval import (
    FEWEST_ITEMS,
    FEWEST_SAMPLED_RATERS,
    AgreementOptions,
    Recipe,
    agreement_interval,
)
from steelyard.stats.agreement._ratings import Ratings

FEWEST_FOR_GATES = 100
THESE_RATERS = "these raters, items like these"
SAMPLED_RATERS = "raters like these, items like these"
COMPUTED = "computed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One coefficient with everything needed to read it rightly."""

    name: str
    """Its key, such as `krippendorff_alpha`."""
    value: float | None
    """The coefficient; None when it is undefined, and `status` says why."""
    interval: Interval | None
    """Lower and upper limit at `level`; None when the ratings cannot give one."""
    level: float
    """Two-sided coverage."""
    method: str
    """The coefficient's form and the interval's procedure in words."""
    status: str
    """`computed`, perhaps with a remark, or why there is no value."""
    n_items: int
    """Items that the coefficient rests on."""
    n_raters: int
    """Raters who rated."""
    n_ratings: int
    """Ratings."""
    estimand: str = THESE_RATERS
    """What the interval speaks about."""
    gateable: bool = False
    """Whether the figure may decide: it has an interval and 100 items or more."""
    standard_error: float | None = None
    """Asymptotic standard error where the coefficient has a customary one (Cohen's κ)."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "value": self.value,
            "interval": list(self.interval) if self.interval else None,
            "level": self.level,
            "method": self.method,
            "status": self.status,
            "items": self.n_items,
            "raters": self.n_raters,
            "ratings": self.n_ratings,
            "estimand": self.estimand,
            "gateable": self.gateable,
            "standard_error": self.standard_error,
        }


def made(
    ratings: Ratings,
    name: str,
    *,
    value: float | None,
    interval: Interval | None,
    ask: AgreementOptions,
    method: str,
    status: str = COMPUTED,
) -> Agreement:
    """A result over the items rated twice or more."""
    items = int(np.count_nonzero(ratings.per_item() >= 2))
    remarks = [status]
    if value is not None and interval is None and items < FEWEST_ITEMS:
        remarks.append(f"under {FEWEST_ITEMS} items rated twice there is no interval")
    if value is not None and items < FEWEST_FOR_GATES:
        remarks.append(f"{items} items rated twice: shown, but it takes {FEWEST_FOR_GATES} to decide")
    sampled = ask.sampled_raters and ratings.n_raters >= FEWEST_SAMPLED_RATERS
    if ask.sampled_raters and not sampled:
        remarks.append(f"under {FEWEST_SAMPLED_RATERS} raters it speaks about these raters only")
    return Agreement(
        name=name,
        value=value,
        interval=interval,
        level=ask.level,
        method=method,
        status="; ".join(remarks),
        n_items=items,
        n_raters=ratings.n_raters,
        n_ratings=ratings.n_ratings,
        estimand=SAMPLED_RATERS if sampled else THESE_RATERS,
        gateable=value is not None and interval is not None and items >= FEWEST_FOR_GATES,
    )


def undefined(ratings: Ratings, name: str, *, ask: AgreementOptions, method: str, status: str) -> Agreement:
    """A result without a value."""
    return made(ratings, name, value=None, interval=None, ask=ask, method=method, status=status)


def coefficient(
    ratings: Ratings, name: str, recipe: Recipe, *, ask: AgreementOptions, method: str, chance: bool = True
) -> Agreement:
    """1 − observed / expected with its interval, or why it is undefined."""
    check_level(ask.level)
    why = why_undefined(ratings, chance=chance)
    if why:
        return undefined(ratings, name, ask=ask, method=method, status=why)
    parts = recipe(ratings)
    if not parts.expected > 0.0:
        return undefined(ratings, name, ask=ask, method=method, status="chance alone would agree always")
    interval = agreement_interval(ratings, parts, recipe, ask=ask)
    value = 1.0 - parts.observed / parts.expected
    words = f"{method}; jackknife over items with MOVER, one item added on each side"
    return made(ratings, name, value=value, interval=interval, ask=ask, method=words)


def why_undefined(ratings: Ratings, *, chance: bool) -> str:
    """Why no coefficient can be computed, or nothing."""
    if ratings.n_ratings == 0:
        return "undefined: there are no ratings"
    if ratings.n_raters < 2:
        return "undefined: only one rater; agreement needs two"
    twice = ratings.per_item() >= 2
    if not twice.any():
        return "undefined: no item was rated by two raters"
    codes = ratings.codes if twice.all() else ratings.codes[:, twice]
    highest = int(codes.max())
    if chance and not any(bool(((row >= 0) & (row != highest)).any()) for row in codes):
        return (
            f"undefined: no variation. Every rating that can be compared is {ratings.labels[highest]!r}, so "
            "that agreement cannot be told from chance"
        )
    return ""
