# ruff: noqa: E501  tables of phrases are read line by line
"""Facts that are compared exactly: numbers with their units, percentages, money, dates, times of day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from steelyard.metrics.grounding._dates import Date, read_dates, read_years
from steelyard.metrics.grounding._terms import has_digit
from steelyard.metrics.grounding._units import SCALES, UNITS, WORD_NUMBERS

_SIGN = r"(?:(?<![\w)\]])[-−])?"
_CURRENCY = r"(?:US\$|[$€£¥₫฿₹₩₽])"
_NUMBER = re.compile(
    rf"(?P<money>{_CURRENCY}\s?)?(?<![A-Za-z_\d.,])(?<![A-Za-z_]-)(?P<sign>{_SIGN})(?<![A-Za-z]-)"
    rf"(?P<digits>\d{{1,30}}(?:[.,'’\u00a0\u202f ]\d{{3}}(?!\d)){{0,8}}(?:[.,]\d{{1,15}})?)(?!\d)"
)
_TIME = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:[:h.](\d\d))?(?::\d\d)?\s?(am|pm|a\.m\.|p\.m\.)|(?<![\d:])(\d{1,2})[:h](\d\d)(?![\d:])",
    re.IGNORECASE,
)
_MAYBE_TIME = re.compile(r"\d(?:[:h.]\d|\s?[aApP]\.?[mM])")


def _by_initial(names: Iterable[str], before: str, after: str) -> dict[str, re.Pattern[str]]:
    """First letter to the pattern of the names that begin with it, the longest first."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name[0], []).append(name)
    return {
        initial: re.compile(
            f"{before}({'|'.join(sorted(map(re.escape, group), key=len, reverse=True))}){after}",
            re.IGNORECASE,
        )
        for initial, group in groups.items()
    }


