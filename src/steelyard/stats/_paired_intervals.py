"""Which interval a paired difference gets: score, Student or bootstrap-t."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Interval
from steelyard.stats._paired_bootstrap import bootstrap_t, skewness
from steelyard.stats._paired_units import PairUnits
from steelyard.stats._special import t_quantile
from steelyard.stats._tango import paired_proportions

Floats = NDArray[np.float64]

_PRIOR_UNITS = 1.0
_FEW_CHANGES = 20
_SKEWED = 0.05
_BOOTSTRAP_UNITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreted:
    """An interval with the name of its procedure."""

    interval: Interval | None
    """Limits, or None when the data give none."""
    method: str
    """The procedure in words."""
    note: str = ""
    """What the reader must know."""


def binary_interval(units: PairUnits, differences: Floats, *, level: float) -> Interpreted:
    """Tango's interval; with clusters or weights, on the number of cases that would say as much.

    The design effect is the ratio of the cluster-robust variance (CR2) to that of independent cases, pulled
    towards its largest possible value with the weight of one changed unit, because few changed units say
    little about it; none at all: every cluster counts once. Student's quantile has Satterthwaite's degrees
    of freedom.

    Source: the effective-sample construction of Rao and Scott, Biometrics 48 (1992) 577-585, and Korn and
    Graubard, Survey Methodology 24 (1998) 193-201, carried over to Tango's interval as Yang, Sun and Hardin
    do, Pharmaceutical Statistics 11 (2012) 386-393.
    """
    share_up, share_down = _shares(units, differences)
    pairs = effective_pairs(units, share_up + share_down)
    interval = paired_proportions(
        share_up * pairs, share_down * pairs, pairs, level=level, df=None if units.plain else units.df
    )
    return Interpreted(interval=interval, method="Tango" if units.plain else "Tango on effective pairs (CR2)")


def mean_interval(
    units: PairUnits, differences: Floats, *, reach: float | None, level: float, rng: np.random.Generator
) -> Interpreted:
    """An interval for a mean; `reach` is the largest size a difference can have, None: unbounded."""
    if units.n < 2:
        note = "One independent unit says nothing about how much others would differ."
        return Interpreted(interval=None, method="none", note=note)
    error = units.standard_error
    if reach is not None and units.changed < _FEW_CHANGES:
        return _few_changes(units, differences, reach=reach, level=level)
    if error <= 1e-12 * float(np.abs(differences).max(initial=1e-300)):
        return _no_scatter(units, reach=reach, level=level)
    found = _by_moments(units, level=level, rng=rng)
    if found.interval is None or reach is None:
        return found
    low, high = found.interval
    return Interpreted(interval=(max(low, -reach), min(high, reach)), method=found.method, note=found.note)


def effective_pairs(units: PairUnits, changed_share: float) -> float:
    """How many independent, equally weighted pairs would estimate the mean as surely."""
    if units.plain:
        return units.case_n
    worst = max(units.case_n / units.units.effective_count, 1.0)
    design = 1.0
    if changed_share > 0:
        independent = max(changed_share - units.mean**2, 0.0) / max(units.case_n - 1, 1.0)
        design = max(units.standard_error**2 / independent, 1.0) if independent > 0 else 1.0
    pulled = (units.changed * design + _PRIOR_UNITS * worst) / (units.changed + _PRIOR_UNITS)
    return units.case_n / pulled


def _shares(units: PairUnits, differences: Floats) -> tuple[float, float]:
    weights = units.case_weights
    total = float(weights.sum())
    return float(weights[differences > 0].sum()) / total, float(weights[differences < 0].sum()) / total


def _by_moments(units: PairUnits, *, level: float, rng: np.random.Generator) -> Interpreted:
    grouped = "cluster " if units.clustered else ""
    lean = abs(skewness(units.units)) / math.sqrt(units.n)
    note = ""
    if lean > _SKEWED:
        if units.n >= _BOOTSTRAP_UNITS:
            interval = bootstrap_t(units.units, level=level, rng=rng)
            if interval is not None:
                note = _heavy(units) if units.n < 100 else ""
                return Interpreted(
                    interval=interval, method=f"bootstrap-t on {grouped}differences", note=note
                )
        note = _heavy(units)
    half = t_quantile(0.5 + level / 2, units.df) * units.standard_error
    name = "CR2 t" if units.clustered else "Student t"
    return Interpreted(
        interval=(units.mean - half, units.mean + half), method=f"{name} on {grouped}differences", note=note
    )


def _heavy(units: PairUnits) -> str:
    return f"A few of {units.n} differences dominate; under 100 the interval may be too narrow."


def _few_changes(units: PairUnits, differences: Floats, *, reach: float, level: float) -> Interpreted:
    """Under 20 changed units: Tango's interval for differences of one typical size.

    The typical size m is the root mean square of the sizes seen and one of the largest possible, so that
    the three values −m, 0, m repeat the first two moments of the differences, and nothing seen means the
    largest.
    """
    weights = units.case_weights
    moved = differences != 0
    share = float(weights[moved].sum() / weights.sum())
    pairs = effective_pairs(units, share)
    count = share * pairs
    square = float(np.sum(weights * differences**2) / weights.sum()) * pairs
    size = math.sqrt((square + reach**2) / (count + 1))
    net = min(max(units.mean * pairs / size, -count), count)
    low, high = paired_proportions(
        (count + net) / 2, (count - net) / 2, pairs, level=level, df=None if units.plain else units.df
    )
    wide = (max(low * size, -reach), min(high * size, reach))
    half = t_quantile(0.5 + level / 2, units.df) * units.standard_error
    interval = (
        max(min(wide[0], units.mean - half), -reach),
        min(max(wide[1], units.mean + half), reach),
    )
    return Interpreted(interval=interval, method="Tango on differences of one size")


def _no_scatter(units: PairUnits, *, reach: float | None, level: float) -> Interpreted:
    """Every difference equal: bounded by the share of other values that could have stayed unseen."""
    if reach is None:
        note = "Every difference is the same, so nothing shows how much others would vary."
        return Interpreted(interval=None, method="none", note=note)
    unseen = 1 - ((1 - level) / 2) ** (1 / units.units.effective_count)
    low = units.mean - unseen * (units.mean + reach)
    high = units.mean + unseen * (reach - units.mean)
    return Interpreted(interval=(low, high), method="unseen values")
