"""A claim against documents: supported, contradicted or absent, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal, NamedTuple

from steelyard.core import Json
from steelyard.metrics.grounding._calibration import calibration
from steelyard.metrics.grounding._claims import Claim
from steelyard.metrics.grounding._document import Document, comparable
from steelyard.metrics.grounding._entities import Names
from steelyard.metrics.grounding._evidence import wanted
from steelyard.metrics.grounding._reading import UNCERTAIN, Reading, best_reading, found_places
from steelyard.metrics.grounding._similarity import Similarity

Verdict = Literal["supported", "contradicted", "absent"]

_EVIDENCE_LENGTH = 300
_WHY_LENGTH = 120


class Evidence(NamedTuple):
    """A place in a document."""

    document: int
    """The document's number in the case, from 1."""
    start: int
    """In characters of the document."""
    end: int
    """Exclusive."""
    text: str
    """What stands there, shortened."""

    def as_json(self) -> dict[str, Json]:
        """For the score's detail."""
        return {"document": self.document, "start": self.start, "end": self.end, "text": self.text}


class ClaimVerdict(NamedTuple):
    """What became of one claim."""

    claim: Claim
    """The claim and its place in the answer."""
    verdict: Verdict
    """What the documents say about it."""
    probability: float
    """That they support it, by the last tier that was asked, 0 to 1; exact rules override it."""
    why: str
    """The rule that decided, for people; empty when the probability did."""
    evidence: Evidence | None
    """The place that is nearest to the claim; None when nothing is near."""
    tier: str
    """`lexical`, `embedding` or `judge`: who had the last word."""

    @property
    def uncertain(self) -> bool:
        """Whether another tier should be asked: no exact rule decided and the probability is not clear."""
        return not self.why and UNCERTAIN[0] < self.probability < UNCERTAIN[1]

    def as_json(self) -> dict[str, Json]:
        """For the score's detail."""
        row: dict[str, Json] = {
            "start": self.claim.start,
            "end": self.claim.end,
            "text": self.claim.text[:_EVIDENCE_LENGTH],
            "verdict": self.verdict,
            "probability": round(self.probability, 4),
            "tier": self.tier,
        }
        if self.why:
            row["why"] = self.why
        if self.evidence is not None:
            row["evidence"] = self.evidence.as_json()
        return row


def verify(
    claims: Sequence[Claim],
    sources: Sequence[Document],
    *,
    known: Sequence[str] = (),
    similarity: Similarity | None = None,
) -> list[ClaimVerdict]:
    """The verdict on each claim; at least one source is needed.

    Supported when one document holds its words (with the calibrated probability of a half or more), says
    its numbers and dates exactly, and does not turn it round. Contradicted when no document supports it and
    the nearest one gives another number of the same kind, negates it, or says the opposite. Absent
    otherwise, and when the claim holds a name that neither a document nor a text of `known` (the question)
    holds.
    """
    verdicts = [_word_for_word(claim, sources) for claim in claims]
    open_claims = [claim for claim, verdict in zip(claims, verdicts, strict=True) if verdict is None]
    rest = iter(_searched(open_claims, sources, known=known, similarity=similarity))
    return [next(rest) if verdict is None else verdict for verdict in verdicts]


def _word_for_word(claim: Claim, sources: Sequence[Document]) -> ClaimVerdict | None:
    """A claim that is a sentence of a document needs no search."""
    text = comparable(claim.text)
    for number, source in enumerate(sources, 1):
        sentence = source.whole.get(text)
        if sentence is not None:
            certain = _certain()
            evidence = _evidence(number, source, sentence)
            return ClaimVerdict(claim, "supported", certain, "", evidence, "lexical")
    return None


@cache
def _certain() -> float:
    return calibration("lexical")((1.0, 1.0))


def _searched(
    claims: Sequence[Claim],
    sources: Sequence[Document],
    *,
    known: Sequence[str],
    similarity: Similarity | None,
) -> list[ClaimVerdict]:
    names = Names(sources, known=known)
    queries = [wanted(claim.text) for claim in claims]
    verdicts: list[ClaimVerdict] = []
    for claim, query, places in zip(claims, queries, found_places(queries, sources, similarity), strict=True):
        best = best_reading(query, places)
        verdict, why = _verdict(best, names.unknown(query.text))
        evidence = _evidence(best.place.number, best.place.source, best.sentence)
        verdicts.append(ClaimVerdict(claim, verdict, best.probability, why, evidence, best.place.tier))
    return verdicts


def _verdict(best: Reading, unknown: str) -> tuple[Verdict, str]:
    if best.status == "denied" and best.aligned:
        return "contradicted", best.why[:_WHY_LENGTH]
    if unknown:
        return "absent", f"no document names {unknown}"[:_WHY_LENGTH]
    if best.status == "said" and best.aligned:
        return "supported", ""
    return "absent", best.why[:_WHY_LENGTH] if best.aligned else ""


def _evidence(number: int, source: Document, sentence: int) -> Evidence | None:
    if sentence < 0:
        return None
    place = source.sentences[sentence]
    end = min(place.end, place.start + _EVIDENCE_LENGTH)
    return Evidence(number, place.start, place.end, source.text[place.start : end])
