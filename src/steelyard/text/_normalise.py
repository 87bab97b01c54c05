"""Normalisation of text, each step declared."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import regex
else:
    import lazy_loader

    regex = lazy_loader.load("regex")

UnicodeForm = Literal["nfc", "nfkc", "none"]
SpaceRule = Literal["strip", "collapse", "keep"]


@cache
def _punctuation() -> regex.Pattern[str]:
    return regex.compile(r"[\p{P}$+<=>^`|~]")


@cache
def _articles() -> regex.Pattern[str]:
    return regex.compile(r"\b(?:a|an|the)\b", regex.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normaliser:
    """What is done to a text before it is compared; calling it does it.

    Steps, in this order: Unicode form (UAX #15), case folding (Unicode full folding, then the form
    again), punctuation, English articles, white space.
    """

    unicode: UnicodeForm = "nfc"
    """`nfc` composes (é is one character), `nfkc` also unifies widths and ligatures, `none` keeps."""
    ignore_case: bool = False
    """Fold case in every script that has it."""
    ignore_punctuation: bool = False
    """Drop Unicode punctuation, and the ASCII symbols that SQuAD counts as such."""
    ignore_articles: bool = False
    """Drop the English words a, an, the."""
    space: SpaceRule = "strip"
    """`strip` the ends, `collapse` every run of white space to one blank as well, or `keep`."""

    def __call__(self, text: str) -> str:
        """The normalised text."""
        text = self._form(text)
        if self.ignore_case:
            text = self._form(text.casefold())
        if self.ignore_punctuation:
            text = _punctuation().sub("", text)
        if self.ignore_articles:
            text = _articles().sub(" ", text)
        if self.space == "strip":
            return text.strip()
        return " ".join(text.split()) if self.space == "collapse" else text

    def _form(self, text: str) -> str:
        if self.unicode == "none" or text.isascii():
            return text
        return unicodedata.normalize("NFC" if self.unicode == "nfc" else "NFKC", text)
