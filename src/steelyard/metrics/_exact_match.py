"""Exact match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from steelyard.core import Case, MetricSpec, Output, Score, Scored, canonical_json
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics._expectation import expected_texts, shorten
from steelyard.text import Normaliser, SpaceRule, UnicodeForm

_EQUAL = Scored(value=1.0)


@dataclass(frozen=True, kw_only=True)
class ExactMatch(BaseMetric):
    """Whether the answer is the expected text, and nothing else.

    What it measures
        1 when the answer equals one of the expected texts after the declared normalisation, else 0.
        Objects are equal when their canonical JSON is, whatever the order of their keys.

    When it misleads
        A right answer in other words, or with one more, scores 0: "Paris." is not "Paris" unless
        `ignore_punctuation=true`. Use it where the form of the answer is prescribed.

    Example
        `exact_match:ignore_case=true,space=collapse` takes "New  york" for "New York".

    Reference
        Rajpurkar et al. 2016, SQuAD, section 6.1; with `ignore_case`, `ignore_punctuation` and
        `ignore_articles` on and `space=collapse` it is their EM.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="exact_match", version="1", scale="binary")

    ignore_case: bool = False
    """Fold case in every script that has it."""
    ignore_punctuation: bool = False
    """Drop punctuation before comparing."""
    ignore_articles: bool = False
    """Drop the English words a, an, the."""
    space: SpaceRule = "strip"
    """`strip` the ends, `collapse` inner white space too, or `keep`."""
    unicode: UnicodeForm = "nfc"
    """Unicode form: `nfc`, `nfkc` or `none`."""

    @cached_property
    def _normalise(self) -> Normaliser:
        return Normaliser(
            unicode=self.unicode,
            ignore_case=self.ignore_case,
            ignore_punctuation=self.ignore_punctuation,
            ignore_articles=self.ignore_articles,
            space=self.space,
        )

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; an empty answer holds nothing to compare unless nothing is what is expected."""
        expected = expected_texts(case)
        if not expected and isinstance(case.expected, Mapping):
            expected = (canonical_json(case.expected),)
        if not expected:
            return NOTHING_EXPECTED
        answer = self._normalise(output.text)
        for text in expected:
            if answer == self._normalise(text):
                return _EQUAL
        if not answer:
            return self._miss("the answer is empty")
        return Scored(value=0.0, reason=f"got {shorten(answer)!r}, expected {shorten(expected[0])!r}")

    def extract(self, case: Case, output: Output) -> str | None:  # noqa: ARG002 - what metrics that extract take
        """The answer after the declared normalisation; None when it is empty."""
        return self._normalise(output.text) or None
