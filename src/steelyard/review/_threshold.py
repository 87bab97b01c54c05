"""The score from which a graded judge says yes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.core import StatisticsError
from steelyard.review._labelled import Labelled

_PART = 3
_FEWEST = 6


def fit_threshold(found: Labelled, *, given: float | None, seed: int) -> tuple[float | None, list[int]]:
    """(threshold or None, positions of the labels it was fitted on).

    None where the judge says yes or no itself, or where experts grade too. A threshold that is given uses up
    no label. Otherwise a seeded third of the labels chooses the cut with the highest balanced accuracy, and
    must not be used for anything else. Raises StatisticsError with too few labels, or of one kind only.
    """
    labels = np.array([found.experts.labels[found.keys[row]] for row in found.rows], np.float64)
    judge_binary = bool(np.all((found.scores == 0.0) | (found.scores == 1.0)))
    if given is not None:
        if not math.isfinite(given):
            raise StatisticsError("a threshold must be a finite number", where="--threshold")
        return given, []
    if judge_binary or not bool(np.all((labels == 0.0) | (labels == 1.0))):
        return None, []
    count = labels.size // _PART
    order = np.random.default_rng(seed).permutation(labels.size)
    chosen = np.sort(order[:count])
    part = labels[chosen]
    if count < _FEWEST or part.min() == part.max():
        raise StatisticsError(
            f"{count} labels for fitting a threshold are too few, or all alike",
            where=found.spec.key,
            hint="Rate more outputs, or say from which score the judge means yes: --threshold T",
        )
    rows = [found.rows[place] for place in chosen.tolist()]
    return _best_cut(found.scores[rows], part), rows


def _best_cut(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """The middle between two scores that gives the highest sensitivity + specificity; lowest of equals."""
    values = np.unique(scores)
    if values.size == 1:
        return float(values[0])
    cuts: Sequence[float] = ((values[1:] + values[:-1]) / 2.0).tolist()
    yes, no = labels == 1.0, labels == 0.0
    gains = [float((scores[yes] >= cut).mean() + (scores[no] < cut).mean()) for cut in cuts]
    return cuts[int(np.argmax(gains))]
