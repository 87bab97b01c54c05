"""Percent agreement and the chance-corrected coefficients, from one record of ratings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from steelyard.stats.agreement._alpha import alpha_parts
from steelyard.stats.agreement._chance import conger_parts, constant_parts, fleiss_parts, gwet_parts, observe
from steelyard.stats.agreement._cohen import kappa_errors
from steelyard.stats.agreement._interval import AgreementOptions
from steelyard.stats.agreement._ratings import Floats, Measurement, Ratings
from steelyard.stats.agreement._result import Agreement, coefficient, undefined, why_undefined
from steelyard.stats.agreement._weights import Weighting, agreement_weights

_MOST_CATEGORIES = 2_000
_PLAIN = AgreementOptions()


def percent_agreement(ratings: Ratings, *, ask: AgreementOptions = _PLAIN) -> Agreement:
    """The share of pairs of ratings of one item that are the same, averaged over items; 0 to 1.

    Any number of raters, any ratings missing. It is not corrected for chance.
    """
    return coefficient(
        ratings,
        "percent_agreement",
        lambda given: constant_parts(observe(given, None), 1.0),
        ask=ask,
        method="share of equal pairs of ratings, mean over items",
        chance=False,
    )


def cohen_kappa(
    ratings: Ratings, *, weighting: Weighting = "identity", ask: AgreementOptions = _PLAIN
) -> Agreement:
    """Cohen's κ for two raters, Conger's generalisation for more; −1 to 1.

    J. Cohen (1960, Educational and Psychological Measurement 20, 37–46), weighted: J. Cohen (1968,
    Psychological Bulletin 70, 213–220); A. Conger (1980, Psychological Bulletin 88, 322–328). Two raters are
    compared on the items that both rated; more raters keep their own marginal shares over all they rated.
    The standard error is that of J. Fleiss, J. Cohen, B. Everitt (1969, Psychological Bulletin 72, 323–327).
    """
    two = ratings.n_raters == 2
    used = _both(ratings) if two else ratings
    form = (
        "Cohen's κ of two raters on items that both rated" if two else "Conger's κ, Cohen's for more raters"
    )
    name = "cohen_kappa" if weighting == "identity" else f"cohen_kappa_{weighting}"
    method = form + _said(weighting)
    blocked = _too_many(ratings, name, ask=ask, method=method)
    if blocked:
        return blocked
    table = _table(used, weighting)
    found = coefficient(
        used, name, lambda given: conger_parts(observe(given, table), given), ask=ask, method=method
    )
    if not two or found.value is None:
        return found
    return replace(found, standard_error=kappa_errors(used, weighting=weighting).ase)


def fleiss_kappa(
    ratings: Ratings, *, weighting: Weighting = "identity", ask: AgreementOptions = _PLAIN
) -> Agreement:
    """Fleiss' κ in Gwet's form for missing ratings; −1 to 1. With two raters it is Scott's π.

    J. Fleiss (1971, Psychological Bulletin 76, 378–382); K. Gwet (2014, chapter 2).
    """
    return _shared(ratings, "fleiss_kappa", weighting, ask=ask, form="Fleiss' κ in Gwet's missing-data form")


def scott_pi(
    ratings: Ratings, *, weighting: Weighting = "identity", ask: AgreementOptions = _PLAIN
) -> Agreement:
    """Scott's π for two raters (W. Scott 1955, Public Opinion Quarterly 19, 321–325); −1 to 1."""
    if ratings.n_raters > 2:
        return undefined(
            ratings,
            "scott_pi",
            ask=ask,
            method="Scott's π",
            status="undefined: Scott's π is for two raters; Fleiss' κ is the same for more",
        )
    return _shared(ratings, "scott_pi", weighting, ask=ask, form="Scott's π")


def gwet_ac1(ratings: Ratings, *, ask: AgreementOptions = _PLAIN) -> Agreement:
    """Gwet's AC1: chance agreement stays small where one category prevails; −1 to 1.

    K. Gwet (2008, British Journal of Mathematical and Statistical Psychology 61, 29–48). It depends on the
    number of categories: list those of the scale that nobody used too.
    """
    return _gwet(ratings, "gwet_ac1", None, ask=ask)


