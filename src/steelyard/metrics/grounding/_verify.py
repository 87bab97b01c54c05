"""A claim against documents: supported, contradicted or absent, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, NamedTuple

from steelyard.core import BugError, Json
from steelyard.metrics.grounding._calibration import calibration
from steelyard.metrics.grounding._claims import Claim
from steelyard.metrics.grounding._document import Document, comparable
from steelyard.metrics.grounding._entities import unknown_name
from steelyard.metrics.grounding._evidence import NOTHING, Found, Wanted, find, wanted
from steelyard.metrics.grounding._facts import Fact, facts_of
from steelyard.metrics.grounding._polarity import negations, opposed, turns
from steelyard.metrics.grounding._similarity import Similarity

Verdict = Literal["supported", "contradicted", "absent"]
Status = Literal["said", "denied", "unsaid"]

UNCERTAIN = (0.15, 0.85)
"""Between these probabilities the next tier is asked."""
_ALIGNED = 0.5
_NEARLY = 0.15
_PLAIN = ("number", "date")
_EVIDENCE_LENGTH = 300
_WHY_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Evidence:
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


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
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
    strict = any(source.capitalises_nouns for source in sources)
    verdicts: list[ClaimVerdict] = []
    for claim in claims:
        query = wanted(claim.text)
        best, tier = _judged(query, sources, similarity)
        evidence = _evidence(best.number, best.source, best.sentence)
        name = unknown_name(query.text, sources, known=known, strict=strict)
        verdict, why = _verdict(best, name)
        verdicts.append(ClaimVerdict(claim, verdict, best.probability, why, evidence, tier))
    return verdicts


def _verdict(best: _Reading, unknown: str) -> tuple[Verdict, str]:
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


class _Reading(NamedTuple):
    """How one document reads on a claim."""

    rank: int
    status: Status
    aligned: bool
    probability: float
    why: str
    number: int
    sentence: int
    source: Document

    def order(self) -> tuple[int, float]:
        return (self.rank, self.probability)


def _judged(
    query: Wanted,
    sources: Sequence[Document],
    similarity: Similarity | None,
) -> tuple[_Reading, str]:
    """The most favourable reading among the documents, and the tier that gave it.

    Each document is read by itself, so that another one can only help.
    """
    lexical = calibration("lexical")
    best: _Reading | None = None
    tier = "lexical"
    for number, source in enumerate(sources, 1):
        held = find(query, source)
        if held is NOTHING and best is not None and query.terms:
            continue
        probability = lexical(held.measured) if query.terms else 0.0
        if best is not None and query.terms and probability < _NEARLY and best.order() >= (1, probability):
            continue
        by = "lexical"
        if similarity is not None and UNCERTAIN[0] < probability < UNCERTAIN[1]:
            cosine, nearest = similarity.nearest(query.text, source)
            probability, by = calibration("embedding")((*held.measured, cosine)), "embedding"
            held = replace(held, candidates=(*held.candidates, nearest))
        reading = _read(query, (held, source), probability=probability, number=number)
        if best is None or reading.order() > best.order():
            best, tier = reading, by
    if best is None:
        raise BugError("a claim was verified without a source")
    return best, tier


def _read(query: Wanted, place: tuple[Found, Document], *, probability: float, number: int) -> _Reading:
    held, source = place
    if not query.terms:
        probability, held = _facts_alone(query.facts, source)
    aligned = probability >= _ALIGNED
    if not held.candidates:
        return _Reading(0, "unsaid", False, probability, "", number, -1, source)  # noqa: FBT003  positional for speed
    if not aligned and probability >= _NEARLY and turns(query.lowered):
        aligned = bool(opposed(query.text, query.lowered, source.cleaned(held.candidates[0])))
    worst: tuple[Status, str, int] | None = None
    if aligned:
        for sentence in held.candidates:
            status, why = _status(query, source, sentence)
            if status == "said":
                return _Reading(3, "said", True, probability, "", number, sentence, source)  # noqa: FBT003
            if worst is None:
                worst = (status, why, sentence)
    if worst is None:
        return _Reading(1, "said", False, probability, "", number, held.candidates[0], source)  # noqa: FBT003
    status, why, sentence = worst
    return _Reading(
        2 if status == "denied" else 1, status, aligned, probability, why, number, sentence, source
    )


def _facts_alone(facts: tuple[Fact, ...], source: Document) -> tuple[float, Found]:
    """A claim of numbers only is supported where a sentence says them all."""
    for sentence in range(min(len(source.sentences), 2_000) if facts else 0):
        if all(any(said.says(fact) for said in source.facts(sentence)) for fact in facts):
            return 1.0, Found((1.0, 1.0), (sentence,))
    return 0.0, NOTHING


def _status(query: Wanted, source: Document, sentence: int) -> tuple[Status, str]:
    """What an aligned sentence says about the claim, exactly."""
    if query.facts:
        status, why = _facts_status(query, source, sentence)
        if status != "said":
            return status, why
    mine, theirs = negations(query.text, query.lowered), source.negations(sentence)
    if mine % 2 != theirs % 2:
        clause = source.clause(sentence, query.terms)
        theirs = negations(clause, clause.lower().split())
        if mine % 2 != theirs % 2:
            return "denied", "negated in the claim" if mine > theirs else "negated in the document"
    pair = opposed(query.text, query.lowered, source.cleaned(sentence))
    return ("denied", f"opposite: {pair}") if pair else ("said", "")


def _facts_status(query: Wanted, source: Document, sentence: int) -> tuple[Status, str]:
    """Whether the sentence, or those around it, says each number and date of the claim."""
    here = source.facts(sentence)
    clause: tuple[Fact, ...] | None = None
    for fact in query.facts:
        same = [said for said in here if said.comparable(fact)]
        if any(said.says(fact) for said in here):
            if len(same) > 1:
                if clause is None:
                    clause = _clause_facts(query, source, sentence)
                rivals = [said for said in clause if said.comparable(fact)]
                if rivals and not any(said.says(fact) for said in clause):
                    return "denied", f"{fact.text} against {rivals[0].text}"
            continue
        if same:
            return "denied", f"{fact.text} against {same[0].text}"
        near = source.near_facts(sentence)
        if any(said.says(fact) for said in near):
            continue
        rival = next((said for said in near if fact.kind not in _PLAIN and said.comparable(fact)), None)
        if rival is not None:
            return "denied", f"{fact.text} against {rival.text}"
        return "unsaid", f"{fact.text} is not in the document"
    return "said", ""


def _clause_facts(query: Wanted, source: Document, sentence: int) -> tuple[Fact, ...]:
    text = source.clause(sentence, query.terms)
    return facts_of(text, text.lower().split())
