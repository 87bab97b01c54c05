"""The index of a document: how much each of its terms weighs, and which sentences hold it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

_MOST_CELLS = 4_000_000
_MOST_POSTINGS = 1_000


class Index:
    """Terms by sentences. Row 0 stands for every term that the document does not hold."""

    def __init__(self, postings: Mapping[str, Sequence[int]], sentences: int) -> None:
        self._count = max(sentences, 1)
        self.rows = {term: row for row, term in enumerate(postings, 1)}
        sizes = [len(row) for row in postings.values()]
        self.weights = np.log1p(sentences / np.array([0.5, *sizes]))
        self.weights[0] = math.log1p(2.0 * self._count)
        kept = [row[:_MOST_POSTINGS] for row in postings.values()]
        self._postings = (
            [np.zeros(0, dtype=np.intp), *(np.array(row, dtype=np.intp) for row in kept)]
            if self._large
            else []
        )
        self._cells = None if self._large else self._dense(kept)

    @property
    def _large(self) -> bool:
        return (len(self.rows) + 1) * self._count > _MOST_CELLS

    def sums(self, rows: NDArray[np.intp], starts: NDArray[np.intp]) -> NDArray[np.float32]:
        """For groups of rows beginning at `starts`: the weight that each sentence holds, group by
        sentence."""
        if self._cells is not None:
            summed: NDArray[np.float32] = np.add.reduceat(self._cells[rows], starts, axis=0)
            return summed
        found = np.zeros((len(starts), self._count), dtype=np.float32)
        groups = np.searchsorted(starts, np.arange(len(rows)), side="right") - 1
        for group, row in zip(groups.tolist(), rows.tolist(), strict=True):
            found[group, self._postings[row]] += self.weights[row]
        return found

    def _dense(self, kept: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        cells = np.zeros((len(kept) + 1, self._count), dtype=np.float32)
        places = np.array([place for row in kept for place in row], dtype=np.intp)
        owners = np.repeat(np.arange(1, len(kept) + 1), [len(row) for row in kept])
        cells[owners, places] = self.weights[owners]
        return cells
