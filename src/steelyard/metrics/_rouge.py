"""ROUGE: overlap of word sequences, common subsequences."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from steelyard.core import Case, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare
from steelyard.metrics._porter import PorterStemmer
from steelyard.text import Normaliser, common_subsequence_length, words

_LATIN = re.compile(r"[a-z0-9]+")
_STEM_FROM = 4
_FOLD = Normaliser(unicode="nfc", ignore_case=True, space="keep")


@dataclass(frozen=True, kw_only=True)
class Rouge(BaseMetric):
    """The common part of the ROUGE metrics: their tokens, and F from what is shared."""

    tokens: Literal["english", "unicode"] = "english"
    """`english`: runs of a–z and 0–9, as rouge-score has it; `unicode`: the words of any script."""
    stem: bool = False
    """Reduce English words of four letters and more to Porter stems; needs `tokens=english`."""

    def _check(self) -> None:
        if self.stem and self.tokens != "english":
            raise self._refuse("stem is for English", hint="Use tokens=english, or leave stem out")

    @cached_property
    def _stemmer(self) -> PorterStemmer:
        return PorterStemmer()

    def score(self, case: Case, output: Output) -> Score:
        """F from 0 to 1; of several expectations the best."""
        expected = expected_texts(case)
        if not expected:
            return nothing_to_compare(case)
        references = [found for found in map(self._words, expected) if found]
        if not references:
            hint = ": use tokens=unicode" if self.tokens == "english" else ""
            return Skipped(reason=f"the expectation holds no word{hint}")
        found = self._words(output.text)
        if not found:
            return self._miss("the answer holds no word" if output.text else "the answer is empty")
        return Scored(value=max(self._f(found, reference) for reference in references))

    def _words(self, text: str) -> list[str]:
        if self.tokens == "unicode":
            return words(_FOLD(text))
        found: list[str] = _LATIN.findall(text.lower())
        if not self.stem:
            return found
        return [self._stemmer.stem(word) if len(word) >= _STEM_FROM else word for word in found]

    @abstractmethod
    def _f(self, found: list[str], reference: list[str]) -> float:
        """The F measure of two lists of words, neither of them empty."""


@dataclass(frozen=True, kw_only=True)
class Rouge1(Rouge):
    """How many words the answer shares with the expected text.

    What it measures
        F1 of the words in common, each as often as it occurs, between answer and expectation; of several
        expectations the best counts.

    When it misleads
        It sees neither order nor meaning: a summary that says the opposite in the same words scores 1, a
        good one in other words scores low. Compare versions of one system, not systems with style.

    Example
        `rouge_1` of "the cat sat" for "the cat lay" is .67; `rouge_1:tokens=unicode` for other scripts.

    Reference
        Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"; equal to `rouge1` of the package
        rouge-score (F measure), with `stem=true` to its stemmer option.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="rouge_1", version="1")

    def _f(self, found: list[str], reference: list[str]) -> float:
        return _ngram_f(found, reference, 1)


@dataclass(frozen=True, kw_only=True)
class Rouge2(Rouge):
    """How many pairs of neighbouring words the answer shares with the expected text.

    What it measures
        F1 of the word pairs in common between answer and expectation; of several expectations the best.

    When it misleads
        One changed word breaks two pairs, so that short answers jump between 0 and 1. A single word has
        no pair and scores 0 even when it is right.

    Example
        `rouge_2` of "the cat sat" for "the cat lay" is .50.

    Reference
        Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"; equal to `rouge2` of the package
        rouge-score (F measure).
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="rouge_2", version="1")

    def _f(self, found: list[str], reference: list[str]) -> float:
        return _ngram_f(found, reference, 2)


@dataclass(frozen=True, kw_only=True)
class RougeL(Rouge):
    """How long a sequence of words answer and expected text have in common, gaps allowed.

    What it measures
        F1 of the longest common subsequence of words, over the whole texts; of several expectations the
        best counts.

    When it misleads
        It rewards keeping the expected order, whether or not order matters, and copying over rewriting.

    Example
        `rouge_l` of "police kill the gunman" for "police killed the gunman" is .75.

    Reference
        Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"; equal to `rougeL` of the package
        rouge-score (F measure). Computed after Hyyrö 2004 with bit vectors.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="rouge_l", version="1")

    def _f(self, found: list[str], reference: list[str]) -> float:
        return _f1(common_subsequence_length(found, reference), len(found), len(reference))


def _ngram_f(found: Sequence[str], reference: Sequence[str], size: int) -> float:
    left = Counter(zip(*(found[start:] for start in range(size)), strict=False))
    right = Counter(zip(*(reference[start:] for start in range(size)), strict=False))
    shared = sum((left & right).values())
    return _f1(shared, len(found) - size + 1, len(reference) - size + 1)


def _f1(shared: int, found: int, reference: int) -> float:
    return 2 * shared / (found + reference) if shared else 0.0
