"""Edit similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from steelyard.core import Case, Failed, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare
from steelyard.text import Normaliser, SpaceRule, UnicodeForm, edit_distance, graphemes, words

_MOST_CELLS = 10**10


@dataclass(frozen=True, kw_only=True)
class EditSimilarity(BaseMetric):
    """How few edits turn the answer into the expected text.

    What it measures
        1 − (insertions, deletions and substitutions) / (length of the longer text), over characters,
        grapheme clusters or words; of several expectations the best counts. 1 is equality.

    When it misleads
        Meaning does not count: "1990" and "1999" are close, "car" and "automobile" are not. Two unrelated
        texts of one language still share letters: values of .2 to .3 mean nothing.

    Example
        `edit_similarity` of "kitten" for "sitting" is 1 − 3/7 = .571.

    Reference
        Levenshtein 1966; computed after Myers 1999 and Hyyrö 2003 with bit vectors.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="edit_similarity", version="1")

    unit: Literal["characters", "graphemes", "words"] = "characters"
    """What one edit changes: a code point, a user-perceived character, a word."""
    ignore_case: bool = False
    """Fold case in every script that has it."""
    space: SpaceRule = "strip"
    """`strip` the ends, `collapse` inner white space too, or `keep`."""
    unicode: UnicodeForm = "nfc"
    """Unicode form: `nfc`, `nfkc` or `none`."""

    @cached_property
    def _normalise(self) -> Normaliser:
        return Normaliser(unicode=self.unicode, ignore_case=self.ignore_case, space=self.space)

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; Failed where the two texts are too long to compare in seconds."""
        expected = expected_texts(case)
        if not expected:
            return nothing_to_compare(case)
        found = self._units(output.text)
        best = 0.0
        for text in expected:
            wanted = self._units(text)
            longest = max(len(found), len(wanted))
            if len(found) * len(wanted) > _MOST_CELLS:
                return Failed(
                    error=f"{len(found)} and {len(wanted)} {self.unit} are too many: try unit=words"
                )
            best = max(best, 1.0 - edit_distance(found, wanted) / longest if longest else 1.0)
        if not found and best == 0.0:
            return self._miss("the answer is empty")
        return Scored(value=best)

    def _units(self, text: str) -> Sequence[str]:
        normal = self._normalise(text)
        if self.unit == "characters":
            return normal
        return graphemes(normal) if self.unit == "graphemes" else words(normal)
