"""The common part of the classification metrics: labels out of answers, counts out of labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, canonical_json
from steelyard.metrics._answer import answer_json, field_at
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics._expectation import shorten
from steelyard.metrics._protocol import Aggregate
from steelyard.text import Normaliser

_EDGES = " \t\n\r.,;:!?\"'`*()[]。，；：！？「」“”‘’"
_NONE = -1


@dataclass(frozen=True, kw_only=True)
class LabelMetric(BaseMetric):
    """A metric of predicted labels against expected ones.

    A label is the whole answer when that is text, otherwise the field named by `field`; the same holds for
    the expectation. Both are folded as the settings say.
    """

    field: str = "label"
    """Dotted field with the label, in answers and expectations that are objects or JSON text."""
    labels: tuple[str, ...] = ()
    """The only labels there are; empty: whatever is answered. An answer outside holds no label."""
    ignore_case: bool = True
    """Fold case."""
    strip: bool = True
    """Drop white space, quotes and punctuation around a label."""

    @cached_property
    def _normalise(self) -> Normaliser:
        return Normaliser(ignore_case=self.ignore_case, space="collapse")

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._fold(label) for label in self.labels)

    def score(self, case: Case, output: Output) -> Score:
        """1.0 where the labels agree, else 0.0; both labels go into the detail."""
        truth = self._truth(case)
        if truth is None:
            return NOTHING_EXPECTED
        label = self._label(output)
        if label is None or (self._known and label not in self._known):
            reason = "the answer is empty" if not output.text.strip() else "no label in the answer"
            return self._miss(reason, detail={"truth": truth, "label": None})
        detail: dict[str, Json] = {"truth": truth, "label": label}
        if label == truth:
            return Scored(value=1.0, detail=detail)
        return Scored(value=0.0, reason=f"got {shorten(label)!r}, expected {shorten(truth)!r}", detail=detail)

    def _truth(self, case: Case) -> str | None:
        return self._folded(case.expected)

    def _label(self, output: Output) -> str | None:
        return self._folded(answer_json(output))

    def _folded(self, value: Json) -> str | None:
        if isinstance(value, Mapping):
            value = field_at(value, self.field.split("."))
        if value is None or isinstance(value, Mapping):
            return None
        folded = self._fold(value if isinstance(value, str) else canonical_json(value))
        return folded or None

    def _fold(self, text: str) -> str:
        folded = self._normalise(text)
        return folded.strip(_EDGES) or folded if self.strip else folded


@dataclass(frozen=True)
class Counts:
    """Weighted counts of one resample, one entry for each label that was expected."""

    right: NDArray[np.float64]
    """Samples of the label that got it."""
    expected: NDArray[np.float64]
    """Samples of the label."""
    predicted: NDArray[np.float64]
    """Samples that were given the label."""
    total: float
    """All samples."""


@dataclass(frozen=True, kw_only=True)
class _Grid:
    """The pairs of expected and predicted label that occur, as numbers."""

    pairs: NDArray[np.int64]
    size: int

    def counts(self, mass: NDArray[np.float64]) -> Counts:
        expected, predicted = self.pairs[:, 0], self.pairs[:, 1]
        hit, given = expected == predicted, predicted != _NONE
        return Counts(
            right=self._by_label(expected[hit], mass[hit]),
            expected=self._by_label(expected, mass),
            predicted=self._by_label(predicted[given], mass[given]),
            total=float(mass.sum()),
        )

    def _by_label(self, labels: NDArray[np.int64], mass: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(labels, mass, minlength=self.size).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class ConfusionMetric(LabelMetric):
    """A label metric whose headline is a function of the counts of expected and predicted labels."""

    def prepare(self, details: Sequence[Mapping[str, Json]]) -> Aggregate:
        """Number the pairs of labels once; each weighting is then one count of the pairs."""
        truths = [str(detail["truth"]) for detail in details]
        labels = [None if detail["label"] is None else str(detail["label"]) for detail in details]
        names = sorted({*truths, *(label for label in labels if label is not None)})
        index = {name: number for number, name in enumerate(names)}
        pairs = [
            (index[true], _NONE if label is None else index[label])
            for true, label in zip(truths, labels, strict=True)
        ]
        cells = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
        places = np.array([cells[pair] for pair in pairs], dtype=np.int64)
        grid = _Grid(pairs=np.array(list(cells), dtype=np.int64).reshape(-1, 2), size=len(names))
        positive = self._positive(index)

        def aggregate(weights: NDArray[np.float64]) -> float | None:
            mass = np.bincount(places, weights, minlength=len(cells)).astype(np.float64)
            return self._value(grid.counts(mass), positive) if mass.any() else None

        return aggregate

    def _positive(self, index: Mapping[str, int]) -> int | None:  # noqa: ARG002  most metrics treat labels alike
        return None

    @abstractmethod
    def _value(self, counts: Counts, positive: int | None) -> float | None:
        """The headline at these counts; None when undefined."""


def corpus_spec(name: str, *, low: float = 0.0) -> MetricSpec:
    """The traits that the count metrics share: a headline that is not a mean of scores."""
    return MetricSpec(name=name, version="1", range=(low, 1.0), corpus=True)
