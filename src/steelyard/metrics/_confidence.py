"""Metrics of stated confidence: AUROC, Brier score, calibration error."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored
from steelyard.metrics._answer import answer_json, field_at
from steelyard.metrics._base import NOTHING_EXPECTED
from steelyard.metrics._classification import LabelMetric
from steelyard.metrics._protocol import Aggregate


@dataclass(frozen=True, kw_only=True)
class ConfidenceMetric(LabelMetric):
    """A metric of probabilities against what was true.

    Without `positive`, the confidence is in the answer, and the outcome is whether the answered label is
    the expected one. With `positive`, the confidence is in that label, and the outcome is whether it was
    expected; then no label needs to be answered. An answer without a confidence counts as confident and
    wrong; one that the recording should hold (`source=detail`, `source=logprob`) and does not is missing.
    """

    positive: str = ""
    """The label whose probability is given; empty: the probability that the answer is right."""
    confidence: str = "confidence"
    """Dotted field that holds the probability, in the answer or in the details of the output."""
    source: Literal["answer", "detail", "logprob"] = "answer"
    """Where the probability stands: the answer's object, the output's details, or e to the sum of its
    tokens' log-probabilities."""

    def score(self, case: Case, output: Output) -> Score:
        """The sample's part of the metric; outcome and confidence go into the detail."""
        truth = self._truth(case)
        if truth is None:
            return NOTHING_EXPECTED
        outcome = truth == self._fold(self.positive) if self.positive else self._label(output) == truth
        answered = output.value is not None and output.text.strip() != ""
        found = self._confidence(output) if answered else None
        if isinstance(found, Failed):
            return found
        if found is None or (not self.positive and self._label(output) is None):
            reason = "no confidence from 0 to 1 in the answer" if answered else "the answer is empty"
            outcome = outcome if self.positive else False
            return self._miss(reason, detail={"outcome": outcome, "confidence": None})
        value = self._part(found, outcome=outcome)
        reason = f"confidence {found:.3g}, {'true' if outcome else 'false'}"
        return Scored(value=value, reason=reason, detail={"outcome": outcome, "confidence": found})

    def _confidence(self, output: Output) -> float | Failed | None:
        if self.source == "logprob":
            return _answer_probability(output.detail.get("logprobs"))
        if self.source == "detail":
            found = _probability(field_at(output.detail, self.confidence.split(".")))
            return (
                Failed(error=f"no {self.confidence} from 0 to 1 in the details") if found is None else found
            )
        return _probability(field_at(answer_json(output), self.confidence.split(".")))

    @abstractmethod
    def _part(self, confidence: float, *, outcome: bool) -> float:
        """What one sample contributes, or stands for, from 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Brier(ConfidenceMetric):
    """How far stated probabilities are from what happened.

    What it measures
        The mean square of probability minus outcome (1 true, 0 false): 0 is perfect, .25 is always saying
        .5. Lower is better.

    When it misleads
        It mixes calibration with how hard the cases are: on rare outcomes always saying "unlikely" looks
        good. Compare versions on the same cases, and read `calibration_error` and `auroc` beside it.

    Example
        `brier` for answers `{"label": "Paris", "confidence": 0.8}`; `brier:positive=fraud,confidence=p`.

    Reference
        Brier 1950, "Verification of forecasts expressed in terms of probability"; `brier_score_loss` of
        scikit-learn.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="brier", version="1", direction="lower", failure=1.0)

    def _part(self, confidence: float, *, outcome: bool) -> float:
        return (confidence - outcome) ** 2


