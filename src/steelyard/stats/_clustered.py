"""Rates of clustered or weighted 0/1 scores: an effective number of independent scores."""

from __future__ import annotations

from steelyard.stats._special import t_quantile
from steelyard.stats._units import Units, cr2_variance


def effective_n_of_rate(units: Units, n: int, *, level: float, bearing: float | None = None) -> float:
    """How many independent 0/1 scores would say as much as `n` scores in these units.

    n divided by the design effect, with Korn and Graubard's (1998) factor for the degrees of freedom:
    n_eff = n / deff × (t(n − 1) / t(df))². The design effect is the CR2 variance over p(1 − p)/n, at least 1.

    Near rates of 0 and 1 that plug-in is blind: a single failure looks independent of all others because
    there are no others. So the design effect is averaged with that of complete dependence, n / Kish's number
    of units, which counts as one further unit beside the units that hold the rarer outcome (their number is
    `bearing`, when the caller knows better). When all scores are equal, only complete dependence is left and
    n_eff is the number of (equally heavy) units.
    Simulated coverage of Wilson's interval at n_eff, from 8 clusters on: 92 % and more, 97.6 % on average; at
    the plain plug-in n_eff: down to 83 %, and with Clopper-Pearson's interval (Korn-Graubard) down to 86 %.
    """
    rate = units.value
    dependent = n / units.effective_count
    if bearing is None:
        bearing = _bearing_units(units, rate)
    if units.count < 2 or bearing == 0 or not 0.0 < rate < 1.0:
        return units.effective_count
    variance, df = cr2_variance(units)
    plug_in = max(1.0, variance * n / (rate * (1.0 - rate)))
    design_effect = (bearing * plug_in + max(plug_in, dependent)) / (bearing + 1)
    tail = 0.5 + level / 2.0
    freedom = (t_quantile(tail, n - 1.0) / t_quantile(tail, df)) ** 2
    return n / design_effect * min(1.0, freedom)


def _bearing_units(units: Units, rate: float) -> int:
    """Units that hold at least one score of the rarer outcome."""
    rarer = units.totals if rate <= 0.5 else units.weights - units.totals
    return int((rarer > 1e-9 * units.weights).sum())
