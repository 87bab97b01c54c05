"""How observations hang together: which of them weigh more, and which belong together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """The weights and clusters of a sample: its design, in the sense of L. Kish 1965, Survey Sampling."""

    weights: ArrayLike | None = None
    """One weight for each observation, 0 or more and finite; None: all weigh the same."""
    clusters: Sequence[Hashable] | None = None
    """One label for each observation, equal where observations belong together; None: each stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A design that was checked against its observations, in the shape that sums need."""

    kept: NDArray[np.bool_]
    """Observations whose weight is not 0."""
    weights: Floats | None
    """Weights of those kept, 1 on average; None when all are equal."""
    codes: Codes | None
    """Number of the cluster of each one kept, from 0 without gaps; None when each is its own."""


def lay_out(design: Design | None, n: int) -> Layout:
    """Check the design of `n` observations.

    Raises StatisticsError for lengths that differ, and for weights that are below 0 or not finite.
    """
    given = Design() if design is None else design
    codes = None if given.clusters is None else factorise(given.clusters)
    weights = None if given.weights is None else np.asarray(given.weights, dtype=np.float64)
    for name, other in (("weights", weights), ("clusters", codes)):
        if other is not None and other.shape != (n,):
            raise StatisticsError(f"{n} scores came with {other.size} {name}", hint="Give one for each score")
    kept = np.ones(n, dtype=np.bool_)
    if weights is not None:
        if not np.all(np.isfinite(weights)) or np.any(weights < 0.0):
            raise StatisticsError("the weights cannot be used: one is below 0 or not finite")
        kept = weights > 0.0
        weights = weights[kept]
        plain = weights.size == 0 or bool(np.all(weights == weights[0]))
        weights = None if plain else weights / weights.mean()
    if codes is not None:
        codes = np.unique(codes[kept], return_inverse=True)[1].astype(np.int64)
        codes = None if codes.size == 0 or int(codes.max()) + 1 == codes.size else codes
    return Layout(kept=kept, weights=weights, codes=codes)


def factorise(labels: Sequence[Hashable] | NDArray[np.generic]) -> Codes:
    """Number the distinct labels in order of first appearance.

    Raises StatisticsError when a label cannot be hashed.
    """
    numbers: dict[Hashable, int] = {}
    plain = labels.tolist() if isinstance(labels, np.ndarray) else labels
    try:
        return np.fromiter(
            (numbers.setdefault(label, len(numbers)) for label in plain), dtype=np.int64, count=len(plain)
        )
    except TypeError as error:
        raise StatisticsError(f"a cluster label must be hashable: {error}") from error
