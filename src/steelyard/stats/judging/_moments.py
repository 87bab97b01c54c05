"""Weighted moments of judge and expert, and how much dependence costs."""

from __future__ import annotations

import math

import numpy as np

from steelyard.stats._clustered import effective_n_of_rate
from steelyard.stats._design import Design, Floats
from steelyard.stats._sample import gather
from steelyard.stats.judging._labels import Checked


def cluster_effect(checked: Checked, *, level: float) -> float:
    """How many dependent labels say as much as one independent one, at least 1.

    The rule of clustered rates (`effective_n_of_rate`) on labels brought to 0–1; their weights have an
    effective number of their own.
    """
    if checked.codes is None:
        return 1.0
    low, span = float(checked.values.min()), float(np.ptp(checked.values))
    scaled = (checked.values - low) / span if span > 0.0 else np.zeros(checked.n)
    sample = gather(scaled, Design(clusters=checked.design.clusters), scale="bounded")
    if sample is None or not sample.is_clustered:
        return 1.0
    return max(1.0, checked.n / effective_n_of_rate(sample.units, checked.n, level=level))


def correlation(first: Floats, second: Floats, weights: Floats) -> float | None:
    """Weighted correlation; None when one of the two does not vary."""
    share = weights / weights.sum()
    a, b = first - share @ first, second - share @ second
    product = float(share @ (a * a)) * float(share @ (b * b))
    if product <= 1e-24:
        return None
    return max(-1.0, min(1.0, float(share @ (a * b)) / math.sqrt(product)))
