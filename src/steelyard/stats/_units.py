"""Independent units: what is resampled when observations come in groups or carry weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from steelyard.stats._design import Codes, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Observations summed up by unit, ready for a weighted ratio ΣT / ΣW."""

    totals: Floats
    """Sum of weight × value in each unit, T."""
    weights: Floats
    """Sum of the weights in each unit, W."""
    squares: Floats
    """Sum of the squared weights in each unit."""

    @property
    def count(self) -> int:
        """Number of units."""
        return int(self.totals.size)

    @property
    def value(self) -> float:
        """The weighted mean of the observations."""
        return float(self.totals.sum() / self.weights.sum())

    @property
    def effective_count(self) -> float:
        """Kish's number of equally heavy units, (ΣW)² / ΣW²."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    @property
    def effective_cases(self) -> float:
        """Kish's number of equally heavy observations, from the weights of observations."""
        return float(self.weights.sum() ** 2 / self.squares.sum())

    @property
    def changed(self) -> int:
        """Units whose total is not zero."""
        return int(np.count_nonzero(self.totals))

    @property
    def residuals(self) -> Floats:
        """T − value × W for each unit; they add up to zero."""
        return self.totals - self.value * self.weights

    @property
    def skewness(self) -> float:
        """Third standardised moment of the residuals; 0 when they do not vary."""
        residuals = self.residuals
        second = float((residuals**2).mean())
        if second <= (1e-14 * float(np.abs(self.totals).max())) ** 2:
            return 0.0
        return float(((residuals / math.sqrt(second)) ** 3).mean())

    @property
    def lean(self) -> float:
        """Skewness of the mean itself: that of the units over the root of their number."""
        return self.skewness / math.sqrt(self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """The error of a mean, and how well it is known itself."""

    standard_error: float
    """Cluster-robust standard error of the mean; 0 when nothing varies."""
    df: float
    """Degrees of freedom for intervals: the smaller of Satterthwaite's under two working models, independent
    observations and units that move as one, where a single large unit leaves little to estimate from."""
    independent_df: float
    """Those under independent observations alone: units − 1 when units weigh the same, fewer when not."""


def as_units(values: Floats, weights: Floats | None, codes: Codes | None) -> Units:
    """Sum values and weights by unit; without codes every observation is its own unit."""
    w = np.ones(values.size) if weights is None else weights
    if codes is None:
        return Units(totals=w * values, weights=w, squares=w * w)
    return Units(totals=_sums(codes, w * values), weights=_sums(codes, w), squares=_sums(codes, w * w))


def _sums(codes: Codes, terms: Floats) -> Floats:
    return np.bincount(codes, weights=terms).astype(np.float64, copy=False)


def cr2_variance(units: Units) -> tuple[float, float]:
    """Variance of the weighted mean and its degrees of freedom, robust to any dependence within units.

    CR2 of R. Bell and D. McCaffrey (2002, Survey Methodology 28, 169–181): every unit's squared residual is
    scaled so that the estimate is unbiased when observations are independent; the degrees of freedom are
    Satterthwaite's under the same working model. For equal weights, or weights equal within each unit, it is
    the published CR2 estimator; otherwise its analogue on unit totals. With single observations of equal
    weight it is s²/n with n − 1 degrees of freedom.

    The degrees of freedom are 0 when there is only one unit.
    """
    total = float(units.weights.sum())
    share = units.weights / total
    own = units.squares
    every = float(own.sum())
    working = own - 2.0 * share * own + share**2 * every
    if units.count < 2 or not np.all(working > 1e-9 * own):
        return 0.0, 0.0
    scale = own / working
    variance = float((scale * units.residuals**2).sum()) / total**2
    # Σ over pairs of scale·scale·covariance², where covariance = diag(own) − share·own' − own·share' +
    # every·share·share': the off-diagonal part has rank two, so the double sum needs single sums only.
    low_rank = -2.0 * share * own + every * share**2
    a, b, c = (float((scale * part).sum()) for part in (share**2, own**2, share * own))
    off_diagonal = 2.0 * a * b + (every * a) ** 2 + 2.0 * c**2 - 4.0 * every * a * c
    diagonal = float((scale**2 * (working**2 - low_rank**2)).sum())
    return variance, every**2 / (diagonal + off_diagonal)


def precision(units: Units) -> Precision:
    """How sure the weighted mean of units is, with care for one large unit.

    The error is CR2's (`cr2_variance`), 0 when the units only differ by rounding.
    """
    variance, freedom = cr2_variance(units)
    if variance <= (1e-14 * max(abs(units.value), 1e-300)) ** 2:
        variance = 0.0
    shares = units.weights / units.weights.sum()
    as_one = float(np.sum(shares**2) ** 2 / np.sum(shares**4)) - 1.0
    return Precision(
        standard_error=math.sqrt(variance), df=max(min(freedom, as_one), 0.0), independent_df=freedom
    )
