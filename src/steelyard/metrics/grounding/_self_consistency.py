"""Agreement of answers to one case: hallucination without a context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._protocol import Aggregate
from steelyard.metrics.grounding._check import check_texts
from steelyard.metrics.grounding._claims import split_claims
from steelyard.metrics.grounding._grounded import EmbeddingMetric
from steelyard.metrics.grounding._similarity import Similarity

_MOST_CLAIMS = 60
_MOST_CHARACTERS = 400


def agreement(
    answers: Sequence[Sequence[str]], *, similarity: Similarity | None = None
) -> list[float | None]:
    """For each answer, given as its claims: the mean share of them that another answer supports.

    The mean goes over the other answers. None for an answer without claims, and where there is no other
    answer with claims. Independent of the order of the answers.

    Source: Manakul, Liusie and Gales 2023, "SelfCheckGPT": what a model knows it says again.
    """
    texts = ["\n".join(claims) for claims in answers]
    found: list[float | None] = []
    for number, claims in enumerate(answers):
        others = [text for other, text in enumerate(texts) if other != number and text]
        if not claims or not others:
            found.append(None)
            continue
        shares = [
            sum(row.verdict == "supported" for row in check_texts(claims, [text], similarity=similarity))
            / len(claims)
            for text in others
        ]
        found.append(sum(sorted(shares)) / len(shares))
    return found


@dataclass(frozen=True, kw_only=True)
class SelfConsistency(EmbeddingMetric):
    """How far the answers to a case in several epochs say the same: groundedness where there is no context.

    What it measures
        Each answer's claims are looked for in the answers of the other epochs of the same case, as
        `groundedness` looks for them in documents; the share that an average other answer supports, over
        all answers. What a model knows it says again, what it makes up differs. Needs two epochs or more at
        a temperature above 0. A single sample has no agreement: its own value is 1, and only the headline
        is read.

    When it misleads
        A model that is wrong the same way every time agrees with itself. Different wordings of one fact may
        count as disagreement. At temperature 0, or from a cache, it is 1 and means nothing.

    Example
        `self_consistency` with `--epochs 5`

    Reference
        Manakul, Liusie and Gales 2023, "SelfCheckGPT: Zero-Resource Black-Box Hallucination Detection".
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="self_consistency", version="1", corpus=True)

    def score(self, case: Case, output: Output) -> Score:
        """1.0 with the claims in the detail; an empty answer holds nothing to measure."""
        if not output.text.strip():
            return replace(self._miss("the answer is empty"), detail={"case": case.id, "claims": []})
        claims = [claim.text[:_MOST_CHARACTERS] for claim in split_claims(output.text).claims[:_MOST_CLAIMS]]
        if not claims:
            return Skipped(reason="the answer states nothing that could be compared")
        detail: dict[str, Json] = {"case": case.id, "claims": list(claims)}
        return Scored(value=1.0, reason="agreement is known from all epochs together", detail=detail)

    def prepare(self, details: Sequence[Mapping[str, Json]]) -> Aggregate:
        """Compare the epochs of each case once; the value is the weighted mean over answers."""
        values = self._values(details)
        known = ~np.isnan(values)

        def headline(weights: NDArray[np.float64]) -> float | None:
            total = float(weights[known].sum())
            return float((weights[known] * values[known]).sum() / total) if total > 0 else None

        return headline

    def _values(self, details: Sequence[Mapping[str, Json]]) -> NDArray[np.float64]:
        rows: dict[str, list[int]] = {}
        for number, detail in enumerate(details):
            rows.setdefault(str(detail.get("case")), []).append(number)
        values = np.full(len(details), np.nan)
        similarity = self._similarity()
        for numbers in rows.values():
            answers = [_claims(details[number]) for number in numbers]
            for number, value in zip(numbers, agreement(answers, similarity=similarity), strict=True):
                if value is not None:
                    values[number] = value
                elif not _claims(details[number]):
                    values[number] = 0.0
        return values


def _claims(detail: Mapping[str, Json]) -> list[str]:
    listed = detail.get("claims")
    return [str(item) for item in listed] if isinstance(listed, list | tuple) else []
