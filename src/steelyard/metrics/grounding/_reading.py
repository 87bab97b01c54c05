"""How each document reads on a claim, and which of them most favourably."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from steelyard.core import BugError
from steelyard.metrics.grounding._calibration import calibration
from steelyard.metrics.grounding._document import Document
from steelyard.metrics.grounding._evidence import Found, Wanted, find
from steelyard.metrics.grounding._facts import Fact
from steelyard.metrics.grounding._polarity import negations, opposed, turns
from steelyard.metrics.grounding._similarity import Similarity

Status = Literal["said", "denied", "unsaid"]

UNCERTAIN = (0.15, 0.85)
"""Between these probabilities the next tier is asked."""
_ALIGNED = 0.5
_NEARLY = 0.15
_PLAIN = ("number", "date")
_MOST_SENTENCES = 2_000
_NOTHING, _UNSAID, _DENIED, _SAID = range(4)


class Reading(NamedTuple):
    """How one document reads on a claim."""

    rank: int
    """How favourably: nothing found, unsaid, denied, said. A place that denies is nearer than one that is
    silent."""
    probability: float
    """That it supports the claim."""
    status: Status
    """What the place says about the claim, exactly."""
    aligned: bool
    """Whether the place is about what the claim is about."""
    why: str
    """The rule that decided."""
    sentence: int
    """The sentence that says it; -1 where none is near."""
    place: Found
    """The document."""


def found_places(
    queries: Sequence[Wanted], sources: Sequence[Document], similarity: Similarity | None
) -> list[list[Found]]:
    """For each claim what each document holds of it, with the probability by the last tier that was asked."""
    places = [[find(query, source, number) for number, source in enumerate(sources, 1)] for query in queries]
    if similarity is not None:
        _ask_meaning(queries, places, similarity)
    return places


def _ask_meaning(queries: Sequence[Wanted], places: Sequence[list[Found]], similarity: Similarity) -> None:
    """Put the embedding tier's probability where the words leave it open."""
    embedding = calibration("embedding")
    low, high = UNCERTAIN
    asked = [
        number for number, row in enumerate(places) if any(low < place.probability < high for place in row)
    ]
    vectors = similarity.vectors([queries[number].text for number in asked])
    for number, vector in zip(asked, vectors, strict=True):
        row = places[number]
        for at, place in enumerate(row):
            if low < place.probability < high:
                cosine, meant = similarity.nearest(vector, place.source)
                probability = embedding((*place.measured, cosine))
                row[at] = place._replace(probability=probability, tier="embedding", meant=meant)


def best_reading(query: Wanted, places: Sequence[Found]) -> Reading:
    """The most favourable reading among the documents, of equals the first document's.

    Each document is read by itself, so that another one can only help. The most probable is read first, and
    one that cannot be more favourable any more is not.
    """
    if not places:
        raise BugError("a claim was verified without a source")
    if not query.terms:
        return max([_read_facts(query, place) for place in places], key=_favour)
    turned = turns(query.lowered)
    first, *others = sorted(places, key=_improbability)
    best = _read(query, first, turned=turned)
    for place in others:
        may_align = place.probability >= (_NEARLY if turned else _ALIGNED)
        if _favour(best) >= (_SAID if may_align else _UNSAID, place.probability):
            break
        reading = _read(query, place, turned=turned)
        if _favour(reading) > _favour(best):
            best = reading
    return best


def _favour(reading: Reading) -> tuple[int, float]:
    return reading[:2]


def _improbability(place: Found) -> float:
    return -place.probability


def _read(query: Wanted, place: Found, *, turned: bool) -> Reading:
    source, probability = place.source, place.probability
    candidates = place.candidates()
    if not candidates:
        return Reading(_NOTHING, probability, "unsaid", False, "", -1, place)  # noqa: FBT003  positional for speed
    aligned = probability >= _ALIGNED
    if not aligned and turned and probability >= _NEARLY:
        aligned = bool(_opposed(query, source, candidates[0]))
    if not aligned:
        return Reading(_UNSAID, probability, "said", False, "", candidates[0], place)  # noqa: FBT003
    return _compared(query, place, candidates, probability=probability)


def _read_facts(query: Wanted, place: Found) -> Reading:
    """A claim of numbers only is supported where a sentence says them all."""
    source, facts = place.source, query.facts
    for sentence in range(min(len(source.sentences), _MOST_SENTENCES) if facts else 0):
        said_there = source.facts(sentence)
        if all(any(said.says(fact) for said in said_there) for fact in facts):
            return _compared(query, place, (sentence,), probability=1.0)
    return Reading(_NOTHING, 0.0, "unsaid", False, "", -1, place)  # noqa: FBT003  positional for speed


def _compared(query: Wanted, place: Found, candidates: Sequence[int], *, probability: float) -> Reading:
    """The first sentence that says the claim, or else why the first one does not."""
    negated = negations(query.text, query.lowered) % 2
    first: tuple[Status, str] | None = None
    for sentence in candidates:
        status, why = _status(query, place.source, sentence, negated=negated)
        if status == "said":
            return Reading(_SAID, probability, "said", True, "", sentence, place)  # noqa: FBT003
        first = first or (status, why)
    status, why = first or ("unsaid", "")
    rank = _DENIED if status == "denied" else _UNSAID
    return Reading(rank, probability, status, True, why, candidates[0], place)  # noqa: FBT003


def _status(query: Wanted, source: Document, sentence: int, *, negated: int) -> tuple[Status, str]:
    """What an aligned sentence says about the claim, exactly; `negated` is 1 where the claim is, else 0."""
    if query.facts:
        status, why = _facts_status(query, source, sentence)
        if status != "said":
            return status, why
    if source.negations(sentence) % 2 != negated:
        theirs = source.clause(sentence, query.terms).negations
        if theirs % 2 != negated:
            mine = negations(query.text, query.lowered)
            return "denied", "negated in the claim" if mine > theirs else "negated in the document"
    pair = _opposed(query, source, sentence)
    return ("denied", f"opposite: {pair}") if pair else ("said", "")


def _opposed(query: Wanted, source: Document, sentence: int) -> str:
    return opposed(query.text, query.lowered, (source.cleaned(sentence), source.sides(sentence)))


def _facts_status(query: Wanted, source: Document, sentence: int) -> tuple[Status, str]:
    """Whether the sentence, or those around it, says each number and date of the claim."""
    here = source.facts(sentence)
    clause: tuple[Fact, ...] | None = None
    for fact in query.facts:
        same = [said for said in here if said.comparable(fact)]
        if any(said.says(fact) for said in here):
            if len(same) > 1:
                if clause is None:
                    clause = source.clause(sentence, query.terms).facts
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
