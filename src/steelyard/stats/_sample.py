"""Scores as they come in, checked once and brought into one shape."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Scale, StatisticsError
from steelyard.stats._result import Range
from steelyard.stats._units import Codes, Floats, Units, as_units, factorise


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """At least one checked observation."""

    values: Floats
    """The scores."""
    weights: Floats | None
    """Positive weights; None when all are equal."""
    codes: Codes | None
    """Number of each observation's cluster; None when every observation is its own."""
    units: Units
    """The observations summed up by cluster."""
    scale: Scale
    """`binary`, `bounded` or `unbounded`."""
    value_range: Range
    """Lowest and highest possible value."""

    @property
    def n(self) -> int:
        """Number of observations."""
        return int(self.values.size)

    @property
    def is_plain(self) -> bool:
        """Whether observations are independent and equally weighted."""
        return self.weights is None and self.codes is None

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


def as_sample(
    values: ArrayLike,
    *,
    scale: Scale,
    value_range: Range,
    weights: ArrayLike | None,
    clusters: Sequence[Hashable] | None,
) -> Sample | None:
    """Check scores, weights and clusters; None when no observation has weight.

    Raises StatisticsError for numbers that are not finite or not possible on the scale, for lengths that
    differ and for weights below 0.
    """
    y = _vector(values, "scores")
    codes = None if clusters is None else factorise(clusters)
    w = None if weights is None else _vector(weights, "weights")
    for name, other in (("weights", w), ("clusters", codes)):
        if other is not None and other.size != y.size:
            raise StatisticsError(f"{y.size} scores came with {other.size} {name}")
    if w is not None:
        if w.size and float(w.min()) < 0.0:
            raise StatisticsError("a weight is below 0")
        kept = w > 0.0
        y, w, codes = y[kept], w[kept], None if codes is None else codes[kept]
    if y.size == 0:
        return None
    _check_values(y, scale, value_range)
    if w is not None:
        w = None if np.all(w == w[0]) else w / w.mean()
    if codes is not None:
        codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
        codes = None if int(codes.max()) + 1 == y.size else codes
    return Sample(
        values=y,
        weights=w,
        codes=codes,
        units=as_units(y, w, codes),
        scale=scale,
        value_range=(0.0, 1.0) if scale == "binary" else value_range,
    )


def _vector(numbers: ArrayLike, name: str) -> Floats:
    vector: NDArray[np.float64] = np.asarray(numbers, dtype=np.float64)
    if vector.ndim != 1:
        raise StatisticsError(f"{name} must be a flat list of numbers, not {vector.ndim}-dimensional")
    if not np.all(np.isfinite(vector)):
        raise StatisticsError(
            f"{name} hold a number that is not finite", hint="leave out samples that have no score"
        )
    return vector


def _check_values(values: Floats, scale: Scale, value_range: Range) -> None:
    if scale == "binary":
        if not np.all((values == 0.0) | (values == 1.0)):
            raise StatisticsError("a binary score is neither 0 nor 1")
        return
    low, high = value_range
    # Averages of allowed scores may leave the range by rounding.
    slack = 1e-9 * max(1.0, abs(low or 0.0), abs(high or 0.0))
    smallest, largest = float(values.min()), float(values.max())
    if (low is not None and smallest < low - slack) or (high is not None and largest > high + slack):
        raise StatisticsError(
            f"scores from {smallest:g} to {largest:g} leave the declared range {_words(value_range)}",
            hint="declare the metric's true range",
        )


def _words(value_range: Range) -> str:
    low, high = ("no limit" if end is None else f"{end:g}" for end in value_range)
    return f"({low} to {high})"
