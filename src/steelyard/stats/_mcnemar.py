"""The exact McNemar test of two versions scored 0 or 1 on the same cases."""

from __future__ import annotations

from steelyard.core import StatisticsError
from steelyard.stats._special import binomial_cdf


def exact_mcnemar(gains: int, losses: int) -> float:
    """Two-sided p-value of "as many pairs went up as went down", given the discordant pairs.

    In [0, 1]; 1 when no pair is discordant. Raises StatisticsError for negative counts.

    Source: McNemar, *Note on the sampling error of the difference between correlated proportions*,
    Psychometrika 12 (1947) 153-157, in its exact binomial form.
    """
    if gains < 0 or losses < 0:
        raise StatisticsError(f"{gains} gains and {losses} losses: counts cannot be negative")
    discordant = gains + losses
    if abs(gains - losses) <= 1:
        return 1.0
    return min(1.0, 2 * binomial_cdf(min(gains, losses), discordant, 0.5))
