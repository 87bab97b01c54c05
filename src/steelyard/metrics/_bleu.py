"""BLEU."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

from sacrebleu.metrics.bleu import BLEU

from steelyard.core import MetricSpec
from steelyard.metrics._sacrebleu import SacrebleuMetric


@dataclass(frozen=True, kw_only=True)
class Bleu(SacrebleuMetric):
    """How many word sequences of the answers stand in the reference translations.

    What it measures
        The geometric mean of the precisions of 1- to 4-word sequences, times a penalty for brevity,
        from 0 to 100, over all answers together: counts are summed first. Single answers get a sentence
        BLEU (effective order), whose mean is not the corpus value.

    When it misleads
        It compares systems on one test set, no more: values of different references, languages or
        tokenisers cannot be compared. Under a hundred sentences it is noise. For Chinese set
        `tokenize=zh`, for other scripts without blanks `tokenize=char`.

    Example
        `bleu:tokenize=zh`; the signature in the settings can be quoted in a paper.

    Reference
        Papineni et al. 2002; Post 2018, "A Call for Clarity in Reporting BLEU Scores"; computed by sacrebleu.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="bleu", version="1", range=(0.0, 100.0), measure="points", corpus=True
    )
    longest: ClassVar[int] = 200_000

    tokenize: Literal["13a", "intl", "char", "zh", "none"] = "13a"
    """How text is cut into words, in sacrebleu's names."""
    lowercase: bool = False
    """Fold case."""
    smooth: Literal["exp", "floor", "add-k", "none"] = "exp"
    """What is done about an order without a match."""

    @cached_property
    def _scorer(self) -> Any:
        return BLEU(tokenize=self.tokenize, lowercase=self.lowercase, smooth_method=self.smooth)

    def _sentence(self, statistics: list[float]) -> float:
        return self._compute(statistics, effective_order=True)

    def _corpus(self, sums: list[float]) -> float:
        return self._compute(sums, effective_order=False)

    def _compute(self, sums: list[float], *, effective_order: bool) -> float:
        order = (len(sums) - 2) // 2
        matches, totals = sums[2 : 2 + order], sums[2 + order :]
        if not any(matches):
            return 0.0
        precisions = _precisions(matches, totals, smooth=self.smooth)
        considered = len(precisions) if effective_order else order
        if considered > len(precisions) or min(precisions) <= 0.0:
            return 0.0
        brevity = math.exp(min(0.0, 1.0 - sums[1] / sums[0]))
        return 100.0 * brevity * math.exp(sum(map(math.log, precisions)) / considered)


def _precisions(matches: list[float], totals: list[float], *, smooth: str) -> list[float]:
    """The smoothed precision of each order that the answers reach (Chen and Cherry 2014, methods 1 to 3).

    Written out because sacrebleu's own takes whole counts only, and a weighted corpus has others.
    """
    precisions: list[float] = []
    halvings = 1.0
    for order, (match, total) in enumerate(zip(matches, totals, strict=True)):
        added = 1.0 if smooth == "add-k" and order > 0 else 0.0
        if total + added == 0.0:
            break
        if match + added == 0.0 and smooth == "exp":
            halvings *= 2.0
            precisions.append(1.0 / (halvings * total))
        elif match + added == 0.0 and smooth == "floor":
            precisions.append(0.1 / total)
        else:
            precisions.append((match + added) / (total + added))
    return precisions
