"""The cases as they are looked for: letters without spacing, and which word each belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from steelyard.bench._texts import asked_text
from steelyard.bench.contamination._rule import GRAM, OverlapRule
from steelyard.bench.contamination._streams import ascii_letters, wide_letters
from steelyard.core import Case
from steelyard.text import words

_LONGEST = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One case's text in one alphabet. Of very long texts the first 16,384 letters are looked for."""

    case: int
    """Index of the case."""
    letters: bytes
    """Its words without anything between them."""
    ends: NDArray[np.int64]
    """Where each word ends in `letters`; equal to the one before for words without letters."""
    is_wide: bool
    """Whether letters beyond ASCII were kept."""

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each word begins in `letters`."""
        return np.concatenate([np.zeros(1, np.int64), self.ends[:-1]])

    def least_run(self, run_words: int) -> int:
        """The fewest letters that so many words in a row have; all of them where there are fewer words."""
        size = min(run_words, len(self.ends))
        return int(np.min(self.ends[size - 1 :] - self.starts[: len(self.ends) - size + 1]))


def subjects_of(cases: Sequence[Case], rule: OverlapRule) -> list[Subject]:
    """What to look for: nothing for a case that is too short, two for one with letters beyond ASCII."""
    found: list[Subject] = []
    for number, case in enumerate(cases):
        terms = words(asked_text(case)[: 4 * _LONGEST])
        if len(terms) < rule.fewest_words:
            continue
        encoded = [term.encode("utf-8", "surrogatepass") for term in terms]
        plain = [ascii_letters(term) for term in encoded]
        found += _subject(number, plain, is_wide=False)
        if not all(term.isascii() for term in encoded):
            found += _subject(number, [wide_letters(term) for term in encoded], is_wide=True)
    return found


def _subject(number: int, parts: list[bytes], *, is_wide: bool) -> list[Subject]:
    kept = [part for part in parts if part]
    ends = [end for end in accumulate(map(len, kept)) if end <= _LONGEST]
    if len(kept) * 2 < len(parts) or not ends or ends[-1] < GRAM + GRAM // 2:
        return []
    letters = b"".join(kept)[: ends[-1]]
    return [Subject(case=number, letters=letters, ends=np.array(ends, np.int64), is_wide=is_wide)]
