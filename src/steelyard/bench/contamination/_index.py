"""Looking up every eighth place of a corpus among all places of the cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.bench.contamination._rule import GRAM
from steelyard.bench.contamination._subjects import Subject

Hashes = NDArray[np.uint64]
Indices = NDArray[np.int64]

STRIDE = 8
"""Every so many letters of the corpus are looked up: agreement of GRAM + STRIDE − 1 cannot be missed."""
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
_LEAST_BITS, _MOST_BITS = 16, 26
_COMMON_CLUSTERS = 20
_COMMON_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Places of a stream whose letters stand in a subject, one row for each pair."""

    subject: Indices
    """Index of the subject."""
    offset: Indices
    """Place in the subject."""
    place: Indices
    """Place in the stream."""

    def __len__(self) -> int:
        return len(self.subject)


class GramIndex:
    """All runs of 16 letters of all subjects, but for text that many unrelated cases share."""

    def __init__(self, subjects: Sequence[Subject], clusters: Sequence[int]) -> None:
        lengths = np.array([max(len(item.letters) - GRAM + 1, 0) for item in subjects], np.int64)
        owners = np.repeat(np.arange(len(subjects)), lengths)
        offsets = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        parts = [_all_grams(item.letters) for item in subjects]
        keys = np.concatenate(parts) if parts else np.empty(0, np.uint64)
        order = np.argsort(keys, kind="stable")
        keys, owners, offsets = keys[order], owners[order], offsets[order]
        common = _common(keys, np.asarray(clusters, np.int64)[owners], total=len(set(clusters)))
        self.shared = _by_subject(owners[common], offsets[common], len(subjects))
        keys, owners, offsets = keys[~common], owners[~common], offsets[~common]
        self._owners, self._offsets = owners.astype(np.int32), offsets.astype(np.int32)
        self._keys, self._first, self._counts = np.unique(keys, return_index=True, return_counts=True)
        bits = int(np.clip(np.ceil(np.log2(max(len(keys), 1))) + 6, _LEAST_BITS, _MOST_BITS))
        self._shift = np.uint64(64 - bits)
        self._filter = np.zeros(1 << bits, np.bool_)
        self._filter[self._keys >> self._shift] = True

    def __len__(self) -> int:
        return len(self._keys)

    def hits(self, letters: bytes) -> Hits:
        """Where every eighth run of a stream stands in the subjects."""
        lanes = np.frombuffer(letters, "<u8", count=len(letters) // 8)
        if len(lanes) < 2:
            return _no_hits()
        keys = _keys_of(lanes[:-1], lanes[1:])
        likely = np.flatnonzero(self._filter[keys >> self._shift])
        wanted = keys[likely]
        at = np.searchsorted(self._keys, wanted)
        at[at == len(self._keys)] = 0
        true = self._keys[at] == wanted if len(self._keys) else np.zeros(len(at), np.bool_)
        likely, at = likely[true], at[true]
        counts = self._counts[at]
        begins = np.repeat(self._first[at] - (np.cumsum(counts) - counts), counts)
        rows = begins + np.arange(int(counts.sum()))
        return Hits(
            subject=self._owners[rows].astype(np.int64),
            offset=self._offsets[rows].astype(np.int64),
            place=np.repeat(likely * STRIDE, counts),
        )


def _all_grams(letters: bytes) -> Hashes:
    """The key of the run that begins at each place."""
    data = np.frombuffer(letters, np.uint8).astype(np.uint64)
    count = len(data) - 7
    if count <= 8:
        return np.empty(0, np.uint64)
    lanes = np.zeros(count, np.uint64)
    for place in range(8):
        lanes |= data[place : place + count] << np.uint64(8 * place)
    return _keys_of(lanes[:-8], lanes[8:])


def _keys_of(first: Hashes, second: Hashes) -> Hashes:
    """Multiply-shift of two eights of letters, folded so that the high bits depend on all."""
    mixed = first * _FIRST
    mixed ^= mixed >> np.uint64(29)
    mixed += second
    mixed *= _SECOND
    mixed ^= mixed >> np.uint64(32)
    mixed *= _FIRST
    return mixed


def _common(keys: Hashes, clusters: Indices, *, total: int) -> NDArray[np.bool_]:
    """Keys of text that stands in many clusters: an instruction around every question is nobody's own.

    Many: more than 20 and a twentieth of them; or more than half, where there are four or more.
    """
    if not len(keys):
        return np.zeros(0, np.bool_)
    order = np.lexsort((clusters, keys))
    ordered, members = keys[order], clusters[order]
    is_new_key = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    is_new = is_new_key | np.concatenate([[True], members[1:] != members[:-1]])
    group = np.cumsum(is_new_key) - 1
    spread = np.bincount(group, weights=is_new)
    most = max(_COMMON_CLUSTERS, _COMMON_SHARE * total)
    many = (spread > most) | ((spread > total / 2) & (total >= 4))
    found = np.zeros(len(keys), np.bool_)
    found[order] = many[group]
    return found


def _by_subject(owners: Indices, offsets: Indices, count: int) -> dict[int, Indices]:
    order = np.argsort(owners, kind="stable")
    cuts = np.searchsorted(owners[order], np.arange(count + 1))
    return {
        number: np.sort(offsets[order[first:last]])
        for number, (first, last) in enumerate(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))
        if last > first
    }


def _no_hits() -> Hits:
    nothing = np.empty(0, np.int64)
    return Hits(subject=nothing, offset=nothing, place=nothing)
