"""Shingles, MinHash and locality-sensitive hashing: near-duplicates among many texts, in any script."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.text._tokens import words

ShingleUnit = Literal["character", "word"]
_Hashes = NDArray[np.uint64]
_Indices = NDArray[np.int64]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_BATCH = 1 << 18
_SMALL_BUCKET = 16
_CHUNK = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingles:
    """How a text is cut: runs of `size` neighbouring characters or words, after normalisation.

    Texts are compared after NFKC, case folding and with runs of white space as one space. A text with
    fewer than `size` units is one shingle.
    """

    unit: ShingleUnit = "character"
    """What is counted."""
    size: int = 5
    """How many of them make a shingle."""

    def hashes(self, texts: Sequence[str]) -> tuple[_Hashes, _Indices]:
        """64-bit hashes of all shingles of all texts, and where each text's begin."""
        codes = [self._codes(text) for text in texts]
        lengths = np.fromiter((len(code) for code in codes), dtype=np.int64, count=len(codes))
        joined = np.concatenate(codes) if codes else np.empty(0, np.uint64)
        count = max(len(joined) - self.size + 1, 0)
        rolling = np.zeros(count, np.uint64)
        for step in range(self.size):
            rolling = rolling * _BASE + joined[step : step + count]
        ends = np.cumsum(lengths)
        windows = lengths - self.size + 1
        starts = np.cumsum(windows) - windows
        keep = np.repeat(ends - lengths - starts, windows) + np.arange(int(windows.sum()))
        return _mix(rolling[keep]), starts

    def similarity(self, first: str, second: str) -> float:
        """Jaccard similarity of the two texts' sets of shingles, 0 to 1."""
        return jaccard(*(np.unique(self.hashes([text])[0]) for text in (first, second)))

    def _codes(self, text: str) -> _Hashes:
        plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        if self.unit == "word":
            codes = np.array([_word_code(word) for word in words(plain)], dtype=np.uint64)
        else:
            encoded = plain.encode("utf-32-le", "surrogatepass")
            codes = np.frombuffer(encoded, dtype="<u4").astype(np.uint64) + np.uint64(1)
        if len(codes) < self.size:
            codes = np.concatenate([codes, np.zeros(self.size - len(codes), np.uint64)])
        return codes


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """Two texts that are nearly the same."""

    first: int
    """Index of the earlier text."""
    second: int
    """Index of the later text."""
    similarity: float
    """Jaccard similarity of their shingle sets, computed exactly."""


def jaccard(first: _Hashes, second: _Hashes) -> float:
    """Shared over all, for two sorted arrays without repeats; 1.0 for two empty ones."""
    union = len(first) + len(second)
    if not union:
        return 1.0
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (union - shared)


def minhash(texts: Sequence[str], shingles: Shingles, *, permutations: int, seed: int = 0) -> _Hashes:
    """MinHash signatures, one row of `permutations` values for each text.

    The share of equal values in two rows estimates the Jaccard similarity of the two sets, with
    standard error at most 1 / (2 √permutations).

    Source: Broder 1997, "On the resemblance and containment of documents", SEQUENCES '97.
    """
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, 2**63, permutations, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    shifts = rng.integers(0, 2**63, permutations, dtype=np.uint64)
    signatures = np.empty((len(texts), permutations), np.uint64)
    for start, batch in _batches(texts):
        hashes, offsets = shingles.hashes(batch)
        for at in range(permutations):
            permuted = hashes * factors[at]
            permuted += shifts[at]
            signatures[start : start + len(batch), at] = np.minimum.reduceat(permuted, offsets)
    return signatures


