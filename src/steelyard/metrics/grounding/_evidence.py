"""Where in a document claims are said, measured by their words: all claims of an answer at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from steelyard.metrics.grounding._document import Document
from steelyard.metrics.grounding._facts import Fact, facts_of
from steelyard.metrics.grounding._terms import clean, raw_words, terms_of

_NEAR_BEST = 0.85
_MOST_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a claim's cleaned text and terms."""

    text: str
    """The claim, cleaned."""
    lowered: list[str]
    """Its words in lower case."""
    terms: tuple[str, ...]
    """Its content terms, each once, in order."""
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
    words = raw_words(text)
    lowered = list(map(str.lower, words))
    facts = facts_of(text, lowered)
    terms = terms_of(raw_words(_without(text, facts)) if facts else words)
    pairs = frozenset(pairwise(terms))
    return Wanted(text, lowered, tuple(dict.fromkeys(terms)), pairs, facts)


def _without(text: str, facts: tuple[Fact, ...]) -> str:
    """The text around its facts: 5 km must be found as a length, not as two words."""
    pieces: list[str] = []
    position = 0
    for fact in facts:
        pieces.append(text[position : max(fact.start, position)])
        position = max(fact.start + len(fact.text), position)
    return " ".join([*pieces, text[position:]])


def find_all(claims: Sequence[Wanted], source: Document) -> list[Found]:
    """For each claim, the sentences of a document that hold its terms, weighted by how rare they are
    there."""
    asked = [claim for claim in claims if claim.terms]
    index = source.index
    if not asked or index is None:
        return [NOTHING] * len(claims)
    row_of = index.rows.get
    rows = np.array([row_of(term, 0) for claim in asked for term in claim.terms], dtype=np.intp)
    lengths = np.array([len(claim.terms) for claim in asked])
    starts = np.concatenate(([0], np.cumsum(lengths[:-1])))
    totals = np.add.reduceat(index.weights[rows], starts)
    held = index.sums(rows, starts)
    best = held.argmax(axis=1)
    tops = held[np.arange(len(asked)), best]
    shares = (tops / totals).tolist()
    several = ((held >= _NEAR_BEST * tops[:, None]).sum(axis=1) > 1).tolist()
    found: list[Found] = []
    order = iter(zip(shares, best.tolist(), several, range(len(asked)), strict=True))
    for claim in claims:
        if not claim.terms:
            found.append(NOTHING)
            continue
        share, sentence, more, number = next(order)
        if share <= 0:
            found.append(NOTHING)
            continue
        near = _near(held[number], float(tops[number])) if more else (sentence,)
        pairs = len(claim.pairs & source.pairs) / len(claim.pairs) if claim.pairs else share
        found.append(Found((min(share, 1.0), pairs), near))
    return found


def _near(held: np.ndarray[tuple[int], np.dtype[np.float32]], top: float) -> tuple[int, ...]:
    places = np.flatnonzero(held >= _NEAR_BEST * top)
    if len(places) > _MOST_CANDIDATES:
        places = places[np.argsort(-held[places], kind="stable")[:_MOST_CANDIDATES]]
    return tuple(int(place) for place in sorted(places.tolist(), key=lambda place: (-held[place], place)))
