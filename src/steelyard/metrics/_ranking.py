"""Retrieval metrics: recall and precision at k, MRR, nDCG, MAP."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from steelyard.core import MetricSpec
from steelyard.metrics._retrieval import RetrievalMetric


@dataclass(frozen=True, kw_only=True)
class RecallAtK(RetrievalMetric):
    """How many of the relevant documents are among the first k.

    What it measures
        Relevant documents among the first k, as a share of all relevant ones.

    When it misleads
        With more than k relevant documents it cannot reach 1. Order within the first k does not count.

    Example
        `recall_at_k:k=5`.

    Reference
        Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", chapter 8; `recall_k` of
        trec_eval.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="recall_at_k", version="1")

    k: int = 10
    """How many of the first documents are looked at."""

    def _check(self) -> None:
        if self.k < 1:
            raise self._refuse("k must be 1 or more", hint="Leave it out for 10")

    def _value(self, ranked: Sequence[str], gains: Mapping[str, float]) -> float:
        return sum(1 for item in ranked[: self.k] if item in gains) / len(gains)


@dataclass(frozen=True, kw_only=True)
class PrecisionAtK(RetrievalMetric):
    """How many of the first k documents are relevant.

    What it measures
        Relevant documents among the first k, divided by k, even when fewer than k came back.

    When it misleads
        With fewer than k relevant documents it cannot reach 1; `recall_at_k` can.

    Example
        `precision_at_k:k=5`.

    Reference
        Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", chapter 8; `P_k` of
        trec_eval.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="precision_at_k", version="1")

    k: int = 10
    """How many of the first documents are looked at."""

    def _check(self) -> None:
        if self.k < 1:
            raise self._refuse("k must be 1 or more", hint="Leave it out for 10")

    def _value(self, ranked: Sequence[str], gains: Mapping[str, float]) -> float:
        return sum(1 for item in ranked[: self.k] if item in gains) / self.k


@dataclass(frozen=True, kw_only=True)
class Mrr(RetrievalMetric):
    """How early the first relevant document comes.

    What it measures
        1 / rank of the first relevant document, 0 when none came back; its mean over cases is the mean
        reciprocal rank.

    When it misleads
        Only the first relevant document counts, and the step from rank 1 to 2 costs as much as all later
        ranks together.

    Example
        `mrr:k=10` is MRR@10.

    Reference
        Voorhees 1999, "The TREC-8 Question Answering Track Report"; `recip_rank` of trec_eval.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="mrr", version="1")

    k: int | None = None
    """Look at the first k documents only; none: at all."""

    def _check(self) -> None:
        if self.k is not None and self.k < 1:
            raise self._refuse("k must be 1 or more", hint="Leave it out for all")

    def _value(self, ranked: Sequence[str], gains: Mapping[str, float]) -> float:
        for rank, item in enumerate(ranked[: self.k], start=1):
            if item in gains:
                return 1.0 / rank
        return 0.0


@dataclass(frozen=True, kw_only=True)
class Ndcg(RetrievalMetric):
    """How near the ranking is to the best possible one.

    What it measures
        The gains of the first k documents, each divided by log2(rank + 1), as a share of what the best
        order of all relevant documents would bring.

    When it misleads
        Values depend on how gains were given out: compare only runs on the same judgements. Documents that
        nobody judged count as not relevant.

    Example
        `ndcg:k=5` with the expectation `{"doc-3": 3, "doc-8": 1}`.

    Reference
        Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques"; `gain=linear` is
        `ndcg_score` of scikit-learn, `gain=exponential` (2^gain − 1) is Burges et al. 2005.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="ndcg", version="1")

    k: int | None = 10
    """Look at the first k documents only; none: at all."""
    gain: Literal["linear", "exponential"] = "linear"
    """How gains count."""

    def _check(self) -> None:
        if self.k is not None and self.k < 1:
            raise self._refuse("k must be 1 or more, or none", hint="Leave it out for 10")

    def _value(self, ranked: Sequence[str], gains: Mapping[str, float]) -> float:
        found = [gains.get(item, 0.0) for item in ranked]
        best = sorted(gains.values(), reverse=True)
        return min(1.0, self._discounted(found) / self._discounted(best))

    def _discounted(self, gains: Sequence[float]) -> float:
        if self.gain == "exponential":
            gains = [2.0**gain - 1.0 for gain in gains]
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[: self.k], start=1))


@dataclass(frozen=True, kw_only=True)
class AveragePrecision(RetrievalMetric):
    """How early all relevant documents come.

    What it measures
        The precision at the rank of each relevant document that came back, summed and divided by the number
        of relevant documents; its mean over cases is MAP.

    When it misleads
        It assumes that every relevant document is known; unjudged ones count as wrong.

    Example
        `map`; `map:k=100` is `map_cut_100`.

    Reference
        Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", chapter 8; `map` of
        trec_eval.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="map", version="1")

    k: int | None = None
    """Look at the first k documents only; none: at all."""

    def _check(self) -> None:
        if self.k is not None and self.k < 1:
            raise self._refuse("k must be 1 or more", hint="Leave it out for all")

    def _value(self, ranked: Sequence[str], gains: Mapping[str, float]) -> float:
        found = 0
        total = 0.0
        for rank, item in enumerate(ranked[: self.k], start=1):
            if item in gains:
                found += 1
                total += found / rank
        return total / len(gains)
