"""Meaning by static word vectors: the tier for claims whose words leave it open."""

from __future__ import annotations

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
        self._sentences = lru_cache(maxsize=256)(self._vectors)

    @property
    def name(self) -> str:
        """The embeddings' name and version, for signatures."""
        return self._embed.name

    def nearest(self, claim: str, source: Document) -> tuple[float, int]:
        """The highest cosine, from 0 to 1, and the sentence that has it; 0 and -1 in an empty document."""
        vectors = self._sentences(source)
        if len(vectors) == 0:
            return 0.0, -1
        cosines = vectors @ self._embed([claim])[0]
        best = int(np.argmax(cosines))
        return max(float(cosines[best]), 0.0), best

    def between(self, one: str, other: str) -> float:
        """The cosine of two texts, from 0 to 1."""
        vectors = self._embed([one, other])
        return min(max(float(vectors[0] @ vectors[1]), 0.0), 1.0)

    def _vectors(self, source: Document) -> NDArray[np.float32]:
        count = min(len(source.sentences), _MOST_SENTENCES)
        return self._embed([source.cleaned(number) for number in range(count)])
