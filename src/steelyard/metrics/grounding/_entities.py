"""Names in a claim that the documents do not know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from steelyard.metrics.grounding._document import Document
from steelyard.metrics.grounding._terms import terms_of

# What may not stand before a name is looked for after its first letter: only so is the scan for it fast.
_NAME = re.compile(r"[^\W\d_](?<![\w'’-].)[\w'’]*(?:-\w+)*", re.DOTALL)
_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ](?<![\w'’-].)[\w'’]*(?:-\w+)*", re.DOTALL)
_CODE_HINT = re.compile(r"[A-Za-z_](?:-?[0-9])|[0-9][A-Za-z_]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
_CODE = re.compile(r"(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*|[A-Za-z]+-\d[\w-]*")
_DIGIT = re.compile(r"\d")
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


def unknown_name(
    claim: str, sources: Sequence[Document], *, known: Sequence[str] = (), strict: bool = False
) -> str:
    """A name in a cleaned claim that no source and no text of `known` holds; empty when there is none.

    Names are capitalised words that do not begin the claim (with `strict`, for languages that write nouns
    with capitals, none of these), words of capitals or of letters with digits, and Katakana runs. An
    inflected form, and an acronym of words in a source, count as held.
    """
    for name in _names(claim, strict=strict):
        if not any(_holds(source, name) for source in sources) and not _in_texts(name, known):
            return name
    return ""


def _names(claim: str, *, strict: bool) -> list[str]:
    claim = claim[:_LONGEST]
    digits = _DIGIT.search(claim) is not None
    if claim.isascii() and claim[1:].islower() and not digits:
        return []
    found: list[str] = []
    if digits and (not claim.isascii() or _CODE_HINT.search(claim) is not None):
        found = [match.group() for match in _CODE.finditer(claim) if not _NOT_CODES.fullmatch(match.group())]
    for match in _CAPITAL.finditer(claim):
        word = match.group()
        if not word[0].isupper() or word.lower() in _IGNORED or (digits and _DIGIT.search(word)):
            continue
        if (len(word) > 1 and word.isupper()) or (not strict and _is_named(claim, match)):
            found.append(word)
    if not claim.isascii():
        found += _KATAKANA.findall(claim)
    return found


def _is_named(claim: str, match: re.Match[str]) -> bool:
    """Whether a capitalised word is a name by its place: within a sentence, or before another capital."""
    if _NAME.search(claim, 0, match.start()) is not None:
        return claim[: match.start()].rstrip()[-1:] not in _BEGINNINGS
    following = _NAME.search(claim, match.end())
    return following is not None and following.group()[0].isupper()


def _holds(source: Document, name: str) -> bool:
    if _in_texts(name, (source.folded,), folded=True):
        return True
    terms = terms_of([name])
    if not terms:
        return True
    if all(source.holds(term) for term in terms):
        return True
    return name.isupper() and len(name) > 1 and name in source.initials


def _in_texts(name: str, texts: Sequence[str], *, folded: bool = False) -> bool:
    wanted = name.casefold().replace("’s", "").replace("'s", "")
    if wanted.isalpha() and len(wanted) > _PREFIX + 1:
        wanted = wanted[:-1] if len(wanted) <= _PREFIX + 2 else wanted[: max(_PREFIX, len(wanted) - 3)]
    return any(wanted in (text if folded else text.casefold()) for text in texts)
