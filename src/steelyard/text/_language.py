"""Which language a text is in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

_ENOUGH = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A guess at the language of a text."""

    code: str
    """ISO 639-1 code, such as `vi`."""
    probability: float
    """The classifier's probability among the languages asked about, 0 to 1."""


def identify_language(text: str, *, among: tuple[str, ...] = ()) -> Language | None:
    """The most probable language, among the given codes or all 97; None without two letters to go by.

    A naive Bayes classifier over byte n-grams. Short texts, and close relatives such as Norwegian and
    Danish, are often confused: pass `among` where the candidates are known. Only the first 8,192
    characters are read.

    Source: Lui and Baldwin 2012, "langid.py: an off-the-shelf language identification tool".
    """
    text = text[:_ENOUGH]
    if sum(character.isalpha() for character in text) < 2:
        return None
    identifier = _identifier(tuple(sorted(set(among))))
    code, probability = identifier.classify(text.encode("utf-8", "ignore").decode("utf-8"))
    return Language(code=str(code), probability=min(float(probability), 1.0))


def language_codes() -> frozenset[str]:
    """The codes that `identify_language` knows."""
    return frozenset(str(code) for code in _identifier(()).nb_classes)


@cache
def _identifier(among: tuple[str, ...]) -> Any:
    # The model takes a quarter of a second to unpack: it is loaded by the first question, not by an import.
    langid = import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    if among:
        identifier.set_languages(list(among))
    return identifier
