"""Tokens of any script: grapheme clusters, words, and the terms of SQuAD."""

from __future__ import annotations

from functools import cache

import regex

# Scripts written without blanks between words. Cutting them into words needs a dictionary; a grapheme
# cluster is the unit that the multilingual evaluations (MLQA, XQuAD) use instead.
_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Tai_Le}\p{New_Tai_Lue}\p{Tai_Tham}"
)
_PICTURE = r"\p{Extended_Pictographic}\p{Regional_Indicator}"
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}\p{{Pc}}\u200c\u200d]--[{_UNSPACED}\p{{Katakana}}]]"
_KATAKANA = r"[\p{Katakana}\u30fc\uff70\u3099\u309a]"

# Flags are paired by hand: to pair them the module looks back over the whole run of letters, at every one.
_FLAG = r"\p{Regional_Indicator}{2}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*"


_WORD = rf"""
      (?=[{_UNSPACED}]) \X                                   # one cluster of a script without blanks
    | (?=\p{{Katakana}}) {_KATAKANA}+                        # a loan word
    | \p{{Nd}}+ (?: [.,\u066b\u066c'] \p{{Nd}}+ )*  (?!{_LETTER})  # a number with its separators
    | (?=[[\p{{L}}\p{{N}}\p{{Pc}}]--[{_UNSPACED}]]) {_LETTER}+ (?: ['\u2019\u00b7.] (?=\p{{L}}) {_LETTER}+ )*
    | {_FLAG}
    | (?=[{_PICTURE}]) \X                                    # an emoji, with its skin tone or family
    | [0-9\#*] \ufe0f? \u20e3                                # a keycap
    """


# The patterns are compiled when they are first used: that takes longer than many a program runs.
@cache
def _grapheme() -> regex.Pattern[str]:
    return regex.compile(rf"{_FLAG}|\X")


@cache
def _word() -> regex.Pattern[str]:
    return regex.compile(_WORD, regex.VERSION1 | regex.VERBOSE)


@cache
def _unspaced() -> regex.Pattern[str]:
    return regex.compile(rf"[{_UNSPACED}]", regex.VERSION1)


@cache
def _piece() -> regex.Pattern[str]:
    return regex.compile(rf"(?=[{_UNSPACED}])\X|[^{_UNSPACED}]+", regex.VERSION1)


def graphemes(text: str) -> list[str]:
    """The user-perceived characters: extended grapheme clusters (UAX #29).

    A letter with its accents, a Thai consonant with its vowel sign, a flag or a family emoji is one.
    """
    if text.isascii() and "\r\n" not in text:
        return list(text)
    found: list[str] = _grapheme().findall(text)
    return found


def words(text: str) -> list[str]:
    """The words of a text in any script, in order, without white space and punctuation.

    Follows UAX #29 word boundaries: a run of letters with its marks is a word (Vietnamese, Arabic, Hindi,
    Korean), `don't`, `U.S` and `1,319.5` are one each, a Katakana run is one, every emoji is one; Chinese
    characters, Hiragana and the clusters of Thai, Lao, Khmer, Myanmar and Tibetan stand alone. The case
    and form of the text are kept: normalise first where they should not matter.
    """
    found: list[str] = _word().findall(text)
    return found


def split_unspaced(terms: list[str]) -> list[str]:
    """Blank-separated terms, with those of scripts without blanks cut into grapheme clusters.

    The mixed segmentation of MLQA (Lewis et al. 2020): `北京2008` becomes `北`, `京`, `2008`.
    """
    cut: list[str] = []
    for term in terms:
        if term.isascii() or not _unspaced().search(term):
            cut.append(term)
        else:
            cut.extend(_piece().findall(term))
    return cut
