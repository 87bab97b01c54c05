"""chrF."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from sacrebleu.metrics.chrf import CHRF

from steelyard.core import MetricSpec
from steelyard.metrics._sacrebleu import SacrebleuMetric


@dataclass(frozen=True, kw_only=True)
class Chrf(SacrebleuMetric):
    """How many character sequences answers and reference translations share.

    What it measures
        An F score, recall counting twice as much as precision, over sequences of 1 to 6 characters, from
        0 to 100, over all answers together. It needs no tokeniser and works for every script;
        `word_order=2` makes it chrF++.

    When it misleads
        Like BLEU it compares systems on one test set only, and it rewards surface, not meaning. The mean
        of the sentence values is not the corpus value.

    Example
        `chrf:word_order=2` is chrF++.

    Reference
        Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation"; computed by sacrebleu.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="chrf", version="1", range=(0.0, 100.0), measure="points", corpus=True
    )
    longest: ClassVar[int] = 200_000

    char_order: int = 6
    """Longest character sequence."""
    word_order: int = 0
    """Longest word sequence; 2 for chrF++."""
    beta: int = 2
    """How much more recall counts than precision."""
    lowercase: bool = False
    """Fold case."""

    def _check(self) -> None:
        if not (1 <= self.char_order <= 10 and 0 <= self.word_order <= 10 and 1 <= self.beta <= 10):
            raise self._refuse(
                "char_order and beta must be 1 to 10, word_order 0 to 10", hint="Leave them out for chrF"
            )

    @cached_property
    def _scorer(self) -> Any:
        return CHRF(
            char_order=self.char_order, word_order=self.word_order, beta=self.beta, lowercase=self.lowercase
        )

    def _sentence(self, statistics: list[float]) -> float:
        return self._corpus(statistics)

    def _corpus(self, sums: list[float]) -> float:
        return float(self._scorer._compute_score_from_stats(sums).score)  # noqa: SLF001  no public door
