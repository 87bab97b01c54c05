"""Names in a claim that the documents do not know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from steelyard.metrics.grounding._document import Document
from steelyard.metrics.grounding._terms import has_digit, terms_of

# What may not stand before a name is looked for after its first letter: only so is the scan for it fast.
_NAME = re.compile(r"[^\W\d_](?<![\w'’-].)[\w'’]*(?:-\w+)*", re.DOTALL)
_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ](?<![\w'’-].)[\w'’]*(?:-\w+)*", re.DOTALL)
_ASCII_CAPITAL = re.compile(r"[A-Z](?<![\w'-].)[\w']*(?:-\w+)*", re.DOTALL | re.ASCII)
_CODE_HINT = re.compile(r"\d(?:(?<=[^\W\d]\d)|(?<=[^\W\d]-\d)|(?=[^\W\d]))")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
_CODE = re.compile(r"(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*|[A-Za-z]+-\d[\w-]*")
_LONGEST = 4_000
_PREFIX = 4
_CALENDAR_TEXT = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december "
)
_CALENDAR = frozenset(_CALENDAR_TEXT.split())
_NOT_NAMES_TEXT = "i i'm i'd i'll i've ok pdf faq mr mrs ms dr prof am pm bc ad ce "
_NOT_NAMES = frozenset(_NOT_NAMES_TEXT.split())
_IGNORED = _CALENDAR | _NOT_NAMES
_BEGINNINGS = frozenset('.!?:"“«„')
_NOT_CODES = re.compile(
    r"\d+(?:st|nd|rd|th|s|k|m|g|kg|km|cm|mm|ml|h|min|ms|gb|mb|kb|tb|bn|mn|am|pm|px|x|kwh|mw|gw|w)",
    re.IGNORECASE,
)


class Names:
    """What the documents, and the texts that the user brought in, know of names."""

    def __init__(self, sources: Sequence[Document], *, known: Sequence[str] = ()) -> None:
        self._sources = sources
        self._known = known
        self._asked: dict[str, bool] = {}

    def unknown(self, claim: str) -> str:
        """A name in a cleaned claim that no source and no known text holds; empty when there is none.

        Names are capitalised words that do not begin the claim (none of these where a source writes nouns
        with capitals), words of capitals or of letters with digits, and Katakana runs. An inflected form,
        and an acronym of words in a source, count as held.
        """
        claim = claim[:_LONGEST]
        for name in _codes(claim):
            if not self._holds(name):
                return name
        if self._may_name(claim):
            for name in _capitalised(claim, strict=self._strict):
                if not self._holds(name):
                    return name
        if not claim.isascii():
            for match in _KATAKANA.finditer(claim):
                if not self._holds(match.group()):
                    return match.group()
        return ""

    def _may_name(self, claim: str) -> bool:
        """Whether a capitalised word is unknown, wherever it stands."""
        plain = claim.isascii()
        if plain and claim[1:].islower():
            return False
        words = (_ASCII_CAPITAL if plain else _CAPITAL).findall(claim)
        if self._strict:
            words = [word for word in words if word.isupper()]
        return not all(map(self._holds, words))

    @cached_property
    def _strict(self) -> bool:
        return any(source.capitalises_nouns for source in self._sources)

    @cached_property
    def _texts(self) -> list[str]:
        return [*(source.folded for source in self._sources), *(text.casefold() for text in self._known)]

    def _holds(self, name: str) -> bool:
        found = self._asked.get(name)
        if found is None:
            stem = _stem(name)
            found = any(stem in text for text in self._texts) or self._holds_terms(name)
            self._asked[name] = found
        return found

    def _holds_terms(self, name: str) -> bool:
        terms = terms_of([name])
        if not terms:
            return bool(self._sources)
        acronym = name.isupper() and len(name) > 1
        return any(
            all(source.holds(term) for term in terms) or (acronym and name in source.initials)
            for source in self._sources
        )


def _codes(claim: str) -> list[str]:
    if not has_digit(claim) or _CODE_HINT.search(claim) is None:
        return []
    return [code for code in _CODE.findall(claim) if not _NOT_CODES.fullmatch(code)]


def _capitalised(claim: str, *, strict: bool) -> Iterator[str]:
    """Words of capitals, and unless `strict` those that are names by their place; none with a digit."""
    first: int | None = None
    for match in (_ASCII_CAPITAL if claim.isascii() else _CAPITAL).finditer(claim):
        word = match.group()
        if not word[0].isupper() or word.lower() in _IGNORED or has_digit(word):
            continue
        if len(word) > 1 and word.isupper():
            yield word
        elif not strict:
            if first is None:
                opening = _NAME.search(claim)
                first = match.start() if opening is None else opening.start()
            if _is_named(claim, match, opens=match.start() <= first):
                yield word


def _is_named(claim: str, match: re.Match[str], *, opens: bool) -> bool:
    """Whether a capitalised word is a name by its place: within a sentence, or before another capital."""
    if not opens:
        return claim[: match.start()].rstrip()[-1:] not in _BEGINNINGS
    following = _NAME.search(claim, match.end())
    return following is not None and following.group()[0].isupper()


def _stem(name: str) -> str:
    """What of a name, without case, stands in all its common forms."""
    stem = name.casefold().replace("’s", "").replace("'s", "")
    if stem.isalpha() and len(stem) > _PREFIX + 1:
        return stem[:-1] if len(stem) <= _PREFIX + 2 else stem[: max(_PREFIX, len(stem) - 3)]
    return stem
