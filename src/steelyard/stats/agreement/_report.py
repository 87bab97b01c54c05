"""Every coefficient from one record of ratings."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.core import Json
from steelyard.stats.agreement._coefficients import (
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
    scott_pi,
)
from steelyard.stats.agreement._icc import icc
from steelyard.stats.agreement._interval import AgreementOptions
from steelyard.stats.agreement._kendall import kendall_w
from steelyard.stats.agreement._raters import RaterRow, rater_rows
from steelyard.stats.agreement._ratings import Ratings
from steelyard.stats.agreement._recommend import Recommendation, recommend
from steelyard.stats.agreement._result import Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """Every coefficient, each rater, and what to read first."""

    coefficients: dict[str, Agreement]
    """By key: percent_agreement, cohen_kappa, fleiss_kappa, gwet_ac1, gwet_ac2, krippendorff_alpha, icc,
    kendall_w, then scott_pi, brennan_prediger and, for ordered scales, weighted κ."""
    raters: tuple[RaterRow, ...]
    """Each rater against the others."""
    recommendation: Recommendation
    """Percent agreement and one coefficient, in plain words."""
    n_items: int
    """Items with a rating."""
    n_raters: int
    """Raters with a rating."""
    n_ratings: int
    """Ratings."""
    measurement: str
    """Level of measurement."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract, but for the criterion's name."""
        return {
            "items": self.n_items,
            "raters_count": self.n_raters,
            "ratings": self.n_ratings,
            "measurement": self.measurement,
            "coefficients": {key: found.as_json() for key, found in self.coefficients.items()},
            "raters": [row.as_json() for row in self.raters],
            "recommendation": self.recommendation.as_json(),
        }


def agreement_report(
    ratings: Ratings, *, level: float = 0.95, sampled_raters: bool = False
) -> AgreementReport:
    """All coefficients at the ratings' level of measurement; undefined ones say why.

    `level` is the two-sided coverage of the intervals. With `sampled_raters` they speak about raters like
    these, from 8 raters on.

    Raises StatisticsError for a bad level.
    """
    ask = AgreementOptions(level=level, sampled_raters=sampled_raters)
    found = [
        percent_agreement(ratings, ask=ask),
        cohen_kappa(ratings, ask=ask),
        fleiss_kappa(ratings, ask=ask),
        gwet_ac1(ratings, ask=ask),
        gwet_ac2(ratings, ask=ask),
        krippendorff_alpha(ratings, ask=ask),
        icc(ratings, ask=ask).agreement,
        kendall_w(ratings, ask=ask).agreement,
        scott_pi(ratings, ask=ask),
        brennan_prediger(ratings, ask=ask),
    ]
    if ratings.measurement != "nominal":
        found.append(cohen_kappa(ratings, weighting="linear", ask=ask))
        found.append(cohen_kappa(ratings, weighting="quadratic", ask=ask))
    coefficients = {one.name: one for one in found}
    raters = rater_rows(ratings)
    return AgreementReport(
        coefficients=coefficients,
        raters=raters,
        recommendation=recommend(ratings, coefficients, raters),
        n_items=ratings.n_items,
        n_raters=ratings.n_raters,
        n_ratings=ratings.n_ratings,
        measurement=ratings.measurement,
    )
