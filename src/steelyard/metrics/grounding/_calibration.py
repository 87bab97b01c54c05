"""From what was measured of a claim and a document to the probability that the document supports it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_FILE = "calibration.json"
LEXICAL = ("best_sentence", "order")
"""What the lexical tier measures, in the order of its coefficients: each a share from 0 to 1."""
EMBEDDED = (*LEXICAL, "similarity")
"""What the embedding tier adds: the cosine of the claim and the nearest sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A logistic map."""

    intercept: float
    """The log-odds at zero."""
    weights: tuple[float, ...]
    """One for each measurement; none is negative, so that more evidence never lowers the probability."""

    def __call__(self, measured: Sequence[float]) -> float:
        """The probability that the claim is supported, 0 to 1."""
        total = self.intercept
        for weight, value in zip(self.weights, measured, strict=True):
            total += weight * value
        return 1.0 / (1.0 + math.exp(-total))


@cache
def calibration(tier: str) -> Calibration:
    """The shipped map of `lexical` or `embedding`, fitted by `tools/grounding.py`.

    Source: Platt 1999, "Probabilistic outputs for support vector machines", with several measurements.
    """
    row = json.loads(files("steelyard.metrics.grounding").joinpath(_FILE).read_text("utf-8"))[tier]
    return Calibration(intercept=float(row["intercept"]), weights=tuple(map(float, row["weights"])))


def by_words(share: float, order: float) -> float:
    """What the lexical map makes of its two measurements, without the detour over a sequence."""
    intercept, weight, other = _lexical()
    return 1.0 / (1.0 + math.exp(-(intercept + weight * share + other * order)))


@cache
def _lexical() -> tuple[float, float, float]:
    lexical = calibration("lexical")
    weight, other = lexical.weights
    return lexical.intercept, weight, other


@cache
def calibration_date() -> str:
    """Which fit this is, for signatures."""
    return str(json.loads(files("steelyard.metrics.grounding").joinpath(_FILE).read_text("utf-8"))["fit"])
