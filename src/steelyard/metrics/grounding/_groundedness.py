"""Groundedness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from steelyard.core import Case, Json, MetricSpec, Output, Skipped
from steelyard.metrics.grounding._grounded import ClaimMetric
from steelyard.metrics.grounding._judged import CLAIM_TASK, JudgedGroundedness, ModelClaimJudge
from steelyard.metrics.judge import Judge, Task

_TEXT_KEYS = ("text", "content", "page_content", "document", "snippet", "body", "passage")
_LIST_KEYS = (
    "context",
    "contexts",
    "retrieved_context",
    "retrieval_context",
    "retrieved",
    "documents",
    "sources",
)
_MOST_DOCUMENTS = 1_000


@dataclass(frozen=True, kw_only=True)
class Groundedness(ClaimMetric):
    """The share of an answer's claims that the case's context supports.

    What it measures
        The answer is split into claims (sentences, clauses, list items, table rows; no questions,
        greetings, remarks about the answer, code). Each is supported, contradicted or absent, with the
        place in the context that comes nearest. Words are weighed by how rare they are and mapped to a
        probability; numbers, units, money and dates are compared exactly after conversion; a negation or an
        opposite turns the verdict round; a name that neither the context nor the question holds makes a
        claim absent. What words leave open is compared by meaning where the extra `embeddings` is
        installed, and asked of a judge with `judge=NAME`. An answer that only says that the documents hold
        no answer claims nothing and scores 1; where an answer was expected, the reason says that it is a
        miss of completeness.

    When it misleads
        A claim that joins two documents, computes a number, or says the same in quite other words is taken
        for absent by the local tiers; read the verdicts in the score's detail. Two statements that swap
        their names may pass. It asks whether the context says so, not whether it is true. Cases without
        context are skipped.

    Example
        `groundedness:strict=true` counts answers without a single unsupported claim;
        `groundedness:judge=grounded` asks the judge of that name where the local tiers are unsure.

    Reference
        Min et al. 2023, FActScore (atomic facts against a source); Maynez et al. 2020, "On Faithfulness and
        Factuality in Abstractive Summarization" (intrinsic and extrinsic hallucination: contradicted,
        absent). The calibration and its measured accuracy are described in *Find hallucinations*.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="groundedness", version="1")
    derived_settings: ClassVar[tuple[str, ...]] = ("signature", "judges", "judged")

    judge: str = ""
    """A judge of the project that decides the claims on which the local tiers are unsure; empty: none."""

    def judge_task(self) -> Task:
        """One claim against the documents: supported, contradicted or absent."""
        return CLAIM_TASK

    def judged_by(self, judge: Judge) -> JudgedGroundedness:
        """The metric that asks this judge where the local tiers are unsure."""
        return JudgedGroundedness(metric=self, judge=ModelClaimJudge(judge=judge))


@dataclass(frozen=True, kw_only=True)
class Faithfulness(ClaimMetric):
    """The share of an answer's claims that the documents it retrieved support.

    What it measures
        As `groundedness`, but against what the system itself retrieved: the outputs of retriever spans in
        the trace, or the texts under `context`, `retrieved_context`, `retrieval_context`, `retrieved`,
        `documents` or `sources` in the output's detail; the case's context where the output brings none.

    When it misleads
        A system that retrieves the wrong documents and repeats them is faithful: read it beside
        `context_recall`. What misleads `groundedness` misleads it too.

    Example
        `faithfulness:strict=true` counts answers without an unsupported claim; all four presets with
        `--metric rag`.

    Reference
        Es et al. 2024, "RAGAs: Automated Evaluation of Retrieval Augmented Generation" (faithfulness).
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="faithfulness", version="1")

    def documents(self, case: Case, output: Output) -> Sequence[str] | Skipped:
        """What the output retrieved, or the case's context."""
        found = retrieved(output) or [text for text in case.context if text.strip()]
        return found or Skipped(reason="neither the output nor the case has a context")


def retrieved(output: Output) -> list[str]:
    """The documents that came with an output, in their order: from retriever spans, else from its detail."""
    found = [text for span in output.trace if span.kind == "retriever" for text in _texts(span.output)]
    if not found:
        found = next((texts for key in _LIST_KEYS if (texts := _texts(output.detail.get(key)))), [])
    return found[:_MOST_DOCUMENTS]


def _texts(value: Json, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if depth > 3:
        return []
    if isinstance(value, Mapping):
        for key in (*_TEXT_KEYS, *_LIST_KEYS):
            if key in value:
                return _texts(value[key], depth + 1)
        return []
    if isinstance(value, Sequence):
        return [text for item in value[:_MOST_DOCUMENTS] for text in _texts(item, depth + 1)]
    return []
