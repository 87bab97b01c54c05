"""Porter's stemmer for English, in the variant that rouge-score uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

_VOWELS = frozenset("aeiou")
_IRREGULAR: Mapping[str, str] = {
    "sky": "sky",
    "skies": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "news": "news",
    "innings": "inning",
    "inning": "inning",
    "outings": "outing",
    "outing": "outing",
    "cannings": "canning",
    "canning": "canning",
    "howe": "howe",
    "proceed": "proceed",
    "exceed": "exceed",
    "succeed": "succeed",
}

_STEP_2 = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
)
_STEP_3 = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_STEP_4 = (
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion"),
    *("ou", "ism", "ate", "iti", "ous", "ive", "ize"),
)
_ENDS_2 = ("alli", "logi", *(suffix for suffix, _ in _STEP_2))
_ENDS_3 = tuple(suffix for suffix, _ in _STEP_3)
_MOST_REMEMBERED = 20_000


class PorterStemmer:
    """English words to stems: `connections` to `connect`.

    Source: Porter 1980, "An algorithm for suffix stripping", with the departures of NLTK's default mode
    (irregular words, short `-ies` and `-ied`, `y` after a consonant, `-alli`, `-fulli`, `-logi`).
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = dict(_IRREGULAR)

    def stem(self, word: str) -> str:
        """The stem of a lower-case word; words of one or two letters are their own."""
        known = self._known.get(word)
        if known is None:
            known = _stem(word)
            if len(self._known) < _MOST_REMEMBERED:
                self._known[word] = known
        return known


def _stem(word: str) -> str:
    if len(word) <= 2:
        return word
    word = _past_and_gerund(_plural(word))
    if word.endswith("y") and len(word) > 2 and _consonants(word[:-1])[-1]:
        word = word[:-1] + "i"
    if word.endswith(_ENDS_2):
        word = _derived(word)
    if word.endswith(_ENDS_3):
        word = _first_rule(word, _STEP_3)
    if word.endswith(_STEP_4):
        word = _step_4(word)
    return _tidy(word)


def _plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past_and_gerund(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        stem = word.removesuffix(suffix)
        if stem != word and not all(_consonants(stem)):
            return _mended(stem)
    return word


def _mended(stem: str) -> str:
    """A stem left by -ed or -ing, with its final e back or its double consonant undone."""
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if len(stem) > 1 and stem[-1] == stem[-2] and _consonants(stem)[-1]:
        return stem if stem[-1] in "lsz" else stem[:-1]
    return stem + "e" if _measure(stem) == 1 and _ends_like_hop(stem) else stem


def _derived(word: str) -> str:
    while word.endswith("alli") and _measure(word[:-4]) > 0:
        word = word[:-2]
    if word.endswith("alli"):
        return word
    if word.endswith("logi"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    return _first_rule(word, _STEP_2)


def _first_rule(word: str, rules: Sequence[tuple[str, str]]) -> str:
    for suffix, replacement in rules:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            return stem + replacement if _measure(stem) > 0 else word
    return word


def _step_4(word: str) -> str:
    for suffix in _STEP_4:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            removable = _measure(stem) > 1 and (suffix != "ion" or stem[-1] in "st")
            return stem if removable else word
    return word


def _tidy(word: str) -> str:
    if word.endswith("e"):
        stem = word[:-1]
        measure = _measure(stem)
        if measure > 1 or (measure == 1 and not _ends_like_hop(stem)):
            word = stem
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _consonants(word: str) -> list[bool]:
    """For each letter whether it is a consonant: not a vowel, nor a y after a consonant."""
    flags: list[bool] = []
    for letter in word:
        flags.append(not (flags and flags[-1]) if letter == "y" else letter not in _VOWELS)
    return flags


def _measure(stem: str) -> int:
    """How often a consonant follows a vowel: Porter's m."""
    flags = _consonants(stem)
    return sum(1 for before, after in pairwise(flags) if after and not before)


def _ends_like_hop(word: str) -> bool:
    flags = _consonants(word)
    if len(word) == 2:
        return not flags[0] and flags[1]
    return len(word) >= 3 and flags[-3] and not flags[-2] and flags[-1] and word[-1] not in "wxy"