_SCALES_BY_INITIAL = _by_initial(SCALES, r"[\s-]?", r"(?:(?![^\W\d_])|(?=[\u3400-\u9fff\u0e00-\u0e7f]))")
_UNITS_BY_INITIAL = _by_initial(
    UNITS, r"[\s-]?(?:of\s)?", r"(?:(?![\w²/])|(?<=[\u3000-\u9fff\u0e00-\u0e7f%°]))"
)
_NUMBER_WORDS = frozenset(WORD_NUMBERS)
_SCALE_HEADS = frozenset(name[:2] for name in SCALES)
_UNIT_HEADS = frozenset(name[:2] for name in UNITS)
_OF = re.compile(r"of\s", re.IGNORECASE)
_GAPS = frozenset(" -\t\n\r\f\v\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_CHINESE_PERCENT = re.compile(r"百分之\s?(\d+(?:\.\d+)?)")
_HANZI = re.compile(
    r"(?<![一二三四五六七八九十百千万亿第])[一二三四五六七八九十百千两]{1,7}(?=[万亿个年月天日人家次名元公小倍])"
)
_HANZI_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HANZI_SCALES = {"十": 10, "百": 100, "千": 1000}
_DIGITS = re.compile(r"\d+")
_PLAIN_DIGITS = 15
_SEPARATORS = re.compile(r"['’\u00a0\u202f ]")
_BEFORE_DIGIT = 6
_ABOUT = (
    "about", "around", "approximately", "roughly", "nearly", "almost", "circa", "some", "~", "≈", "khoảng", "gần",
    "xấp xỉ", "tầm", "etwa", "rund", "ungefähr", "environ", "près de", "unos", "cerca de", "около", "примерно", "约", "約",
    "近", "およそ", "ประมาณ",
)  # fmt: skip
_MOST = 200
_LONGEST = 4_000


class Fact(NamedTuple):
    """One exactly comparable statement."""

    kind: str
    """What is measured: `number`, `date`, `clock`, `length`, `percent`, `USD`, …"""
    value: float
    """In the base unit of the kind; 0.0 for dates."""
    slack: float
    """How far a rounded value may lie: half a unit of the last digit written, in the base unit."""
    rough: bool
    """Whether the text says `about`."""
    size: float
    """How many base units one of the written unit is; 1 for bare numbers."""
    dates: tuple[Date, ...]
    """The readings of a date."""
    text: str
    """As it was written."""
    start: int
    """Where, in the cleaned text."""

    def says(self, other: Fact) -> bool:
        """Whether this fact, of a document, says the other one, of a claim."""
        if self.kind == "date" and other.kind == "date":
            return any(mine.within(theirs) for mine in other.dates for theirs in self.dates)
        if "date" in (self.kind, other.kind):
            return _year_as_number(self, other)
        if self.kind != other.kind:
            return (
                _temperature(self, other) if "number" not in (self.kind, other.kind) else _bare(self, other)
            )
        if self.value == other.value or abs(self.value - other.value) <= 1e-12 * abs(self.value):
            return True
        loose = other.rough or (self.size != other.size)
        return loose and abs(self.value - other.value) <= max(
            other.slack, self.slack if self.rough else 0.0
        ) * (1 + 1e-9)

    def comparable(self, other: Fact) -> bool:
        """Whether the two measure the same thing, so that a difference is a contradiction."""
        if self.kind == "date" and other.kind == "date":
            return all(mine.clashes(theirs) for mine in self.dates for theirs in other.dates)
        temperatures = {"celsius", "fahrenheit"}
        return self.kind == other.kind or {self.kind, other.kind} == temperatures


def facts_of(text: str, lowered: list[str]) -> tuple[Fact, ...]:
    """The facts of a cleaned sentence with these lower-case words, in order.

    At most 200, of its first 4,000 characters.

    Numbers are read with thousands separators of both conventions, multipliers (million, triệu, 万),
    currencies before or after, and the units of a small table; number words up to a hundred are read in
    the languages that have no homonym for them.
    """
    text = text[:_LONGEST]
    plain = text.isascii()
    digits = [match.span() for match in _DIGITS.finditer(text)] if has_digit(text) else []
    if not digits and (plain or _HANZI.search(text) is None):
        return tuple(_words(text, lowered, []))
    found: list[Fact] = []
    taken: list[tuple[int, int]] = []
    for start, end, dates in read_dates(text, lowered) if digits else ():
        found.append(_dated(text, start, end, dates))
        taken.append((start, end))
    for match in _TIME.finditer(text) if _MAYBE_TIME.search(text) is not None else ():
        if _free(match.span(), taken) and (minutes := _minutes(match)) is not None:
            found.append(_fact("clock", minutes, match.group(), match.start()))
            taken.append(match.span())
    for match in _CHINESE_PERCENT.finditer(text) if "百" in text else ():
        found.append(_fact("percent", float(match.group(1)), match.group(), match.start()))
        taken.append(match.span())
    years = read_years(text) if any(end - start >= 4 for start, end in digits) else {}
    for match in _numbers(text, digits):
        if taken and not _free(match.span(), taken):
            continue
        fact, end = _number(text, match)
        start = match.start("digits")
        if fact.kind == "number" and start in years and end == years[start][0] and not match["sign"]:
            fact = _dated(text, start, end, (years[start][1],))
        found.append(fact)
        taken.append((match.start(), end))
    for match in _HANZI.finditer(text) if not plain else ():
        if _free(match.span(), taken) and (value := _hanzi(match.group())) > 1:
            found.append(_scaled(text, value, match.start(), match.end()))
            taken.append(match.span())
    found += _words(text, lowered, taken)
    if len(found) > 1:
        found.sort(key=_start_of)
    return tuple(found[:_MOST])


def _start_of(fact: Fact) -> int:
    return fact.start


def _numbers(text: str, digits: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """What the pattern of numbers finds; nothing is looked for far from a digit."""
    free = 0
    for start, _ in digits:
        if start < free:
            continue
        match = _NUMBER.search(text, max(free, start - _BEFORE_DIGIT))
        if match is None:
            return
        yield match
        free = match.end()


def _words(text: str, lowered: list[str], taken: Sequence[tuple[int, int]]) -> list[Fact]:
    if _NUMBER_WORDS.isdisjoint(lowered):
        return []
    found = [
        _scaled(text, float(WORD_NUMBERS[match.group().lower()]), match.start(), match.end())
        for match in _number_words(_NUMBER_WORDS.intersection(lowered)).finditer(text)
        if text[match.end() : match.end() + 1] != "-" and _free(match.span(), taken)
    ]
    return found[:_MOST]


@lru_cache(maxsize=1024)
def _number_words(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(words))})(?!\w)", re.IGNORECASE)


