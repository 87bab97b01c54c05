"""Agreement of raters: coefficients, intervals, each rater, and what to read first."""

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
from steelyard.stats.agreement._cohen import KappaErrors, kappa_errors
from steelyard.stats.agreement._icc import Icc, IccForm, icc
from steelyard.stats.agreement._interval import AgreementOptions
from steelyard.stats.agreement._kendall import Concordance, kendall_w
from steelyard.stats.agreement._raters import RaterRow, rater_rows
from steelyard.stats.agreement._ratings import Measurement, Ratings, ratings_matrix, ratings_rows
from steelyard.stats.agreement._recommend import Recommendation, recommend
from steelyard.stats.agreement._report import AgreementReport, agreement_report
from steelyard.stats.agreement._result import Agreement
from steelyard.stats.agreement._weights import Weighting, agreement_weights

__all__ = [
    "Agreement",
    "AgreementOptions",
    "AgreementReport",
    "Concordance",
    "Icc",
    "IccForm",
    "KappaErrors",
    "Measurement",
    "RaterRow",
    "Ratings",
    "Recommendation",
    "Weighting",
    "agreement_report",
    "agreement_weights",
    "brennan_prediger",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "icc",
    "kappa_errors",
    "kendall_w",
    "krippendorff_alpha",
    "percent_agreement",
    "rater_rows",
    "ratings_matrix",
    "ratings_rows",
    "recommend",
    "scott_pi",
]
