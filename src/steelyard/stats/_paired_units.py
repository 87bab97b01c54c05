"""Differences gathered into independent units, and how sure their mean is."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import StatisticsError
from steelyard.stats._units import Units, as_units, cr2_variance, factorise

Floats = NDArray[np.float64]

LEAST_UNITS = 8
LEAST_DF = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairUnits:
    """Weighted differences summed by unit (a cluster of cases, or each case), with their precision."""

    units: Units
    """Totals and weights of the units."""
    case_weights: Floats
    """Weight of each case."""
    clustered: bool
    """Whether cases were joined."""
    standard_error: float
    """Cluster-robust standard error of the mean (CR2); 0 when nothing varies."""
    df: float
    """Its degrees of freedom: units − 1 when units weigh the same, fewer when they do not."""

    @property
    def n(self) -> int:
        """Number of units."""
        return self.units.count

    @property
    def mean(self) -> float:
        """The case-weighted mean difference."""
        return self.units.value

    @property
    def plain(self) -> bool:
        """Every case alone and of equal weight."""
        return not self.clustered and float(np.ptp(self.case_weights)) == 0.0

    @property
    def changed(self) -> int:
        """Units whose total difference is not zero."""
        return int(np.count_nonzero(self.units.totals))

    @property
    def case_n(self) -> float:
        """Kish's effective number of cases: weights cost precision even without clusters."""
        return float(self.case_weights.sum() ** 2 / np.sum(self.case_weights**2))

    @property
    def weak(self) -> str:
        """Why these units may be shown but must not decide; empty when they may."""
        if self.n < LEAST_UNITS:
            kind = "groups" if self.clustered else "cases"
            return f"Only {self.n} independent {kind}: shown, but too few to decide on."
        if self.df < LEAST_DF:
            return "One or two groups hold most of the cases: shown, but too uneven to decide on."
        return ""


def gather(differences: Floats, *, weights: Floats | None, clusters: Sequence[Hashable] | None) -> PairUnits:
    """Join the differences of each cluster; every case is its own unit without clusters.

    The degrees of freedom are the smaller of Satterthwaite's under two working models: independent cases
    (Bell and McCaffrey, Survey Methodology 28, 2002, 169-181), and units that move as one, where a single
    large unit leaves little to estimate a variance from. Cases of weight 0 are left out.
    """
    case_weights = checked_weights(weights, len(differences))
    kept = case_weights > 0
    codes = None if clusters is None else encode(clusters, len(differences))[kept]
    if codes is not None:
        _, codes = np.unique(codes, return_inverse=True)
    units = as_units(differences[kept], case_weights[kept], codes)
    variance, freedom = cr2_variance(units)
    shares = units.weights / units.weights.sum()
    as_one = float(np.sum(shares**2) ** 2 / np.sum(shares**4)) - 1
    return PairUnits(
        units=units,
        case_weights=case_weights[kept],
        clustered=clusters is not None,
        standard_error=math.sqrt(variance),
        df=max(min(freedom, as_one), 0.0),
    )


def encode(clusters: Sequence[Hashable], n: int) -> NDArray[np.int64]:
    """Cluster names to 0, 1, 2, … in order of first appearance."""
    if len(clusters) != n:
        raise StatisticsError(
            f"{len(clusters)} clusters for {n} cases", hint="Give one cluster for each case"
        )
    return factorise(clusters)


def checked_weights(weights: Floats | None, n: int) -> Floats:
    """One weight for each case, all 1 when none are given; StatisticsError when they cannot be used."""
    if weights is None:
        return np.ones(n)
    checked = np.asarray(weights, np.float64)
    if (
        checked.shape != (n,)
        or not np.all(np.isfinite(checked))
        or np.any(checked < 0)
        or not checked.sum() > 0
    ):
        raise StatisticsError(
            "the weights cannot be used",
            hint="Give one finite weight for each case, none negative and not all zero",
        )
    return checked