def _free(place: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    start, end = place
    return not taken or all(end <= low or start >= high for low, high in taken)


def _dated(text: str, start: int, end: int, dates: tuple[Date, ...]) -> Fact:
    return Fact("date", 0.0, 0.0, False, 1.0, dates, text[start:end], start)  # noqa: FBT003  positional for speed


def _fact(kind: str, value: float, text: str, start: int) -> Fact:
    return Fact(kind, value, 0.0, False, 1.0, (), text, start)  # noqa: FBT003  positional for speed


def _number(text: str, match: re.Match[str]) -> tuple[Fact, int]:
    value, step = _digits(match["digits"])
    if match["sign"]:
        value = -value
    money = (match["money"] or "").strip().lower()
    return _measured(text, value, step, (match.start(), match.end()), money)


def _scaled(text: str, value: float, start: int, end: int) -> Fact:
    return _measured(text, value, 1.0, (start, end), "")[0]


def _measured(text: str, value: float, step: float, place: tuple[int, int], money: str) -> tuple[Fact, int]:
    """The number with the multiplier and the unit that follow it."""
    start, end = place
    scale = _follows(text, end, _SCALES_BY_INITIAL, heads=_SCALE_HEADS)
    if scale is not None:
        factor = 10.0 ** SCALES[scale.group(1).lower()]
        value, step, end = value * factor, step * factor, scale.end()
    kind, size = UNITS[money] if money else ("number", 1.0)
    named = None if money else _follows(text, end, _UNITS_BY_INITIAL, heads=_UNIT_HEADS)
    if named is not None:
        if named.group() in ("s", "S") and 1000 <= value < 3000:
            return _dated(text, start, named.end(), (Date(int(value), None, None),)), named.end()
        kind, size = UNITS[named.group(1).lower()]
        end = named.end()
    rough = _is_rough(text[max(start - 16, 0) : start].lower())
    return Fact(kind, value * size, step * size / 2, rough, size, (), text[start:end], start), end


def _follows(
    text: str, place: int, patterns: Mapping[str, re.Pattern[str]], *, heads: frozenset[str]
) -> re.Match[str] | None:
    """The name of a scale or unit that stands at a place, perhaps after a blank, a hyphen or `of`."""
    begin = place + 1 if text[place : place + 1] in _GAPS else place
    if (of := _OF.match(text, begin)) is not None:
        begin = of.end()
    head = text[begin : begin + 2].lower()
    if len(head) == 2 and head.isascii() and head.isalpha() and head not in heads:
        return None
    pattern = patterns.get(head[:1])
    return None if pattern is None else pattern.match(text, place)


def _is_rough(before: str) -> bool:
    return before.endswith(_ABOUT) or (before[-1:].isspace() and before[:-1].endswith(_ABOUT))


def _digits(text: str) -> tuple[float, float]:
    """The value, and the size of its last significant digit, of digits with separators."""
    if len(text) <= _PLAIN_DIGITS and text.isdecimal():
        return float(text), 10.0 ** (len(text) - len(text.rstrip("0"))) if text.strip("0") else 1.0
    plain = _SEPARATORS.sub("", text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0:
        mark, tail = plain[last], len(plain) - last - 1
        other = "," if mark == "." else "."
        grouped = plain.count(mark) > 1 or (tail == 3 and other not in plain and not plain.startswith("0"))
        if grouped:
            plain = plain.replace(mark, "").replace(other, ".")
        else:
            plain = plain.replace(other, "").replace(mark, ".")
    whole, _, decimals = plain.partition(".")
    if decimals:
        return float(plain), 10.0 ** -len(decimals)
    zeros = len(whole) - len(whole.rstrip("0")) if whole.strip("0") else 0
    return float(whole), 10.0**zeros


def _minutes(match: re.Match[str]) -> float | None:
    hour = int(match.group(1) or match.group(4))
    minute = int(match.group(2) or match.group(5) or 0)
    half = (match.group(3) or "").lower().replace(".", "")
    if hour > (12 if half else 24) or minute > 59:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60.0 + minute


def _hanzi(text: str) -> float:
    total, digit = 0, 0
    for sign in text:
        if sign in _HANZI_DIGITS:
            digit = _HANZI_DIGITS[sign]
        else:
            total += (digit or 1) * _HANZI_SCALES[sign]
            digit = 0
    return float(total + digit)


def _year_as_number(one: Fact, other: Fact) -> bool:
    """1,998 and 1998 are one number, whatever the context took the second for."""
    dated, plain = (one, other) if one.kind == "date" else (other, one)
    bare = dated.dates[0]
    return plain.kind == "number" and bare.month is None and bare.year == plain.value


def _bare(one: Fact, other: Fact) -> bool:
    """A number whose unit only one side gives: equal as written."""
    return abs(one.value - other.value) <= 1e-12 * abs(one.value)


def _temperature(one: Fact, other: Fact) -> bool:
    if {one.kind, other.kind} != {"celsius", "fahrenheit"}:
        return False
    celsius, fahrenheit = (one, other) if one.kind == "celsius" else (other, one)
    return abs((fahrenheit.value - 32) / 1.8 - celsius.value) <= max(celsius.slack, fahrenheit.slack / 1.8)
