# ruff: noqa: E501  tables of phrases are read line by line
"""Dates in the ways people write them, as year, month and day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MONTH_NAMES = (
    "january jan januar janvier enero janeiro января январь มกราคม",
    "february feb februar février febrero fevereiro февраля февраль กุมภาพันธ์",
    "march mar märz mars marzo março марта март มีนาคม",
    "april apr avril abril апреля апрель เมษายน",
    "may mai mayo maio мая май พฤษภาคม",
    "june jun juni juin junio junho июня июнь มิถุนายน",
    "july jul juli juillet julio julho июля июль กรกฎาคม",
    "august aug août agosto августа август สิงหาคม",
    "september sep sept septembre septiembre setembro сентября сентябрь กันยายน",
    "october oct oktober okt octobre octubre outubro октября октябрь ตุลาคม",
    "november nov novembre noviembre novembro ноября ноябрь พฤศจิกายน",
    "december dec dezember dez décembre diciembre dezembro декабря декабрь ธันวาคม",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_NAMES = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_YEAR = r"(?:1[0-9]|2[0-9])\d\d"
_PATTERN = re.compile(
    rf"""
      (?<![\d.-])(?P<y1>{_YEAR})[-/.](?P<m1>\d\d?)[-/.](?P<d1>\d\d?)(?![\d-])
    | (?P<y2>{_YEAR})\s?[年년]\s?(?:(?P<m2>\d\d?)\s?[月월](?:\s?(?P<d2>\d\d?)\s?[日号號일])?)?
    | (?<![\d.])(?P<m3>\d\d?)\s?[月월]\s?(?P<d3>\d\d?)\s?[日号號일]
    | ngày\s+(?P<d4>\d\d?)(?:\s+tháng\s+|[/-])(?P<m4>\d\d?)(?:(?:\s+năm\s+|[/-])(?P<y4>{_YEAR}))?(?!\d)
    | tháng\s+(?P<m5>\d\d?)(?:\s+năm\s+|/)(?P<y5>{_YEAR})(?!\d)
    | năm\s+(?P<y6>{_YEAR})(?!\d)
    | (?<![\d.])(?P<d7>\d\d?)(?:st|nd|rd|th|er|º|\.)?(?:\s+(?:of|de))?\s+(?P<n7>{_NAMES})\b\.?(?:(?:,|\s+de)?\s*(?P<y7>{_YEAR}|25\d\d)(?!\d))?
    | \b(?P<n8>{_NAMES})\b\.?\s+(?P<d8>\d\d?)(?:st|nd|rd|th)?(?![\d:%])(?:,?\s+(?P<y8>{_YEAR})(?!\d))?
    | \b(?P<n9>{_NAMES})\b\.?,?\s+(?:of\s+|de\s+)?(?P<y9>{_YEAR})(?!\d)
    | (?<![\d./-])(?P<a>\d\d?)[/.-](?P<b>\d\d?)[/.-](?P<y10>{_YEAR})(?![\d-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MAYBE = re.compile(r"\d[-/.]\d\d?[-/.]\d|\d\s?[年月년월]|ngày|tháng|năm|[ก-๙]{3}", re.IGNORECASE)
_MONTH_WORDS = frozenset(_MONTHS)
_BEGINNINGS = _MONTH_WORDS | {"ngày", "tháng", "năm"}
_NUMERIC = re.compile(r"\d[-/.]\d\d?[-/.]\d")
_VIETNAMESE = re.compile("ngày|tháng|năm", re.IGNORECASE)
_TOKEN = re.compile(r"\d+|[^\W\d]+")
_EAST = re.compile("[\u0e00-\u0eff\u3000-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_BUDDHIST = 543
_BUDDHIST_FROM = 2400
_YEAR_ALONE = re.compile(rf"(?<![\w.,$€£¥/-])({_YEAR})(?![\w%$€£¥₫]|[.,/-]\d)")


class Date(NamedTuple):
    """A date, as exact as it was written."""

    year: int | None
    """The year; None where it is not said."""
    month: int | None
    """1 to 12."""
    day: int | None
    """1 to 31."""

    def within(self, other: Date) -> bool:
        """Whether the other date says this one: each part that this one gives is given there and equal."""
        parts = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine is None or mine == theirs for mine, theirs in parts)

    def clashes(self, other: Date) -> bool:
        """Whether both give a part, and differently."""
        parts = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in parts)


def read_dates(text: str, lowered: list[str]) -> list[tuple[int, int, tuple[Date, ...]]]:
    """Place and readings of each date in a cleaned text that has a digit and these lower-case words.

    03/04/2024 has two readings.
    """
    if not text.isascii() and _EAST.search(text) is not None:
        if _MONTH_WORDS.isdisjoint(lowered) and _MAYBE.search(text) is None:
            return []
        matches = _PATTERN.finditer(text)
    elif (
        _MONTH_WORDS.isdisjoint(lowered)
        and _NUMERIC.search(text) is None
        and (text.isascii() or _VIETNAMESE.search(text) is None)
    ):
        return []
    else:
        matches = _matches(text)
    found: list[tuple[int, int, tuple[Date, ...]]] = []
    for match in matches:
        readings = tuple(date for date in _readings(match) if _possible(date))
        if readings:
            found.append((match.start(), match.end(), readings))
    return found


def _matches(text: str) -> Iterator[re.Match[str]]:
    """What the pattern finds in a text with blanks between words, tried only where a date can begin."""
    free = 0
    for token in _TOKEN.finditer(text):
        start = token.start()
        if start < free or not (text[start].isdecimal() or token.group().lower() in _BEGINNINGS):
            continue
        match = _PATTERN.match(text, start)
        if match is not None:
            free = match.end()
            yield match


def read_years(text: str) -> dict[int, tuple[int, Date]]:
    """Start to end and value of bare four-digit numbers from 1000 to 2999 that can be years."""
    found = _YEAR_ALONE.finditer(text)
    return {match.start(): (match.end(), Date(int(match.group()), None, None)) for match in found}


def _readings(match: re.Match[str]) -> list[Date]:
    parts = {key: value for key, value in match.groupdict().items() if value is not None}
    if "a" in parts:
        written, one, two = int(parts["y10"]), int(parts["a"]), int(parts["b"])
        return [Date(written, two, one)] + ([Date(written, one, two)] if one != two else [])
    year: int | None = None
    month: int | None = None
    day: int | None = None
    for key, value in parts.items():
        if key[0] == "y":
            year = int(value)
            if year >= _BUDDHIST_FROM:
                year -= _BUDDHIST
        elif key[0] == "m":
            month = int(value)
        elif key[0] == "n":
            month = _MONTHS[value.lower()]
        elif key[0] == "d":
            day = int(value)
    return [Date(year, month, day)]


def _possible(date: Date) -> bool:
    return (date.month is None or 1 <= date.month <= 12) and (date.day is None or 1 <= date.day <= 31)
