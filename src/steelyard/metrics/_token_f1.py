"""Token F1."""

from __future__ import annotations

import string
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import regex

from steelyard.core import Case, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare
from steelyard.text import Normaliser, split_unspaced

_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)
_PUNCTUATION = regex.compile(r"\p{P}")
_ARTICLES = regex.compile(r"\b(a|an|the)\b")
_FORM = Normaliser(unicode="nfc", space="keep")


@dataclass(frozen=True, kw_only=True)
class TokenF1(BaseMetric):
    """How much of the expected words the answer has, and of its words how many were expected.

    What it measures
        The harmonic mean of precision and recall over words, each counted as often as it occurs; of
        several expectations the best counts. Texts are folded to lower case, punctuation and the English
        articles removed, and cut at white space; scripts without blanks (Chinese, Japanese, Thai, …) are
        cut into characters as MLQA does.

    When it misleads
        Word order and negation do not count: "not guilty" against "guilty" is .67. Long answers lose
        precision even when they are right.

    Example
        `token_f1` of "It is Paris" for "Paris, France" is .40: one word shared of three and of two.

    Reference
        Rajpurkar et al. 2016, SQuAD, section 6.1, and its evaluation script 1.1; Lewis et al. 2020, MLQA.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="token_f1", version="1")

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; an answer without a word holds nothing, unless the expectation has none either."""
        expected = expected_texts(case)
        if not expected:
            return nothing_to_compare(case)
        found = squad_terms(output.text)
        best = max(_f1(found, _expected_terms(text)) for text in expected)
        if not found and best == 0.0:
            return self._miss("the answer holds no word" if output.text else "the answer is empty")
        return Scored(value=best)


def squad_terms(text: str) -> list[str]:
    """The terms of SQuAD's evaluation, extended to punctuation and scripts beyond ASCII."""
    lowered = _FORM(text).lower().translate(_ASCII_PUNCTUATION)
    if not lowered.isascii():
        lowered = _PUNCTUATION.sub("", lowered)
    return split_unspaced(_ARTICLES.sub(" ", lowered).split())


@lru_cache(maxsize=1024)
def _expected_terms(text: str) -> tuple[str, ...]:
    return tuple(squad_terms(text))


def _f1(found: list[str], wanted: tuple[str, ...]) -> float:
    if not found or not wanted:
        return float(not found and not wanted)
    shared = sum((Counter(found) & Counter(wanted)).values())
    return 2 * shared / (len(found) + len(wanted))
