"""Where in a document a claim is said, measured by its words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from steelyard.metrics.grounding._document import Document
from steelyard.metrics.grounding._facts import Fact, facts_of
from steelyard.metrics.grounding._terms import clean, read_words, terms_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a claim's cleaned text and terms."""

    text: str
    """The claim, cleaned."""
    lowered: list[str]
    """Its words in lower case."""
    terms: frozenset[str]
    """Its content terms."""
    pairs: frozenset[tuple[str, str]]
    """Neighbouring terms."""
    facts: tuple[Fact, ...]
    """What it states exactly; the words of facts are no terms."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one document holds of a claim."""

    measured: tuple[float, float]
    """Weighted share of the claim's terms in the best sentence; share of its neighbouring terms that are
    neighbours in the document (where it has no two terms, the first again)."""
    candidates: tuple[int, ...]
    """Sentences that hold nearly as much as the best, the best first, then in their order."""


NOTHING = Found((0.0, 0.0), ())


def wanted(claim: str) -> Wanted:
    """What has to be found for a claim."""
    text = clean(claim)
    words, lowered = read_words(text)
    facts = facts_of(text, lowered)
    terms = terms_of(read_words(_without(text, facts))[0] if facts else words)
    pairs = frozenset(pairwise(terms))
    return Wanted(text, lowered, frozenset(terms), pairs, facts)


def _without(text: str, facts: tuple[Fact, ...]) -> str:
    """The text around its facts: 5 km must be found as a length, not as two words."""
    pieces: list[str] = []
    position = 0
    for fact in facts:
        pieces.append(text[position : max(fact.start, position)])
        position = max(fact.start + len(fact.text), position)
    return " ".join([*pieces, text[position:]])


def find(claim: Wanted, source: Document) -> Found:
    """The sentences of a document that hold a claim's terms, weighted by how rare they are there."""
    if not claim.terms or source.index is None:
        return NOTHING
    share, places = source.index.best(claim.terms)
    if not places:
        return NOTHING
    pairs = len(claim.pairs & source.pairs) / len(claim.pairs) if claim.pairs else share
    return Found((share, pairs), places)
