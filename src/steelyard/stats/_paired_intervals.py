"""Which interval a paired difference gets: score, Student or bootstrap-t."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from steelyard.stats._mean_intervals import Found, moments_interval
from steelyard.stats._sample import Sample
from steelyard.stats._special import t_quantile
from steelyard.stats._tango import paired_proportions

_PRIOR_UNITS = 1.0
_FEW_CHANGES = 20


def binary_interval(sample: Sample, *, level: float) -> Found:
    """Tango's interval; with clusters or weights, on the number of cases that would say as much.

    The design effect is the ratio of the cluster-robust variance (CR2) to that of independent cases, pulled
    towards its largest possible value with the weight of one changed unit, because few changed units say
    little about it; none at all: every cluster counts once. Student's quantile has Satterthwaite's degrees
    of freedom.

    Source: the effective-sample construction of Rao and Scott, Biometrics 48 (1992) 577-585, and Korn and
    Graubard, Survey Methodology 24 (1998) 193-201, carried over to Tango's interval as Yang, Sun and Hardin
    do, Pharmaceutical Statistics 11 (2012) 386-393.
    """
    share_up, share_down = _share(sample, sample.values > 0), _share(sample, sample.values < 0)
    pairs = effective_pairs(sample, share_up + share_down)
    df = None if sample.is_plain else sample.df
    interval = paired_proportions(share_up * pairs, share_down * pairs, pairs, level=level, df=df)
    return Found(interval=interval, method="Tango" if sample.is_plain else "Tango on effective pairs (CR2)")


def mean_interval(sample: Sample, *, level: float, rng: np.random.Generator) -> Found:
    """An interval for a mean difference; bounded differences have a range, which limits it."""
    units = sample.units
    if units.count < 2:
        note = "one independent unit says nothing about how much others would differ"
        return Found(interval=None, method="none", note=note)
    reach = None if sample.span is None else sample.span[1]
    if reach is not None and units.changed < _FEW_CHANGES:
        return _few_changes(sample, reach=reach, level=level)
    if sample.standard_error <= 1e-12 * float(np.abs(sample.values).max(initial=1e-300)):
        return _no_scatter(sample, reach=reach, level=level)
    found = moments_interval(sample, level=level, rng=rng)
    method = f"{found.method} on differences"
    if found.interval is None or reach is None:
        return Found(interval=found.interval, method=method, note=found.note)
    low, high = found.interval
    return Found(interval=(max(low, -reach), min(high, reach)), method=method, note=found.note)


def effective_pairs(sample: Sample, changed_share: float) -> float:
    """How many independent, equally weighted pairs would estimate the mean as surely."""
    units = sample.units
    cases = units.effective_cases
    if sample.is_plain:
        return cases
    worst = max(cases / units.effective_count, 1.0)
    design = 1.0
    if changed_share > 0:
        independent = max(changed_share - units.value**2, 0.0) / max(cases - 1, 1.0)
        design = max(sample.standard_error**2 / independent, 1.0) if independent > 0 else 1.0
    pulled = (units.changed * design + _PRIOR_UNITS * worst) / (units.changed + _PRIOR_UNITS)
    return cases / pulled


def _share(sample: Sample, chosen: NDArray[np.bool_]) -> float:
    """Share of the weight that the chosen differences hold."""
    return float(np.average(chosen, weights=sample.weights))


def _few_changes(sample: Sample, *, reach: float, level: float) -> Found:
    """Under 20 changed units: Tango's interval for differences of one typical size.

    The typical size m is the root mean square of the sizes seen and one of the largest possible, so that
    the three values −m, 0, m repeat the first two moments of the differences, and nothing seen means the
    largest.
    """
    mean = sample.units.value
    share = _share(sample, sample.values != 0)
    pairs = effective_pairs(sample, share)
    count = share * pairs
    square = float(np.average(sample.values**2, weights=sample.weights)) * pairs
    size = math.sqrt((square + reach**2) / (count + 1))
    net = min(max(mean * pairs / size, -count), count)
    df = None if sample.is_plain else sample.df
    low, high = paired_proportions((count + net) / 2, (count - net) / 2, pairs, level=level, df=df)
    wide = (max(low * size, -reach), min(high * size, reach))
    half = t_quantile(0.5 + level / 2, sample.df) * sample.standard_error
    interval = (max(min(wide[0], mean - half), -reach), min(max(wide[1], mean + half), reach))
    return Found(interval=interval, method="Tango on differences of one size")


def _no_scatter(sample: Sample, *, reach: float | None, level: float) -> Found:
    """Every difference equal: bounded by the share of other values that could have stayed unseen."""
    if reach is None:
        note = "every difference is the same, so nothing shows how much others would vary"
        return Found(interval=None, method="none", note=note)
    mean = sample.units.value
    unseen = 1 - ((1 - level) / 2) ** (1 / sample.units.effective_count)
    interval = (mean - unseen * (mean + reach), mean + unseen * (reach - mean))
    return Found(interval=interval, method="unseen values")
