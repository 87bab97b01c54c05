"""Observations gathered into independent units, and how sure their mean is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Scale, StatisticsError
from steelyard.stats._design import Codes, Design, Floats, lay_out
from steelyard.stats._result import Range
from steelyard.stats._units import Precision, Units, as_units, precision

FEWEST_UNITS = 8
FEWEST_DF = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """At least one observation with weight."""

    values: Floats
    """The observations."""
    weights: Floats | None
    """Positive weights, 1 on average; None when all are equal."""
    codes: Codes | None
    """Number of each observation's cluster; None when every observation is its own."""
    units: Units
    """The observations summed up by cluster."""
    precision: Precision
    """How sure the mean is."""
    scale: Scale
    """`binary`, `bounded` or `unbounded`."""
    value_range: Range
    """Lowest and highest possible value."""

    @property
    def n(self) -> int:
        """Number of observations."""
        return int(self.values.size)

    @property
    def standard_error(self) -> float:
        """Cluster-robust standard error of the mean; 0 when nothing varies."""
        return self.precision.standard_error

    @property
    def df(self) -> float:
        """Degrees of freedom of its intervals."""
        return self.precision.df

    @property
    def is_plain(self) -> bool:
        """Whether observations are independent and equally weighted."""
        return self.weights is None and self.codes is None

    @property
    def is_clustered(self) -> bool:
        """Whether observations were joined."""
        return self.codes is not None

    @property
    def rates(self) -> Units | None:
        """The units on a 0–1 scale when every score lies at one end of its range; None otherwise."""
        if self.span is None:
            return None
        if self.scale == "binary":
            return self.units
        low, high = self.span
        if not np.all((self.values == low) | (self.values == high)):
            return None
        return as_units((self.values - low) / (high - low), self.weights, self.codes)

    @property
    def span(self) -> tuple[float, float] | None:
        """Both ends of the range, when there are two."""
        low, high = self.value_range
        return None if low is None or high is None or self.scale == "unbounded" else (low, high)

    @property
    def weakness(self) -> str:
        """Why the sample may be shown but must not decide; empty when it may."""
        if few := too_few(self.units.count, is_clustered=self.is_clustered):
            return few
        if self.precision.independent_df < FEWEST_DF:
            return "a few heavy groups or cases hold most of the weight: shown, but too uneven to decide on"
        return ""


def too_few(count: int, *, is_clustered: bool) -> str:
    """Why this number of independent units must not decide; empty when it may."""
    if count >= FEWEST_UNITS:
        return ""
    kind = "independent group" if is_clustered else "independent case"
    named = f"{count} {kind}" if count == 1 else f"{count} {kind}s"
    return f"only {named}: shown, but too few to decide on (at least {FEWEST_UNITS} are needed)"


def gather(
    values: Floats, design: Design | None, *, scale: Scale, value_range: Range | None = None
) -> Sample | None:
    """Check observations and sum them up by the clusters of their design; None when none has weight.

    Raises StatisticsError for values that are not possible on the scale, and for a design that does not fit.
    """
    layout = lay_out(design, values.size)
    kept = values[layout.kept]
    if kept.size == 0:
        return None
    limits = checked_range(kept, scale, value_range)
    units = as_units(kept, layout.weights, layout.codes)
    return Sample(
        values=kept,
        weights=layout.weights,
        codes=layout.codes,
        units=units,
        precision=precision(units),
        scale=scale,
        value_range=limits,
    )


def as_vector(numbers: ArrayLike, name: str) -> Floats:
    """A flat array of finite numbers; StatisticsError for anything else."""
    vector: NDArray[np.float64] = np.asarray(numbers, dtype=np.float64)
    if vector.ndim != 1:
        raise StatisticsError(f"{name} must be a flat list of numbers, not {vector.ndim}-dimensional")
    if not np.all(np.isfinite(vector)):
        raise StatisticsError(
            f"{name} hold a number that is not finite", hint="Leave out samples that have no score"
        )
    return vector


def checked_range(values: Floats, scale: Scale, value_range: Range | None) -> Range:
    """The limits that hold on this scale; without any given, 0 to 1 for bounded scores and none for others.

    Raises StatisticsError when a value is outside.
    """
    if scale == "binary":
        if not np.all((values == 0.0) | (values == 1.0)):
            raise StatisticsError("a binary score is neither 0 nor 1", hint="Declare the metric as bounded")
        return 0.0, 1.0
    low, high = value_range or ((0.0, 1.0) if scale == "bounded" else (None, None))
    # Averages of allowed scores may leave the range by rounding.
    slack = 1e-9 * max(1.0, abs(low or 0.0), abs(high or 0.0))
    smallest, largest = float(values.min()), float(values.max())
    if (low is not None and smallest < low - slack) or (high is not None and largest > high + slack):
        ends = " to ".join("no limit" if end is None else f"{end:g}" for end in (low, high))
        raise StatisticsError(
            f"scores from {smallest:g} to {largest:g} leave the declared range ({ends})",
            hint="Declare the metric's true range",
        )
    return low, high
