from ._coefficients import (
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
    scott_pi,
)
from ._cohen import KappaErrors, kappa_errors
from ._icc import Icc, IccForm, icc
from ._interval import AgreementOptions
from ._kendall import Concordance, kendall_w
from ._raters import RaterRow, rater_rows
from ._ratings import Measurement, Ratings, ratings_matrix, ratings_rows
from ._recommend import Recommendation, recommend
from ._report import AgreementReport, agreement_report
from ._result import Agreement
from ._weights import Weighting, agreement_weights

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
