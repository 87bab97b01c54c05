"""The index of a document: how much each of its terms weighs, and which sentences hold it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

_MOST_POSTINGS = 1_000
_LONG_POSTINGS = 100
_PARTS = 1 << 20
_NEAR_BEST = 0.85
_MOST_PLACES = 8


class Index:
    """Terms and their sentences."""

    def __init__(self, postings: Mapping[str, Sequence[int]], sentences: int) -> None:
        self._count = sentences
        self._postings = postings
        self._terms = frozenset(postings)
        self._unknown = _weight(sentences, 0.5)
        self._weights = {size: _weight(sentences, size) for size in set(map(len, postings.values()))}

    def __contains__(self, term: str) -> bool:
        return term in self._terms

    def held(self, terms: frozenset[str]) -> tuple[float, Mapping[int, float]]:
        """The weighted share of the terms that the best sentence holds, and what each sentence holds of them.

        Terms that the document does not hold weigh most. 0 and nothing where none of them stands in the
        document.
        """
        held: dict[int, float] = {}
        known = self._terms & terms
        if not known:
            return 0.0, held
        postings, weights = self._postings, self._weights
        often: list[tuple[float, Sequence[int]]] = []
        total = self._unknown * (len(terms) - len(known))
        for term in known:
            places = postings[term]
            size = len(places)
            weight = weights[size]
            total += weight
            if size > _LONG_POSTINGS:
                often.append((weight, places))
                continue
            for place in places:
                held[place] = held[place] + weight if place in held else weight
        if often:
            held = self._with_often(held, often)
        return max(held.values()) / total, held

    def _with_often(
        self, held: Mapping[int, float], often: Sequence[tuple[float, Sequence[int]]]
    ) -> dict[int, float]:
        """What each sentence holds of rare terms, and of those that stand in very many; the least are left
        out."""
        sums = np.zeros(self._count)
        for weight, places in often:
            sums[places[:_MOST_POSTINGS]] += weight
        if held:
            sums[list(held)] += list(held.values())
        near = np.flatnonzero(sums >= _NEAR_BEST * sums.max())
        return dict(zip(near.tolist(), sums[near].tolist(), strict=True))


def nearest(held: Mapping[int, float]) -> tuple[int, ...]:
    """The sentences that hold nearly as much as the best: at most eight, the best first, then in order."""
    if len(held) < 2:
        return tuple(held)
    least = _NEAR_BEST * max(held.values())
    near = [(-share, place) for place, share in held.items() if share >= least]
    near.sort()
    return tuple([place for _, place in near[:_MOST_PLACES]])


@lru_cache(maxsize=1 << 14)
def _weight(sentences: int, held_by: float) -> float:
    """How much a term weighs that so many sentences hold; in parts of a power of two, so that sums are exact
    in any order."""
    return round(math.log1p(sentences / held_by) * _PARTS) / _PARTS
