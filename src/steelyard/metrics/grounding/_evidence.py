"""Where in a document a claim is said, measured by its words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from steelyard.metrics.grounding._calibration import by_words
from steelyard.metrics.grounding._document import Document
from steelyard.metrics.grounding._facts import Fact, facts_of
from steelyard.metrics.grounding._index import nearest
from steelyard.metrics.grounding._terms import clean, read_words, terms_of


class Wanted(NamedTuple):
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


class Found(NamedTuple):
    """What one document holds of a claim."""

    probability: float
    """That the document supports the claim, by the last tier that was asked, 0 to 1."""
    measured: tuple[float, float]
    """Weighted share of the claim's terms in the best sentence; share of its neighbouring terms that are
    neighbours in the document (where it has no two terms, the first again)."""
    held: Mapping[int, float]
    """What sentences hold of the claim, as the index weighs it."""
    source: Document
    """The document."""
    number: int
    """The document's number in the case, from 1."""
    tier: str = "lexical"
    """`lexical` or `embedding`."""
    meant: int | None = None
    """The sentence nearest by meaning, where that was asked."""

    def candidates(self) -> tuple[int, ...]:
        """Sentences that hold nearly as much as the best, the best first, then in their order, and last the
        one nearest by meaning."""
        near = nearest(self.held)
        return near if self.meant is None else (*near, self.meant)


def wanted(claim: str) -> Wanted:
    """What has to be found for a claim."""
    text = clean(claim)
    words, lowered = read_words(text)
    facts = facts_of(text, lowered)
    terms = terms_of(read_words(_without(text, facts))[0] if facts else words)
    return Wanted(text, lowered, frozenset(terms), frozenset(pairwise(terms)), facts)


def _without(text: str, facts: tuple[Fact, ...]) -> str:
    """The text around its facts: 5 km must be found as a length, not as two words."""
    pieces: list[str] = []
    position = 0
    for fact in facts:
        pieces.append(text[position : max(fact.start, position)])
        position = max(fact.start + len(fact.text), position)
    return " ".join([*pieces, text[position:]])


def find(claim: Wanted, source: Document, number: int = 1) -> Found:
    """The sentences of a document that hold a claim's terms, weighted by how rare they are there."""
    terms, pairs = claim.terms, claim.pairs
    share, held = source.index.held(terms)
    if not held:
        return Found(by_words(0.0, 0.0) if terms else 0.0, (0.0, 0.0), held, source, number)
    order = len(pairs & source.pairs) / len(pairs) if pairs else share
    return Found(by_words(share, order), (share, order), held, source, number)
