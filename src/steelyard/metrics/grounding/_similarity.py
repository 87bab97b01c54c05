"""Meaning by static word vectors: the tier for claims whose words leave it open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from steelyard.metrics.grounding._document import Document
from steelyard.text import StaticEmbedder

_MOST_SENTENCES = 2_000


class Similarity:
    """Cosines between claims and the sentences of documents. One for a metric; it remembers documents."""

    def __init__(self, embedder: StaticEmbedder) -> None:
        self._embed = embedder
        self._sentences = lru_cache(maxsize=256)(self._read)

    @property
    def name(self) -> str:
        """The embeddings' name and version, for signatures."""
        return self._embed.name

    def vectors(self, claims: Sequence[str]) -> NDArray[np.float32]:
        """A row for each claim."""
        return self._embed(claims)

    def nearest(self, claim: NDArray[np.float32], source: Document) -> tuple[float, int]:
        """The highest cosine of a claim's vector, from 0 to 1, and the sentence that has it.

        0 and -1 in an empty document.
        """
        vectors = self._sentences(source)
        if len(vectors) == 0:
            return 0.0, -1
        cosines = vectors @ claim
        best = int(cosines.argmax())
        return max(float(cosines[best]), 0.0), best

    def between(self, one: str, other: str) -> float:
        """The cosine of two texts, from 0 to 1."""
        vectors = self._embed([one, other])
        return min(max(float(vectors[0] @ vectors[1]), 0.0), 1.0)

    def _read(self, source: Document) -> NDArray[np.float32]:
        count = min(len(source.sentences), _MOST_SENTENCES)
        return self._embed([source.cleaned(number) for number in range(count)])
