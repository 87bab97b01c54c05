"""The common part of the metrics that check claims against documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from steelyard.core import Case, Json, MissingExtraError, Output, Score, Scored, Skipped
from steelyard.metrics._base import BaseMetric
from steelyard.metrics.grounding._abstention import answerable
from steelyard.metrics.grounding._check import Checked, check, question_texts, shared_similarity, tiers
from steelyard.metrics.grounding._similarity import Similarity
from steelyard.text import embeddings_installed

Embeddings = Literal["auto", "on", "off"]


@dataclass(frozen=True, kw_only=True)
class EmbeddingMetric(BaseMetric):
    """A metric with a lexical tier and, where it is installed, an embedding tier."""

    derived_settings: ClassVar[tuple[str, ...]] = ("signature",)

    embeddings: Embeddings = "auto"
    """Whether claims that words leave open are compared by meaning: `auto` where the extra `embeddings` is
    installed, `on` (refused without it), `off`."""

    def _check(self) -> None:
        if self.embeddings == "on" and not embeddings_installed():
            raise MissingExtraError(
                "embeddings are not installed",
                where=f"metric {self.traits.name}",
                hint="pip install 'steelyard[embeddings]', or write embeddings=off",
            )

    def _settings(self) -> Mapping[str, Json]:
        return {**super()._settings(), "signature": tiers(embeddings=self.embeddings != "off")}

    def _similarity(self) -> Similarity | None:
        return None if self.embeddings == "off" else shared_similarity()


@dataclass(frozen=True, kw_only=True)
class ClaimMetric(EmbeddingMetric):
    """Share of an answer's claims that documents support; abstentions are credited."""

    strict: bool = False
    """One unsupported claim makes the score 0: the headline is the share of answers without any."""

    def check_answer(self, case: Case, output: Output) -> Checked | Score:
        """The verdicts of the local tiers; a score where there is nothing to check."""
        text = output.text
        if not text.strip():
            return self._miss("the answer is empty")
        documents = self.documents(case, output)
        if isinstance(documents, Skipped):
            return documents
        checked = check(text, documents, known=question_texts(case.input), similarity=self._similarity())
        if checked.verdicts:
            return checked
        if checked.claims.abstentions:
            return _abstained(case, checked)
        return Skipped(reason="the answer states nothing that could be checked")

    def documents(self, case: Case, output: Output) -> Sequence[str] | Skipped:  # noqa: ARG002  others read the output
        """What the answer must rest on."""
        kept = [text for text in case.context if text.strip()]
        if kept:
            return kept
        return Skipped(reason="the case has no context; `self_consistency` compares epochs instead")

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; an empty answer holds nothing to measure."""
        checked = self.check_answer(case, output)
        return self.conclude(checked) if isinstance(checked, Checked) else checked

    def conclude(self, checked: Checked) -> Scored:
        """The score of an answer whose claims have their verdicts."""
        share = checked.share
        value = float(share == 1.0) if self.strict else share
        detail = checked.detail()
        if checked.claims.abstentions:
            detail["abstained_partly"] = True
        return Scored(value=value, reason=checked.reason(), detail=detail)


def _abstained(case: Case, checked: Checked) -> Scored:
    known = answerable(case)
    words = {
        True: "abstains although an answer was expected: a miss of completeness, no hallucination",
        False: "abstains, rightly: the context holds no answer",
        None: "abstains: nothing is claimed",
    }
    detail: dict[str, Json] = {**checked.detail(), "abstained": True, "answerable": known}
    return Scored(value=1.0, reason=words[known], detail=detail)
