"""Which coefficient to read first, and why it is low."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steelyard.core import Json
from steelyard.stats.agreement._parts import Packed, code_counts, packed
from steelyard.stats.agreement._raters import RaterRow
from steelyard.stats.agreement._ratings import Floats, Ratings
from steelyard.stats.agreement._result import Agreement

_HIGH_AGREEMENT = 0.8
_PARADOX_GAP = 0.2
_LOW = 0.667
_PREVAILS = 0.8
_OUTLIER_GAIN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Percent agreement first, one coefficient beside it, in plain words."""

    coefficient: str
    """Key of the coefficient to read; empty when none is defined."""
    reason: str
    """Why this one."""
    summary: str
    """What the figures say, in one or two sentences."""
    diagnosis: tuple[str, ...]
    """What makes agreement low; empty when it is not, or nothing stands out."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "coefficient": self.coefficient,
            "reason": self.reason,
            "summary": self.summary,
            "diagnosis": list(self.diagnosis),
        }


def recommend(
    ratings: Ratings, coefficients: Mapping[str, Agreement], raters: Sequence[RaterRow]
) -> Recommendation:
    """The coefficient for the level of measurement and the shape of the data, from those computed.

    Where one category prevails, κ and α are low although raters nearly always agree (A. Feinstein,
    D. Cicchetti 1990, Journal of Clinical Epidemiology 43, 543–549); then AC1 is recommended, and said why.
    """
    percent = coefficients["percent_agreement"]
    if percent.value is None:
        return Recommendation(coefficient="", reason="", summary=_sentence(percent.status), diagnosis=())
    key, reason = _choice(ratings, coefficients)
    chosen = coefficients[key]
    words = f"Two raters give the same item the same value in {percent.value:.0%} of cases."
    if chosen.value is None:
        summary = f"{words} {_sentence(chosen.status)}"
        return Recommendation(coefficient="", reason="", summary=summary, diagnosis=())
    low = chosen.value < _LOW or key in ("gwet_ac1", "gwet_ac2")
    return Recommendation(
        coefficient=key,
        reason=reason,
        summary=f"{words} Corrected for chance it is {_figure(chosen)}.",
        diagnosis=_diagnosis(ratings, coefficients, raters) if low else (),
    )


def _choice(ratings: Ratings, coefficients: Mapping[str, Agreement]) -> tuple[str, str]:
    percent, ac1 = coefficients["percent_agreement"].value, coefficients["gwet_ac1"].value
    alpha = coefficients["krippendorff_alpha"].value
    named = ratings.measurement in ("nominal", "ordinal")
    if (
        named
        and percent is not None
        and alpha is not None
        and ac1 is not None
        and percent >= _HIGH_AGREEMENT
        and ac1 - alpha >= _PARADOX_GAP
    ):
        key = "gwet_ac1" if ratings.measurement == "nominal" else "gwet_ac2"
        name, share = _commonest(ratings)
        return key, (
            f"{share:.0%} of ratings are {name!r}. Then κ and α call nearly all agreement chance "
            f"(α is {alpha:.2f}); {'AC1' if key == 'gwet_ac1' else 'AC2'} does not"
        )
    complete = bool((ratings.codes[(ratings.codes >= 0).any(axis=1)] >= 0).all())
    if ratings.measurement == "nominal" and ratings.n_raters == 2 and complete:
        return "cohen_kappa", "two raters put every item into named categories"
    if ratings.measurement == "interval" and complete:
        return "icc", "every rater rated every item on a scale with distances"
    shape = "any number of raters" if complete else "any number of raters and missing ratings"
    return "krippendorff_alpha", f"it fits {shape} on the {ratings.measurement} scale"


def _diagnosis(
    ratings: Ratings, coefficients: Mapping[str, Agreement], raters: Sequence[RaterRow]
) -> tuple[str, ...]:
    found = []
    name, share = _commonest(ratings)
    if share >= _PREVAILS:
        found.append(
            f"{share:.0%} of ratings are {name!r}: with so little variation, single disagreements "
            "weigh much; rate more items of the rarer kinds"
        )
    alpha = coefficients["krippendorff_alpha"].value
    without = [row for row in raters if row.alpha_without is not None]
    if alpha is not None and len(raters) >= 3 and without:
        outlier = max(without, key=lambda row: row.alpha_without or 0.0)
        gain = (outlier.alpha_without or 0.0) - alpha
        if gain >= _OUTLIER_GAIN:
            lean = ""
            if outlier.severity:
                side = "above" if outlier.severity > 0.0 else "below"
                lean = f", rating {abs(outlier.severity):.2g} {side} the others on average"
            found.append(
                f"rater {outlier.rater!r} differs most{lean}: without them α is "
                f"{outlier.alpha_without:.2f} instead of {alpha:.2f}"
            )
    confused = _confused(ratings)
    if confused:
        found.append(confused)
    return tuple(found)


def _commonest(ratings: Ratings) -> tuple[str, float]:
    given = code_counts(packed(ratings, least=2), ratings.numbers.size)
    top = int(np.argmax(given))
    return ratings.labels[top], float(given[top] / given.sum())


def _confused(ratings: Ratings) -> str:
    """The pair of categories behind most disagreement, where it is a third of it or more."""
    size = ratings.numbers.size
    if ratings.measurement not in ("nominal", "ordinal") or not 2 < size <= 100:
        return ""
    table = _coincidences(packed(ratings, least=2), size)
    apart = np.triu(table + table.T, 1)
    if not apart.sum() > 0.0:
        return ""
    first, second = divmod(int(np.argmax(apart)), size)
    share = float(apart[first, second] / apart.sum())
    if share < 1.0 / 3.0:
        return ""
    return f"{share:.0%} of disagreement is between {ratings.labels[first]!r} and {ratings.labels[second]!r}"


def _coincidences(found: Packed, size: int) -> Floats:
    table = np.zeros(size * size)
    codes, share = found.codes.astype(np.int64), 1.0 / (found.counts - 1.0)
    for first in range(codes.shape[0]):
        for second in range(first):
            both = (codes[first] >= 0) & (codes[second] >= 0)
            table += np.bincount(
                (codes[first] * size + codes[second])[both], share[both], minlength=size * size
            )
    return table.reshape(size, size)


def _figure(found: Agreement) -> str:
    if found.interval is None:
        return f"{found.value:.2f}"
    return f"{found.value:.2f} (likely {found.interval[0]:.2f} to {found.interval[1]:.2f})"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
