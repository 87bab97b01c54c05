"""Translation edit rate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from sacrebleu.metrics.ter import TER

from steelyard.core import MetricSpec
from steelyard.metrics._sacrebleu import SacrebleuMetric


@dataclass(frozen=True, kw_only=True)
class Ter(SacrebleuMetric):
    """How many edits turn the answers into the reference translations.

    What it measures
        Insertions, deletions, substitutions and moves of word groups, for every 100 words of reference,
        over all answers together. Lower is better; long wrong answers pass 100. An empty answer counts
        as 100.

    When it misleads
        Two good translations can differ in half of their words. The mean of the sentence values is not the
        corpus value. It is slow on long texts: answers above 20,000 characters are not measured.

    Example
        `ter:case_sensitive=true`; for Chinese and Japanese `ter:normalized=true,asian=true`.

    Reference
        Snover et al. 2006, "A Study of Translation Edit Rate with Targeted Human Annotation"; computed by
        sacrebleu.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="ter",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="points",
        corpus=True,
        failure=100.0,
    )
    longest: ClassVar[int] = 20_000

    normalized: bool = False
    """Cut punctuation off words and unify marks first."""
    punctuation: bool = True
    """Keep punctuation."""
    asian: bool = False
    """Treat every Chinese and Japanese character as a word; needs `normalized`."""
    case_sensitive: bool = False
    """Keep case."""

    @cached_property
    def _scorer(self) -> Any:
        return TER(
            normalized=self.normalized,
            no_punct=not self.punctuation,
            asian_support=self.asian,
            case_sensitive=self.case_sensitive,
        )

    def _sentence(self, statistics: list[float]) -> float:
        return self._corpus(statistics)

    def _corpus(self, sums: list[float]) -> float:
        return float(self._scorer._compute_score_from_stats(sums).score)  # noqa: SLF001  no public door