def near_duplicates(
    texts: Sequence[str],
    *,
    threshold: float = 0.8,
    shingles: Shingles | None = None,
    seed: int = 0,
) -> list[NearDuplicate]:
    """Pairs of texts whose shingle sets have a Jaccard similarity of at least `threshold` (0.5 to 1).

    Within a cluster of near-duplicates the pairs form a tree, each text linked to one that it is
    nearest to of those met, so that n copies give n − 1 pairs and not n². Candidates come from locality
    sensitive hashing with 16 bands of 5 values: a pair at .8 is found with probability .998, at .9 with
    more than .99999. Every reported similarity is exact. Sorted by index. Raises ValueError for a
    threshold out of range.

    Source: Leskovec, Rajaraman and Ullman 2020, Mining of Massive Datasets, chapter 3.
    """
    if not 0.5 <= threshold <= 1.0:
        raise ValueError(f"threshold must be from 0.5 to 1, got {threshold}")
    cut = shingles or Shingles()
    bands, rows = 16, 5
    signatures = minhash(texts, cut, permutations=bands * rows, seed=seed)
    pairs = _candidates(signatures, bands=bands, rows=rows)
    estimates = _estimates(signatures, pairs)
    likely = estimates >= threshold - 0.25
    pairs, estimates = pairs[likely], estimates[likely]
    order = np.argsort(-estimates, kind="stable")
    clusters = _Clusters(len(texts))
    sets: dict[int, _Hashes] = {}
    found = []
    for first, second in pairs[order].tolist():
        if clusters.together(first, second):
            continue
        for index in (first, second):
            if index not in sets:
                sets[index] = np.unique(cut.hashes([texts[index]])[0])
        similarity = jaccard(sets[first], sets[second])
        if similarity >= threshold:
            clusters.join(first, second)
            found.append(NearDuplicate(first=first, second=second, similarity=similarity))
    return sorted(found, key=lambda pair: (pair.first, pair.second))


class _Clusters:
    """Disjoint sets with path halving."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def _root(self, index: int) -> int:
        parent = self._parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def together(self, first: int, second: int) -> bool:
        return self._root(first) == self._root(second)

    def join(self, first: int, second: int) -> None:
        self._parent[self._root(second)] = self._root(first)


def _batches(texts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Slices of about a quarter of a million characters, which stay in the processor's cache."""
    start, size = 0, 0
    for index, text in enumerate(texts):
        size += len(text) + 1
        if size >= _BATCH:
            yield start, texts[start : index + 1]
            start, size = index + 1, 0
    if start < len(texts):
        yield start, texts[start:]


def _candidates(signatures: _Hashes, *, bands: int, rows: int) -> _Indices:
    """Pairs that share a whole band: all of a small bucket, a chain and a star of a large one."""
    encoded: list[_Indices] = []
    count = len(signatures)
    for band in range(bands):
        key = np.zeros(count, np.uint64)
        for column in range(band * rows, (band + 1) * rows):
            key = _mix(key * _BASE + signatures[:, column])
        order = np.argsort(key, kind="stable").astype(np.int64)
        ordered = key[order]
        is_first = np.ones(count, bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        starts = np.flatnonzero(is_first)
        sizes = np.diff(np.append(starts, count))
        bucket_start = np.repeat(starts, sizes)
        position = np.arange(count) - bucket_start
        for back in range(1, min(_SMALL_BUCKET, int(sizes.max(initial=1)))):
            small_enough = np.repeat(sizes <= _SMALL_BUCKET, sizes) if back > 1 else True
            at = np.flatnonzero((position >= back) & small_enough)
            encoded.append(order[at - back] * count + order[at])
        at = np.flatnonzero((position >= 1) & np.repeat(sizes > _SMALL_BUCKET, sizes))
        encoded.append(order[bucket_start[at]] * count + order[at])
    unique = np.unique(np.concatenate(encoded)) if encoded and count else np.empty(0, np.int64)
    return np.stack([unique // max(count, 1), unique % max(count, 1)], axis=1)


def _estimates(signatures: _Hashes, pairs: _Indices) -> NDArray[np.float64]:
    parts = [
        np.mean(signatures[chunk[:, 0]] == signatures[chunk[:, 1]], axis=1)
        for chunk in (pairs[start : start + _CHUNK] for start in range(0, len(pairs), _CHUNK))
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _mix(values: _Hashes) -> _Hashes:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every input bit moves every output bit."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _word_code(word: str) -> int:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
