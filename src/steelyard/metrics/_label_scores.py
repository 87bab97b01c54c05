"""Precision, recall and F1 over labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from steelyard.core import MetricSpec
from steelyard.metrics._classification import ConfusionMetric, Counts, corpus_spec

_Parts: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class AveragedMetric(ConfusionMetric):
    """A ratio that every label has, brought to one number.

    Averages go over the labels that are expected at least once; a ratio without a denominator counts as 0
    there. With `average=binary` it is undefined instead.
    """

    average: Literal["macro", "micro", "weighted", "binary"] = "macro"
    """Mean over labels, over all decisions, over labels by their frequency; or one label only."""
    positive: str = ""
    """The label that `average=binary` looks at."""

    def _check(self) -> None:
        if (self.average == "binary") != bool(self.positive):
            raise self._refuse(
                "average=binary and positive=LABEL belong together", hint="Give both or neither"
            )

    def _positive(self, index: Mapping[str, int]) -> int | None:
        return index.get(self._fold(self.positive), -1) if self.positive else None

    def _value(self, counts: Counts, positive: int | None) -> float | None:
        above, below = self._ratio(counts)
        if positive is not None:
            return None if positive < 0 or below[positive] == 0 else float(above[positive] / below[positive])
        seen = counts.expected > 0
        above, below = above[seen], below[seen]
        if self.average == "micro":
            return float(above.sum() / below.sum()) if below.any() else 0.0
        ratios = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
        return float(
            np.average(ratios, weights=counts.expected[seen] if self.average == "weighted" else None)
        )

    @abstractmethod
    def _ratio(self, counts: Counts) -> _Parts:
        """Numerator and denominator for each label."""


@dataclass(frozen=True, kw_only=True)
class Precision(AveragedMetric):
    """How often a predicted label is right.

    What it measures
        Of the samples given a label, the share that should have it: averaged over labels (`macro`, by
        frequency `weighted`), over all decisions (`micro`), or for one label (`average=binary`).

    When it misleads
        A system that rarely gives the label can be precise and useless: read it beside `recall`. With few
        predictions it is noise. Undefined, not 1, when the positive label is never predicted.

    Example
        `precision:average=binary,positive=spam`.

    Reference
        Van Rijsbergen 1979, "Information Retrieval", chapter 7; `precision_score` of scikit-learn with
        `labels` set to the expected ones and `zero_division=0`.
    """

    traits: ClassVar[MetricSpec] = corpus_spec("precision")

    def _ratio(self, counts: Counts) -> _Parts:
        return counts.right, counts.predicted


@dataclass(frozen=True, kw_only=True)
class Recall(AveragedMetric):
    """How many samples of a label are found.

    What it measures
        Of the samples that should have a label, the share given it: averaged over labels (`macro`, by
        frequency `weighted`), over all decisions (`micro`), or for one label (`average=binary`).

    When it misleads
        Giving everybody the label has recall 1: read it beside `precision`. For documents that a search
        returns use `recall_at_k`.

    Example
        `recall:average=binary,positive=fraud`.

    Reference
        Van Rijsbergen 1979, "Information Retrieval", chapter 7; `recall_score` of scikit-learn with
        `labels` set to the expected ones and `zero_division=0`.
    """

    traits: ClassVar[MetricSpec] = corpus_spec("recall")

    def _ratio(self, counts: Counts) -> _Parts:
        return counts.right, counts.expected


@dataclass(frozen=True, kw_only=True)
class F1(AveragedMetric):
    """Precision and recall in one number.

    What it measures
        Their harmonic mean, for every label, then averaged (`macro`, `micro`, `weighted`), or for one
        label (`average=binary`).

    When it misleads
        It ignores right rejections and treats the two errors alike, which costs rarely do. The macro mean
        of F1 is not the F1 of macro precision and recall, and a rare label moves it as much as a common one.

    Example
        `f1:average=macro`; `f1:average=binary,positive=yes`.

    Reference
        Van Rijsbergen 1979, "Information Retrieval", chapter 7; `f1_score` of scikit-learn with `labels`
        set to the expected ones and `zero_division=0`.
    """

    traits: ClassVar[MetricSpec] = corpus_spec("f1")

    def _ratio(self, counts: Counts) -> _Parts:
        return 2.0 * counts.right, counts.expected + counts.predicted
