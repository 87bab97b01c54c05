"""Finding terms in a text whatever their case, form and ending, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from steelyard.metrics.grounding._terms import clean
from steelyard.text import graphemes

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_ENDINGS = "(?:['’]?s|es|d|ed|ing|er|ers|est|ly|n|en|em|e)?"
_ENDINGS_Y = "(?:y(?:['’]s|ing)?|ies|ied|ier|iest|ily)"
_ENDINGS_E = "(?:e(?:['’]?s|d|r|rs|st|ly|n)?|ing)"
_GAP = re.compile(r"[\s\-_]+")
_SHORTEST = 4
_LONG = 7


class Searchable:
    """A text in folded form that knows where each of its characters came from."""

    def __init__(self, text: str) -> None:
        self._same = text.isascii()
        if self._same:
            self.folded = text.lower()
            return
        pieces: list[str] = []
        self._places: list[int] = []
        position = 0
        for cluster in graphemes(text):
            piece = clean(cluster).casefold()
            pieces.append(piece)
            self._places.extend([position] * len(piece))
            position += len(cluster)
        self._places.append(len(text))
        self.folded = "".join(pieces)

    def find(self, term: str, *, inflected: bool) -> Iterator[tuple[int, int]]:
        """Places of a term in the text as it was given."""
        for match in _pattern(term, inflected).finditer(self.folded):
            start, end = match.span()
            if self._same:
                yield start, end
            else:
                yield self._places[start], self._places[end]


@lru_cache(maxsize=4096)
def _pattern(term: str, inflected: bool) -> re.Pattern[str]:  # noqa: FBT001  a cached function takes no keywords
    words = _GAP.sub(" ", clean(term).casefold()).split() or [clean(term).casefold()]
    body = r"[\s\-_]+".join(_word(word, inflected=inflected) for word in words)
    before = "" if _UNSPACED.match(words[0]) else r"(?<!\w)"
    after = "" if _UNSPACED.match(words[-1][-1]) else r"(?!\w)"
    return re.compile(before + body + after)


def _word(word: str, *, inflected: bool) -> str:
    if not inflected or not word.isalpha() or _UNSPACED.search(word) or len(word) < _SHORTEST:
        return re.escape(word)
    if word.isascii():
        if word.endswith("y") and word[-2] not in "aeiou":
            return word[:-1] + _ENDINGS_Y
        if word.endswith("e"):
            return word[:-1] + _ENDINGS_E
        return f"{word}(?:{word[-1]}(?=ed|ing|er))?{_ENDINGS}"
    latin = unicodedata.name(word[0], "").startswith("LATIN")
    if latin:
        return re.escape(word) + (_ENDINGS if len(word) >= _LONG else "")
    return re.escape(word[:-1] if len(word) > _SHORTEST else word) + r"\w{0,3}"
