"""From hits to the words that a stretch of text shares with a case."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.bench.contamination._index import STRIDE, Hits, Indices
from steelyard.bench.contamination._rule import GRAM, OverlapRule
from steelyard.bench.contamination._subjects import Subject
from steelyard.core import CaseState

_SLACK = 64
_MOST_DIAGONALS = 64
_RUN = re.compile(rb"\x01{%d,}" % GRAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one place has in common with one subject."""

    subject: int
    """Index of the subject."""
    state: CaseState
    """What the rule says to it."""
    share: float
    """Share of the case's own words that stand there."""
    longest: int
    """The most words in a row."""
    first: int
    """Where in the stream the common text begins."""
    last: int
    """Where it ends."""


class Matcher:
    """Judges places: hits on nearly one diagonal are one place, and its common runs are compared exactly."""

    def __init__(self, subjects: list[Subject], shared: dict[int, Indices], rule: OverlapRule) -> None:
        self._subjects = subjects
        self._rule = rule
        self._own = [_own_words(item, shared.get(number)) for number, item in enumerate(subjects)]
        self._letters = [np.frombuffer(item.letters, np.uint8) for item in subjects]
        self._starts: list[list[int]] = [item.starts.tolist() for item in subjects]
        self._ends: list[list[int]] = [item.ends.tolist() for item in subjects]
        self._words: list[list[int]] = [[0, *np.cumsum(own).tolist()] for own in self._own]
        self._least = np.array([self._least_letters(number) for number in range(len(subjects))], np.int64)

    def is_checkable(self, number: int) -> bool:
        """Whether a subject has enough words of its own."""
        return int(self._own[number].sum()) >= self._rule.fewest_words

    def matches(self, hits: Hits, letters: bytes) -> list[Match]:
        """The places of a stream that are no chance meeting, nor part of another case's copy."""
        return _not_explained(list(self._places(hits, letters)), self._rule)

    def _places(self, hits: Hits, letters: bytes) -> Iterator[Match]:
        if not len(hits):
            return
        diagonal = hits.place - hits.offset
        order = np.lexsort((hits.place, diagonal, hits.subject))
        subject, diagonal = hits.subject[order], diagonal[order]
        new = np.concatenate(
            [[True], (subject[1:] != subject[:-1]) | (diagonal[1:] - diagonal[:-1] > _SLACK)]
        )
        begins = np.flatnonzero(new)
        sizes = np.diff(np.append(begins, len(subject)))
        reach = sizes * STRIDE + GRAM + STRIDE - 1
        stream = np.frombuffer(letters, np.uint8)
        for begin, size in zip(
            *(part[reach >= self._least[subject[begins]]].tolist() for part in (begins, sizes)), strict=True
        ):
            number = int(subject[begin])
            found = self._judge(number, _busiest(diagonal[begin : begin + size].tolist()), stream)
            if found is not None:
                yield found

    def _least_letters(self, number: int) -> int:
        """Fewer common letters than this cannot make a case suspicious."""
        subject, rule = self._subjects[number], self._rule
        if not self.is_checkable(number):
            return 1 << 62
        half = max(int(rule.suspicious_share * self._own_letters(number)), rule.suspicious_letters)
        return min(subject.least_run(rule.run_words), half)

    def _own_letters(self, number: int) -> int:
        subject = self._subjects[number]
        return int((subject.ends - subject.starts)[self._own[number]].sum())

    def _judge(self, number: int, diagonals: list[int], stream: NDArray[np.uint8]) -> Match | None:
        letters = self._letters[number]
        runs: list[tuple[int, int]] = []
        first, last = len(stream), 0
        for diagonal in diagonals:
            low, high = max(0, -diagonal), min(len(letters), len(stream) - diagonal)
            equal = letters[low:high] == stream[low + diagonal : high + diagonal]
            for run in _RUN.finditer(equal.tobytes()):
                begin, end = low + run.start(), low + run.end()
                runs.append((begin, end))
                first, last = min(first, begin + diagonal), max(last, end + diagonal)
        if sum(end - begin for begin, end in runs) < self._least[number]:
            return None
        joined = _joined(runs)
        longest = max(self._words_within(number, begin, end) for begin, end in runs)
        covered = sum(self._words_within(number, begin, end) for begin, end in joined)
        words = self._words[number][-1]
        common = sum(end - begin for begin, end in joined)
        state = self._rule.judge(words, longest=longest, covered=covered, letters=common)
        if state == "clean":
            return None
        return Match(
            subject=number, state=state, share=covered / words, longest=longest, first=first, last=last
        )

    def _words_within(self, number: int, begin: int, end: int) -> int:
        """The case's own words that lie whole between two places."""
        words = self._words[number]
        low, high = bisect_left(self._starts[number], begin), bisect_right(self._ends[number], end)
        return max(words[high] - words[low], 0)


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The runs in order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(runs):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def _own_words(subject: Subject, shared: Indices | None) -> NDArray[np.bool_]:
    """Which words are not wholly part of text that many cases share."""
    if shared is None:
        return np.ones(len(subject.ends), np.bool_)
    marks = np.zeros(len(subject.letters) + 1, np.int64)
    np.add.at(marks, shared, 1)
    np.add.at(marks, np.minimum(shared + GRAM, len(subject.letters)), -1)
    sums = np.concatenate([[0], np.cumsum(np.cumsum(marks)[:-1] > 0)])
    own: NDArray[np.bool_] = sums[subject.ends] - sums[subject.starts] < subject.ends - subject.starts
    return own


def _not_explained(matches: list[Match], rule: OverlapRule) -> list[Match]:
    """Without the places that lie within a copy of another case and hold too little to be copies themselves.

    Questions of one benchmark share sentences: a copy of one is no evidence that the other was seen.
    """
    copies = sorted((match.first, match.last) for match in matches if match.share >= rule.contaminated_share)
    if len(copies) == len(matches):
        return matches
    firsts = np.array([first for first, _ in copies], np.int64)
    reach = np.maximum.accumulate(np.array([last for _, last in copies], np.int64))
    kept = []
    for match in matches:
        before = int(np.searchsorted(firsts, match.first + GRAM, side="right"))
        explained = before > 0 and int(reach[before - 1]) >= match.last - GRAM
        if match.share >= rule.contaminated_share or not explained:
            kept.append(match)
    return kept


def _busiest(diagonals: list[int]) -> list[int]:
    """The different diagonals; of very many, which only repetitive text has, those with the most hits."""
    if len(diagonals) <= _MOST_DIAGONALS:
        return sorted(set(diagonals))
    return [diagonal for diagonal, _ in Counter(diagonals).most_common(_MOST_DIAGONALS)]
