"""The common part of the metrics that sacrebleu computes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Case, Failed, Json, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare
from steelyard.metrics._protocol import Aggregate


@dataclass(frozen=True, kw_only=True)
class SacrebleuMetric(BaseMetric):
    """A metric of translation whose corpus value is a function of summed sentence statistics.

    `settings.signature` is sacrebleu's own, so that the number can be compared with published ones.
    """

    derived_settings: ClassVar[tuple[str, ...]] = ("signature",)
    longest: ClassVar[int]
    """Characters of the longest answer that is measured, so that one hostile answer cannot hold a run."""

    def score(self, case: Case, output: Output) -> Score:
        """The sentence score, with the sentence's statistics for the corpus score."""
        references = [text for text in expected_texts(case) if text.strip()]
        if not references:
            return nothing_to_compare(case)
        text = output.text.strip()
        if len(text) > self.longest:
            return Failed(error=f"the answer has {len(text)} characters, {self.longest} can be measured")
        statistics = self._statistics(text, references)
        detail: dict[str, Json] = {"statistics": statistics}
        if not text:
            return self._miss("the answer is empty", detail=detail)
        return Scored(value=self._sentence(statistics), detail=detail)

    def prepare(self, details: Sequence[Mapping[str, Json]]) -> Aggregate:
        """Sum the statistics by weight and compute the corpus value from the sums."""
        rows: list[Any] = [detail["statistics"] for detail in details]
        table: NDArray[np.float64] = np.array(rows, dtype=np.float64)

        def aggregate(weights: NDArray[np.float64]) -> float | None:
            if not len(table) or not weights.any():
                return None
            return self._corpus((weights @ table).tolist())

        return aggregate

    def _settings(self) -> Mapping[str, Json]:
        return {**super()._settings(), "signature": self._signature}

    @cached_property
    def _signature(self) -> str:
        # sacrebleu asks for the number of references before it signs; ours may differ from case to case.
        self._scorer.num_refs = -1
        return str(self._scorer.get_signature())

    def _statistics(self, text: str, references: Sequence[str]) -> list[float]:
        # Statistics have no public door in sacrebleu; its own significance tests come in by this one.
        streams = [[reference] for reference in references]
        (row,) = self._scorer._extract_corpus_statistics([text], streams)  # noqa: SLF001
        return [float(number) for number in row]

    @property
    @abstractmethod
    def _scorer(self) -> Any:
        """sacrebleu's metric object."""

    @abstractmethod
    def _sentence(self, statistics: list[float]) -> float:
        """The score of one sentence."""

    @abstractmethod
    def _corpus(self, sums: list[float]) -> float:
        """The score of summed statistics."""
