"""Sentences of a text in any script, with their places: prose, lists, tables, code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

PassageKind = Literal["prose", "item", "row", "heading", "code"]

_LINE = re.compile(r"[^\n]+")
_MARKER = re.compile(r"[ \t>]*(?:[-*+•‣◦·–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+")
_FENCE = re.compile(r"[ \t]{0,3}(```|~~~)")
_RULE = re.compile(r"[ \t|:+=*_-]*\Z")
_FENCES = ("```", "~~~")
# A run of marks is tried at its first one only, so that very long runs take linear time.
_END_SPACED = re.compile(r"[.!?…](?<![.!?…]{2})[.!?…]*+[\"'”’»)\]*_]*+(?!\S)")
_END_ASCII = re.compile(r"[.!?](?<![.!?]{2})[.!?]*+[\"')\]*_]*+(?!\S)")
_END_OTHER = re.compile(r"[。！？；｡।॥؟۔]")
_END = re.compile(rf"{_END_SPACED.pattern}|[。！？；｡]+[」』”’）)]*|[।॥؟۔]+")
_THAI_GAP = re.compile(r"(?<=[\u0e00-\u0e7f])\s+(?=[\u0e00-\u0e7f])")
_THAI_LEAST = 16
_NEXT_WORD = re.compile(r"\s*[\"'“‘(\[*_]*(\w{1,24})")
_WRAPPED = 50
_ENDS = frozenset(".!?…:。！？；।؟")

_ABBREVIATIONS_TEXT = (
    "mr mrs ms dr prof sr jr st vs etc e.g i.e eg ie cf fig figs no nos vol pp p ed eds al approx dept "
    "est inc ltd co corp gen gov sen rep rev capt lt col sgt jan feb mar apr jun jul aug sep sept oct "
    "nov dec mt ave ca bzw z.b d.h u.a usw bspw ggf nr str inkl evtl art abs ff hr fr mme mlle ex av "
    "env tp ths ts gs pgs т.е т.д г ул им руб "
)
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_TEXT.split())
_LONGER = max(map(len, _ABBREVIATIONS)) + 1
_MONTHS = re.compile(
    r"(?:jan|feb|m[aä]r|apr|ma[iyj]|jun|jul|aug|sep|o[ck]t|nov|de[czk]|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)",
    re.IGNORECASE,
)


class Sentence(NamedTuple):
    """A sentence, a list item's sentence, a table row, a heading or a block of code."""

    start: int
    """Where it begins in the text, in characters."""
    end: int
    """Where it ends, exclusive."""
    kind: PassageKind
    """What it is part of."""


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text in order, without list markers and surrounding white space.

    Sentences end at the marks of the Latin, CJK, Devanagari and Arabic scripts; abbreviations, initials,
    decimals and day numbers before a month do not end one. Thai, which has no such mark, is cut at the
    blanks that separate its clauses. Lines that were wrapped are joined; a blank line, a list item, a
    heading and a table row stand for themselves. Takes time linear in the text.
    """
    found: list[Sentence] = []
    ends, split = _END_ASCII, _split
    if not text.isascii():
        ends = _END_SPACED if _END_OTHER.search(text) is None else _END
        split = _split if _THAI_GAP.search(text) is None else _split_thai
    for start, end, kind in _passages(text):
        if kind in ("row", "heading", "code"):
            if start < end:  # a heading's mark may stand alone
                found.append(Sentence(start, end, kind))
        else:
            found.extend([Sentence(low, high, kind) for low, high in split(text, start, end, ends=ends)])
    return found


def _passages(text: str) -> Iterator[tuple[int, int, PassageKind]]:
    """Blocks of lines that belong together."""
    lines = _Lines(text)
    held: tuple[int, int, PassageKind] | None = None
    for start, end, kind, follows in lines:
        if held is not None and kind == "prose" and follows and held[2] in ("prose", "item"):
            held = (held[0], end, held[2])
            continue
        if held is not None:
            yield held
        held = (start, end, kind)
    if held is not None:
        yield held


class _Lines:
    """The lines of a text that say something, each with its kind, and whether it continues the one before."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[tuple[int, int, PassageKind, bool]]:
        text = self._text
        fence: tuple[str, int] | None = None
        fenced = any(mark in text for mark in _FENCES)
        last_end, last_long = -2, False
        for match in _LINE.finditer(text):
            start, end = match.span()
            opening = _FENCE.match(text, start, end) if fenced else None
            if fence is not None:
                if opening is not None and opening.group(1) == fence[0]:
                    yield fence[1], end, "code", False
                    fence = None
                continue
            if opening is not None:
                fence = (opening.group(1), start)
                continue
            if not text[start].isalnum() and _RULE.match(text, start, end):
                last_end = -2
                continue
            follows = start == last_end + 1 and last_long
            kind, first = _kind(text, start, end)
            yield first, end, kind, follows and kind == "prose"
            stripped = text[max(end - 3, start) : end].rstrip()
            last_end, last_long = end, end - start >= _WRAPPED and stripped[-1:] not in _ENDS
        if fence is not None:
            yield fence[1], len(text), "code", False


def _kind(text: str, start: int, end: int) -> tuple[PassageKind, int]:
    first = text[start : start + 1]
    if first.isalpha() and not (marker := _MARKER.match(text, start, end)):
        return ("row", start) if text.count("|", start, end) > 1 else ("prose", start)
    if (heading := _HEADING.match(text, start, end)) is not None:
        return "heading", heading.end()
    if text[start:end].lstrip().startswith("|"):
        return "row", start
    marker = _MARKER.match(text, start, end)
    return ("prose", start) if marker is None else ("item", marker.end())


def _split(text: str, start: int, end: int, *, ends: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for match in ends.finditer(text, start, end):
        low, high = match.span()
        if high < end and text[low] == "." and not _ends(text, start, (low, high), end=end):
            continue
        while start < high and text[start].isspace():
            start += 1
        if start < high:
            yield start, high
        start = high
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _split_thai(text: str, start: int, end: int, *, ends: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for low, high in _split(text, start, end, ends=ends):
        begin = low
        for gap in _THAI_GAP.finditer(text, low, high):
            if gap.start() - begin >= _THAI_LEAST and high - gap.end() >= _THAI_LEAST:
                yield begin, gap.start()
                begin = gap.end()
        yield begin, high


def _ends(text: str, begin: int, mark: tuple[int, int], *, end: int) -> bool:
    """Whether a full stop ends its sentence: not after abbreviations and initials, nor before lower case."""
    low, high = mark
    if high - low > 1 and text[low + 1] in ".!?":
        return _upper_next(text, high, end)
    if low - _LONGER >= begin and text[low - _LONGER : low].isalpha() and text[high + 1 : high + 2].isupper():
        return True
    word = text[max(begin, low - 24, text.rfind(" ", begin, low) + 1) : low].lstrip("([\"“'‘*_")
    if word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isupper()):
        return False
    if text[high + 1 : high + 2].isupper() and not word.isdigit():
        return True
    following = _NEXT_WORD.match(text, high, end)
    if following is None or following.group(1)[0].islower():
        return following is None
    return not (word.isdigit() and len(word) <= 2 and _MONTHS.match(following.group(1)) is not None)


def _upper_next(text: str, start: int, end: int) -> bool:
    following = _NEXT_WORD.match(text, start, end)
    return following is None or not following.group(1)[0].islower()
