"""Statistics: pure functions from arrays to frozen results."""

from steelyard.stats._bca import bca_interval
from steelyard.stats._betting import ConfidenceSequence, betting_sequence
from steelyard.stats._corpus import compare_corpus, estimate_corpus
from steelyard.stats._design import Design
from steelyard.stats._equal_scores import equal_scores
from steelyard.stats._mcnemar import exact_mcnemar
from steelyard.stats._mean import estimate_mean
from steelyard.stats._mean_intervals import bootstrap_t, student_t
from steelyard.stats._missing import missing_bounds
from steelyard.stats._multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    false_coverage_level,
    holm,
    max_t_p_values,
)
from steelyard.stats._paired_result import PairedResult
from steelyard.stats._pairs import WinTieLoss, compare_pairs, win_tie_loss
from steelyard.stats._passes import PassKind, estimate_passes, pass_at_k, pass_hat_k
from steelyard.stats._planning import (
    DEFAULT_DISCORDANCE,
    NeededUnits,
    Plan,
    binary_spread,
    needed_units,
    plan_gate,
    proposed_drop,
    settled_drop,
    units_for,
)
from steelyard.stats._proportion import clopper_pearson, wilson
from steelyard.stats._quantile import quantile
from steelyard.stats._ranking import RankSet, pareto_frontier, rank_runs
from steelyard.stats._resampling import bootstrap_mean
from steelyard.stats._result import MeanResult
from steelyard.stats._sequential import look_level
from steelyard.stats._signflip import sign_flip_p
from steelyard.stats._special import (
    beta_cdf,
    beta_quantile,
    binomial_cdf,
    chi2_cdf,
    chi2_quantile,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_quantile,
)
from steelyard.stats._tango import paired_proportions, tango_interval

__all__ = [
    "DEFAULT_DISCORDANCE",
    "ConfidenceSequence",
    "Design",
    "MeanResult",
    "NeededUnits",
    "PairedResult",
    "PassKind",
    "Plan",
    "RankSet",
    "WinTieLoss",
    "bca_interval",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "beta_cdf",
    "beta_quantile",
    "betting_sequence",
    "binary_spread",
    "binomial_cdf",
    "bootstrap_mean",
    "bootstrap_t",
    "chi2_cdf",
    "chi2_quantile",
    "clopper_pearson",
    "compare_corpus",
    "compare_pairs",
    "equal_scores",
    "estimate_corpus",
    "estimate_mean",
    "estimate_passes",
    "exact_mcnemar",
    "false_coverage_level",
    "holm",
    "look_level",
    "max_t_p_values",
    "missing_bounds",
    "needed_units",
    "normal_cdf",
    "normal_quantile",
    "paired_proportions",
    "pareto_frontier",
    "pass_at_k",
    "pass_hat_k",
    "plan_gate",
    "proposed_drop",
    "quantile",
    "rank_runs",
    "settled_drop",
    "sign_flip_p",
    "student_t",
    "t_cdf",
    "t_quantile",
    "tango_interval",
    "units_for",
    "wilson",
    "win_tie_loss",
]