def gwet_ac2(
    ratings: Ratings, *, weighting: Weighting | None = None, ask: AgreementOptions = _PLAIN
) -> Agreement:
    """Gwet's AC2: AC1 with partial agreement; −1 to 1 (K. Gwet 2014, chapter 4).

    Without a weighting: ordinal, quadratic or ratio, as the level of measurement is.
    """
    if weighting is None:
        if ratings.measurement == "nominal":
            return undefined(
                ratings,
                "gwet_ac2",
                ask=ask,
                method="Gwet's AC2",
                status="undefined: categories without an order have no partial agreement; see AC1",
            )
        by_level: dict[str, Weighting] = {"ordinal": "ordinal", "interval": "quadratic", "ratio": "ratio"}
        weighting = by_level[ratings.measurement]
    return _gwet(ratings, "gwet_ac2", weighting, ask=ask)


def brennan_prediger(
    ratings: Ratings, *, weighting: Weighting = "identity", ask: AgreementOptions = _PLAIN
) -> Agreement:
    """Brennan and Prediger's coefficient, Randolph's free-marginal κ: chance picks every category alike.

    R. Brennan, D. Prediger (1981, Educational and Psychological Measurement 41, 687–699).
    """
    size = ratings.numbers.size
    method = f"Brennan-Prediger over {size} categories" + _said(weighting)
    blocked = _too_many(ratings, "brennan_prediger", ask=ask, method=method)
    if blocked:
        return blocked
    table = _table(ratings, weighting)
    same = float(size if table is None else table.sum())
    return coefficient(
        ratings,
        "brennan_prediger",
        lambda given: constant_parts(observe(given, table), 1.0 - same / max(size, 1) ** 2),
        ask=ask,
        method=method,
    )


def krippendorff_alpha(
    ratings: Ratings, *, measurement: Measurement | None = None, ask: AgreementOptions = _PLAIN
) -> Agreement:
    """Krippendorff's α at the level of measurement of the ratings, or at another; up to 1.

    Any number of raters and values, any ratings missing; 0 is what chance brings, below 0 is systematic
    disagreement. See `Measurement` and K. Krippendorff (2018, chapter 12).
    """
    level = measurement or ratings.measurement
    return coefficient(
        ratings,
        "krippendorff_alpha",
        lambda given: alpha_parts(given, level),
        ask=ask,
        method=f"Krippendorff's α, {level}",
    )


def _shared(
    ratings: Ratings, name: str, weighting: Weighting, *, ask: AgreementOptions, form: str
) -> Agreement:
    method = form + _said(weighting)
    blocked = _too_many(ratings, name, ask=ask, method=method)
    if blocked:
        return blocked
    table = _table(ratings, weighting)
    return coefficient(
        ratings,
        name,
        lambda given: fleiss_parts(observe(given, table), given.numbers.size),
        ask=ask,
        method=method,
    )


def _gwet(ratings: Ratings, name: str, weighting: Weighting | None, *, ask: AgreementOptions) -> Agreement:
    words = _said(weighting) if weighting else ""
    method = f"Gwet's {name[-3:].upper()} over {ratings.numbers.size} categories{words}"
    blocked = _too_many(ratings, name, ask=ask, method=method)
    if blocked:
        return blocked
    table = _table(ratings, weighting or "identity")
    return coefficient(
        ratings,
        name,
        lambda given: gwet_parts(observe(given, table), given.numbers.size),
        ask=ask,
        method=method,
    )


def _both(ratings: Ratings) -> Ratings:
    """The two raters who rated, on the items that both rated."""
    who = np.flatnonzero((ratings.codes >= 0).any(axis=1)).tolist()
    pair = ratings.of_raters(who)
    return replace(pair, codes=pair.codes[:, pair.per_item() == 2], items=())


def _table(ratings: Ratings, weighting: Weighting) -> Floats | None:
    return None if weighting == "identity" else agreement_weights(ratings.numbers, weighting)


def _said(weighting: str) -> str:
    return "" if weighting == "identity" else f", {weighting} weights"


def _too_many(ratings: Ratings, name: str, *, ask: AgreementOptions, method: str) -> Agreement | None:
    if ratings.numbers.size <= _MOST_CATEGORIES or why_undefined(ratings, chance=True):
        return None
    status = f"undefined: {ratings.numbers.size:,} different values are no categories; see α or ICC"
    return undefined(ratings, name, ask=ask, method=method, status=status)
