"""A difference of rates corrected by a judge's errors on an external set: a ratio with both its errors."""

from __future__ import annotations

import math
from dataclasses import replace

from steelyard.core import Interval
from steelyard.stats._paired_result import PairedResult
from steelyard.stats._result import sentence
from steelyard.stats.judging._external import Calibration, informedness_interval

METHOD = "Rogan-Gladen difference, MOVER ratio"


def correct_difference_from_calibration(
    judged: PairedResult, calibration: Calibration
) -> PairedResult | None:
    """Candidate − base as the judge saw it, divided by sensitivity + specificity − 1.

    Assumes that the judge errs alike on both versions, so that its share of yes moves by that factor of the
    truth. The interval combines those of numerator and denominator by the method of variance estimates
    recovery for a ratio. None when the calibration cannot tell the judge from chance, or the judge's own
    difference has no interval.

    Source: Rogan and Gladen (1978); Donner and Zou, *Closed-form confidence intervals for functions of the
    normal mean and standard deviation*, Statistical Methods in Medical Research 21 (2012) 347-359, for the
    limits of a ratio.
    """
    low, high = informedness_interval(calibration, level=judged.level)
    if low <= 0.0 or judged.interval is None or judged.difference is None:
        return None
    ratio = calibration.sensitivity + calibration.specificity - 1.0
    limits = _ratio(judged.difference, judged.interval, ratio, (low, high))
    value = max(-1.0, min(1.0, judged.difference / ratio))
    interval = (max(-1.0, min(limits[0], value)), min(1.0, max(limits[1], value)))
    spread = None if judged.spread is None else judged.spread / low
    return replace(
        judged,
        difference=value,
        interval=interval,
        method=f"{METHOD}; {judged.method.rpartition('; ')[2]} of the verdicts",
        spread=spread,
        minimum_detectable=None if judged.minimum_detectable is None else judged.minimum_detectable / low,
        note=sentence(
            "assumes that the judge errs here as on the calibration set, and alike on both versions"
        ),
    )


def _ratio(top: float, above: Interval, bottom: float, below: Interval) -> Interval:
    """Limits of top / bottom, for bottom above 0."""
    (l1, u1), (l2, u2) = above, below
    product = top * bottom
    low = product**2 - l1 * u2 * (2.0 * top - l1) * (2.0 * bottom - u2)
    high = product**2 - u1 * l2 * (2.0 * top - u1) * (2.0 * bottom - l2)
    first = (product - math.sqrt(max(low, 0.0))) / (u2 * (2.0 * bottom - u2))
    second = (product + math.sqrt(max(high, 0.0))) / (l2 * (2.0 * bottom - l2))
    return min(first, second), max(first, second)
