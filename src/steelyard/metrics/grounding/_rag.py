"""The presets for retrieval-augmented systems, beside `faithfulness`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from steelyard.core import Case, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._expectation import expected_texts, nothing_to_compare
from steelyard.metrics.grounding._abstention import answerable
from steelyard.metrics.grounding._check import check_texts, question_texts
from steelyard.metrics.grounding._claims import split_claims
from steelyard.metrics.grounding._document import document
from steelyard.metrics.grounding._evidence import find, wanted
from steelyard.metrics.grounding._grounded import EmbeddingMetric
from steelyard.metrics.grounding._groundedness import retrieved
from steelyard.text import sentences

_MOST_SENTENCES = 200


@dataclass(frozen=True, kw_only=True)
class _ContextMetric(EmbeddingMetric):
    """A metric of the retrieved documents against the expectation's claims."""

    def _asked(self, case: Case, output: Output) -> tuple[list[str], list[str]] | Score:
        """The expected claims and the documents, or why there are none."""
        claims = expected_claims(case)
        if not claims:
            return nothing_to_compare(case)
        found = retrieved(output) or [text for text in case.context if text.strip()]
        return (claims, found) if found else self._miss("nothing was retrieved")


@dataclass(frozen=True, kw_only=True)
class ContextRecall(_ContextMetric):
    """The share of the expected claims that the retrieved documents support.

    What it measures
        The expectation (its first text, or the list under `claims` when it is an object) is split into
        claims; each is looked for in the documents that the output retrieved, or in the case's context
        where it brings none. 1: everything that a right answer needs was retrieved.

    When it misleads
        It does not see whether the answer used what was retrieved. An expectation of one word is found
        easily. What misleads `groundedness` misleads it too.

    Example
        `context_recall`, or all four presets with `--metric rag`.

    Reference
        Es et al. 2024, "RAGAs: Automated Evaluation of Retrieval Augmented Generation", and its context
        recall.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="context_recall", version="1")

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; nothing retrieved holds nothing to measure."""
        asked = self._asked(case, output)
        if not isinstance(asked, tuple):
            return asked
        claims, documents = asked
        verdicts = check_texts(claims, documents, similarity=self._similarity())
        good = sum(row.verdict == "supported" for row in verdicts)
        reason = f"{good} of {len(claims)} expected claims in {len(documents)} documents"
        return Scored(
            value=good / len(claims),
            reason=reason,
            detail={"claims": [row.as_json() for row in verdicts[:50]]},
        )


@dataclass(frozen=True, kw_only=True)
class ContextPrecision(_ContextMetric):
    """Whether the documents that support the expectation were retrieved first.

    What it measures
        A document is useful when it supports at least one expected claim. The value is the mean, over the
        useful documents, of the share of useful ones up to its rank: 1 when all useful documents come
        first, 0 when none is useful.

    When it misleads
        Useful documents that were not retrieved are not missed: read it beside `context_recall`. Two
        documents that support a claim only together count as useless.

    Example
        `context_precision`, or all four presets with `--metric rag`.

    Reference
        Average precision, Manning, Raghavan and Schütze 2008, *Introduction to Information Retrieval*, ch.
        8, on the documents retrieved; RAGAs calls it context precision.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="context_precision", version="1")

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; nothing retrieved holds nothing to measure."""
        asked = self._asked(case, output)
        if not isinstance(asked, tuple):
            return asked
        claims, documents = asked
        similarity = self._similarity()
        useful = [
            any(row.verdict == "supported" for row in check_texts(claims, [text], similarity=similarity))
            for text in documents
        ]
        return Scored(
            value=rank_weighted(useful),
            reason=f"{sum(useful)} of {len(useful)} documents are useful",
            detail={"useful": list(useful[:200])},
        )


@dataclass(frozen=True, kw_only=True)
class AnswerRelevance(EmbeddingMetric):
    """How near the answer is to the question.

    What it measures
        The highest cosine of the question with a sentence of the answer or with the whole, where the extra
        `embeddings` is installed; otherwise the share of the question's content words, weighed by their
        rarity, that the answer takes up. An answer that says that it does not know scores 0, unless the
        case says that there is no answer: then it is skipped.

    When it misleads
        It sees subject, not rightness, and is low for short right answers ("42"). The numbers with and
        without the extra are not comparable; the signature names which one it is. Compare versions, do not
        set a bar.

    Example
        `answer_relevance:embeddings=off` by words alone; all four presets with `--metric rag`.

    Reference
        Es et al. 2024, RAGAs (answer relevance), without its generated questions.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="answer_relevance", version="1", measure="points")

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; an empty answer holds nothing to measure."""
        question = " ".join(question_texts(case.input))[:4_000]
        query = wanted(question)
        if not query.terms:
            return Skipped(reason="the case asks nothing in words")
        text = output.text
        if not text.strip():
            return self._miss("the answer is empty")
        split = split_claims(text)
        if split.abstentions and not split.claims:
            if answerable(case) is False:
                return Skipped(reason="abstains, and there is no answer")
            return Scored(value=0.0, reason="says that it does not know")
        similarity = self._similarity()
        if similarity is not None:
            pieces = [
                text[:4_000],
                *(text[row.start : row.end] for row in sentences(text[:20_000])[:_MOST_SENTENCES]),
            ]
            return Scored(value=min(max(similarity.between(question, piece) for piece in pieces), 1.0))
        held = find(query, document(text.replace("\n", " ")[:20_000]))
        return Scored(value=held.measured[0])


def expected_claims(case: Case) -> list[str]:
    """The claims of a right answer: those listed under `claims`, else those of the first expected text."""
    if isinstance(case.expected, Mapping) and isinstance(listed := case.expected.get("claims"), Sequence):
        return (
            []
            if isinstance(listed, str)
            else [item for item in listed if isinstance(item, str) and item.strip()]
        )
    texts = [text for text in expected_texts(case) if text.strip()]
    if not texts or answerable(case) is False:
        return []
    claims = [claim.text for claim in split_claims(texts[0]).claims]
    return claims or [texts[0]]


def rank_weighted(useful: Sequence[bool]) -> float:
    """Average precision over the ranks given: the mean of precision at each useful rank, 0 without any."""
    good = 0
    total = 0.0
    for rank, is_useful in enumerate(useful, 1):
        if is_useful:
            good += 1
            total += good / rank
    return total / good if good else 0.0
