"""Accuracy, balanced accuracy and Matthews' correlation over labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from steelyard.core import MetricSpec
from steelyard.metrics._classification import ConfusionMetric, Counts, LabelMetric, corpus_spec


@dataclass(frozen=True, kw_only=True)
class Accuracy(LabelMetric):
    """How often the label is right.

    What it measures
        The share of samples whose predicted label is the expected one. An answer without a label is wrong.

    When it misleads
        With nine of ten cases in one class, always answering that class has accuracy .9: read it beside
        `balanced_accuracy` or `mcc`.

    Example
        `accuracy:labels=positive+negative+neutral`.

    Reference
        `accuracy_score` of scikit-learn.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="accuracy", version="1", scale="binary")


@dataclass(frozen=True, kw_only=True)
class BalancedAccuracy(ConfusionMetric):
    """How often the label is right, every label counting the same.

    What it measures
        The mean over the expected labels of the share of their samples that got it right.

    When it misleads
        A label with three cases weighs as much as one with three hundred, and brings its noise along.

    Example
        `balanced_accuracy`; always answering one of two labels scores .5.

    Reference
        Brodersen et al. 2010, "The balanced accuracy and its posterior distribution";
        `balanced_accuracy_score` of scikit-learn.
    """

    traits: ClassVar[MetricSpec] = corpus_spec("balanced_accuracy")

    def _value(self, counts: Counts, positive: int | None) -> float | None:  # noqa: ARG002  labels count alike
        seen = counts.expected > 0
        return float(np.mean(counts.right[seen] / counts.expected[seen]))


@dataclass(frozen=True, kw_only=True)
class Mcc(ConfusionMetric):
    """How strongly predicted and expected labels go together.

    What it measures
        Matthews' correlation coefficient, for two labels or more: 1 for perfect agreement, 0 for what
        chance would give, negative for worse. Answers without a label count as a label of their own.

    When it misleads
        Undefined when only one label is expected or only one is predicted. Its size depends on how frequent
        the labels are: compare versions on the same cases.

    Example
        `mcc` for spam detection with 2 % of spam.

    Reference
        Matthews 1975; Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation
        coefficient"; `matthews_corrcoef` of scikit-learn, which gives 0 where it is undefined.
    """

    traits: ClassVar[MetricSpec] = corpus_spec("mcc", low=-1.0)

    def _value(self, counts: Counts, positive: int | None) -> float | None:  # noqa: ARG002  labels count alike
        total = counts.total
        unlabelled = max(0.0, total - float(counts.predicted.sum()))
        together = float(counts.right.sum()) * total - float(counts.expected @ counts.predicted)
        spread_found = total**2 - float(counts.predicted @ counts.predicted) - unlabelled**2
        spread_true = total**2 - float(counts.expected @ counts.expected)
        if min(spread_found, spread_true) <= 1e-12 * total**2:
            return None
        return max(-1.0, min(1.0, together / math.sqrt(spread_found * spread_true)))
