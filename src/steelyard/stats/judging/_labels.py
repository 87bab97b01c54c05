"""Expert labels of some judged items, drawn with known probability."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError
from steelyard.stats._design import Codes, Design, Floats, factorise
from steelyard.stats._sample import as_vector

LEAST_INCLUSION = 0.05
"""Smallest probability of being labelled that a draw gives to any item."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """What experts said about the items that were drawn for them."""

    items: Sequence[int] | NDArray[np.int64]
    """Positions of the labelled items among the judged ones, from 0, each once."""
    values: ArrayLike
    """The experts' value of each labelled item, on the judge's scale."""
    inclusion: ArrayLike | None = None
    """The probability with which each was drawn, above 0 and at most 1; None: all alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Labels that fit their judged items."""

    items: NDArray[np.int64]
    """Positions of the labelled items."""
    values: Floats
    """Labels."""
    weights: Floats | None
    """1 / inclusion; None when all are alike."""
    codes: Codes | None
    """Cluster number of every judged item; None when each stands alone."""

    @property
    def n(self) -> int:
        """Number of labels."""
        return int(self.values.size)

    @property
    def given_weights(self) -> Floats:
        """Weights written out, 1 where all are alike."""
        return np.ones(self.n) if self.weights is None else self.weights

    @property
    def design(self) -> Design:
        """Weights and clusters of the labels alone."""
        clusters = None if self.codes is None else self.codes[self.items].tolist()
        return Design(weights=self.weights, clusters=clusters)

    @property
    def item_design(self) -> Design:
        """Clusters of all judged items."""
        return Design(clusters=None if self.codes is None else self.codes.tolist())


def check_labels(labels: Labels, judged: int, *, clusters: Sequence[Hashable] | None = None) -> Checked:
    """Labels checked against the number of judged items.

    Raises StatisticsError for positions that do not exist or come twice, lengths that differ, values that
    are not finite, inclusion probabilities outside (0, 1], and when there is no label at all.
    """
    items = _positions(labels.items, judged)
    values = as_vector(labels.values, "labels")
    if values.shape != items.shape:
        raise StatisticsError(f"{items.size} labelled items came with {values.size} labels")
    codes = None if clusters is None else factorise(clusters)
    if codes is not None and codes.size != judged:
        raise StatisticsError(f"{judged} judged items came with {codes.size} clusters")
    if codes is not None and int(codes.max()) + 1 == codes.size:
        codes = None
    return Checked(items=items, values=values, weights=_weights(labels.inclusion, items.size), codes=codes)


def judged_vector(judge: ArrayLike, *, binary: bool = False) -> Floats:
    """The judge's values of all items; StatisticsError when there are none or one cannot be used."""
    values = as_vector(judge, "judge values")
    if values.size == 0:
        raise StatisticsError("the judge scored nothing")
    if binary:
        check_binary(values, "judge verdict")
    return values


def check_binary(values: Floats, name: str) -> None:
    """Raise StatisticsError unless every value is 0 or 1."""
    if not np.all((values == 0.0) | (values == 1.0)):
        raise StatisticsError(
            f"a {name} is neither 0 nor 1", hint="Use the graded correction for other scales"
        )


def _positions(given: Sequence[int] | NDArray[np.int64], judged: int) -> NDArray[np.int64]:
    items = np.asarray(given)
    if items.ndim != 1 or items.size == 0:
        raise StatisticsError("there is no expert label", hint="Draw items with draw_labels and label them")
    if not np.issubdtype(items.dtype, np.integer):
        raise StatisticsError("a labelled item is not a whole position")
    if int(items.min()) < 0 or int(items.max()) >= judged:
        raise StatisticsError(f"a labelled item lies outside the {judged} judged ones")
    if np.unique(items).size != items.size:
        raise StatisticsError("an item was labelled twice", hint="Settle its labels first: one for each item")
    return items.astype(np.int64)


def _weights(inclusion: ArrayLike | None, n: int) -> Floats | None:
    if inclusion is None:
        return None
    chances = as_vector(inclusion, "inclusion probabilities")
    if chances.size != n:
        raise StatisticsError(f"{n} labels came with {chances.size} inclusion probabilities")
    if not np.all((chances > 0.0) & (chances <= 1.0)):
        raise StatisticsError(
            "an inclusion probability is not above 0 and at most 1",
            hint="Store the probability with which each item was drawn",
        )
    return None if np.all(chances == chances[0]) else 1.0 / chances