@dataclass(frozen=True, kw_only=True)
class Auroc(ConfidenceMetric):
    """How well confidence separates true from false.

    What it measures
        The probability that a true sample got a higher confidence than a false one, ties counting half: .5
        is chance, 1 is perfect. Without `positive` it asks whether the system knows when it is right.

    When it misleads
        It looks at order only: confidences of .51 and .49 can have AUROC 1. It says nothing about any
        threshold, and with few samples of one kind it is noise. Undefined when all are true or all false.

    Example
        `auroc:positive=spam,confidence=score`.

    Reference
        Hanley and McNeil 1982, "The meaning and use of the area under a receiver operating characteristic
        (ROC) curve"; `roc_auc_score` of scikit-learn. A sample's own value is the probability that it gave
        to what was true.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="auroc", version="1", corpus=True)

    def _part(self, confidence: float, *, outcome: bool) -> float:
        return confidence if outcome else 1.0 - confidence

    def prepare(self, details: Sequence[Mapping[str, Json]]) -> Aggregate:
        """Sort once; each weighting is then a sum over distinct confidences."""
        outcomes, confidences = _arrays(details, low=-1.0, high=2.0)
        distinct, places = np.unique(confidences, return_inverse=True)

        def aggregate(weights: NDArray[np.float64]) -> float | None:
            true = np.bincount(places, weights * outcomes, minlength=len(distinct))
            false = np.bincount(places, weights * ~outcomes, minlength=len(distinct))
            pairs = float(true.sum() * false.sum())
            if pairs == 0.0:
                return None
            below = np.cumsum(false) - false
            return float(true @ (below + 0.5 * false)) / pairs

        return aggregate


@dataclass(frozen=True, kw_only=True)
class CalibrationError(ConfidenceMetric):
    """How far stated confidence is from the share that was true.

    What it measures
        The expected calibration error: samples are binned by confidence, and the distance between mean
        confidence and share of true outcomes is averaged over the bins, by their size. Lower is better.

    When it misleads
        It depends on the bins, is never 0 in a finite sample, and grows when samples are few: compare only
        equal settings and sizes. Always stating the average share is calibrated and says nothing: read
        `auroc` beside it.

    Example
        `calibration_error:bins=15`.

    Reference
        Guo et al. 2017, "On Calibration of Modern Neural Networks", equal-width bins closed on the right. A
        sample's own value is the distance between its confidence and its outcome.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="calibration_error", version="1", direction="lower", corpus=True, failure=1.0
    )

    bins: int = 10
    """How many bins of equal width."""

    def _check(self) -> None:
        if not 1 <= self.bins <= 1000:
            raise self._refuse("bins must be 1 to 1000", hint="Leave it out for 10")

    def _part(self, confidence: float, *, outcome: bool) -> float:
        return abs(confidence - outcome)

    def prepare(self, details: Sequence[Mapping[str, Json]]) -> Aggregate:
        """Bin once; each weighting is then two sums for every bin."""
        outcomes, confidences = _arrays(details, low=0.0, high=1.0)
        bins = np.clip(np.ceil(confidences * self.bins).astype(np.int64) - 1, 0, self.bins - 1)
        gaps = confidences - outcomes

        def aggregate(weights: NDArray[np.float64]) -> float | None:
            total = float(weights.sum())
            if total == 0.0:
                return None
            return float(np.abs(np.bincount(bins, weights * gaps, minlength=self.bins)).sum()) / total

        return aggregate


def _arrays(
    details: Sequence[Mapping[str, Json]], *, low: float, high: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Outcomes and confidences; a missing confidence becomes the worst: `low` if true, `high` if false."""
    outcomes = np.array([detail["outcome"] is True for detail in details], dtype=np.bool_)
    found = [_probability(detail["confidence"]) for detail in details]
    worst = np.where(outcomes, low, high)
    confidences = np.array(
        [bad if value is None else value for value, bad in zip(found, worst, strict=True)], dtype=np.float64
    )
    return outcomes, confidences


def _probability(value: Json) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _answer_probability(logprobs: Json) -> float | Failed:
    """The probability of the whole answer from `[{"token", "logprob"}, …]`."""
    if isinstance(logprobs, Sequence) and not isinstance(logprobs, str) and logprobs:
        parts = [item.get("logprob") if isinstance(item, Mapping) else None for item in logprobs]
        numbers = [part for part in parts if isinstance(part, int | float) and not isinstance(part, bool)]
        if len(numbers) == len(parts):
            return min(1.0, math.exp(min(0.0, math.fsum(numbers))))
    return Failed(error="no log-probabilities recorded with this output")
