"""Contains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import regex

from steelyard.core import Case, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare, shorten
from steelyard.text import Normaliser, UnicodeForm

_FOUND = Scored(value=1.0)


@dataclass(frozen=True, kw_only=True)
class Contains(BaseMetric):
    """Whether the answer contains the expected text.

    What it measures
        1 when one of the expected texts (or, with `need=all`, every one) occurs in the answer, else 0.
        White space counts as one blank on both sides.

    When it misleads
        "It is not Paris" contains "Paris"; an answer that lists every option contains the right one;
        "no" occurs in "know" unless `whole_words=true`.

    Example
        `contains:ignore_case=true,need=all` with the expectation `["refund", "14 days"]`.

    Reference
        Mallen et al. 2023, "When Not to Trust Language Models", section 3: accuracy as containment.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="contains", version="1", scale="binary")

    ignore_case: bool = False
    """Fold case in every script that has it."""
    need: Literal["any", "all"] = "any"
    """Whether one expected text is enough."""
    whole_words: bool = False
    """Count an occurrence only where no letter or digit touches its ends."""
    unicode: UnicodeForm = "nfc"
    """Unicode form: `nfc`, `nfkc` or `none`."""

    @cached_property
    def _normalise(self) -> Normaliser:
        return Normaliser(unicode=self.unicode, ignore_case=self.ignore_case, space="collapse")

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; an empty answer holds nothing."""
        expected = [text for text in map(self._normalise, expected_texts(case)) if text]
        if not expected:
            return nothing_to_compare(case)
        answer = self._normalise(output.text)
        if not answer:
            return self._miss("the answer is empty")
        missing = [text for text in expected if not self._holds(answer, text)]
        found = not missing if self.need == "all" else len(missing) < len(expected)
        if found:
            return _FOUND
        return Scored(value=0.0, reason=f"without {shorten(missing[0])!r}")

    def _holds(self, answer: str, text: str) -> bool:
        if text not in answer:
            return False
        if not self.whole_words:
            return True
        return regex.search(rf"(?<!\w){regex.escape(text)}(?!\w)", answer) is not None
