"""From which overlap on a case counts as seen."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.core import CaseState, UsageError

GRAM = 16
"""Letters in a row that are looked up; shorter agreement is not evidence of anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRule:
    """Limits between clean, suspicious and contaminated, in words of the case.

    Thirteen words in a row: Brown et al. 2020, "Language models are few-shot learners", appendix C. Four
    fifths of the text: Touvron et al. 2023, "Llama 2", appendix A.6, whose dirty samples begin there.
    """

    run_words: int = 13
    """So many words in a row: contaminated. Cases with fewer words must be there whole."""
    short_words: int = 8
    """Cases with fewer words are suspicious at most, also when they are there whole."""
    fewest_words: int = 4
    """Cases with fewer words are not looked for: they meet by chance."""
    contaminated_share: float = 0.8
    """This share of the words, in runs of 16 letters and more close together: contaminated."""
    suspicious_share: float = 0.5
    """This share: suspicious."""
    suspicious_letters: int = 48
    """Less text than this in common is no suspicion, whatever its share."""

    def __post_init__(self) -> None:
        if not 2 <= self.fewest_words <= self.short_words <= self.run_words:
            raise UsageError(
                f"{self.fewest_words}, {self.short_words} and {self.run_words} words cannot be limits",
                hint="They must not descend, and begin at 2 or more",
            )
        if not 0 < self.suspicious_share <= self.contaminated_share <= 1:
            raise UsageError(
                f"shares of {self.suspicious_share} and {self.contaminated_share} cannot be limits",
                hint="They must not descend, and lie above 0 and up to 1",
            )

    def judge(self, words: int, *, longest: int, covered: int, letters: int) -> CaseState:
        """The state of a case of so many words, by its longest run, covered words and covered letters."""
        if words < self.short_words:
            return "suspicious" if covered == words else "clean"
        if longest >= min(self.run_words, words) or (
            covered >= max(self.contaminated_share * words, self.short_words)
        ):
            return "contaminated"
        if covered >= self.suspicious_share * words and letters >= self.suspicious_letters:
            return "suspicious"
        return "clean"
