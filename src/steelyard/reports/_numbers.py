"""How numbers are said: rounded to what the interval supports, signed where they are differences."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from steelyard.core import Interval

MINUS = "−"
NO_VALUE = "no value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How a measure is written."""

    factor: float
    """What the stored number is multiplied by."""
    prefix: str
    """Written before the digits."""
    value_suffix: str
    """Written after a level."""
    change_suffix: str
    """Written after a difference."""


_UNITS = {
    "share": Unit(factor=100.0, prefix="", value_suffix=" %", change_suffix=" points"),
    "points": Unit(factor=1.0, prefix="", value_suffix="", change_suffix=" points"),
    "s": Unit(factor=1.0, prefix="", value_suffix=" s", change_suffix=" s"),
    "USD": Unit(factor=1.0, prefix="$", value_suffix="", change_suffix=""),
    "": Unit(factor=1.0, prefix="", value_suffix="", change_suffix=""),
}


_SMALL_TIMES = (
    (0.1, _UNITS["s"]),
    (0.0001, Unit(factor=1e3, prefix="", value_suffix=" ms", change_suffix=" ms")),
    (0.0, Unit(factor=1e6, prefix="", value_suffix=" µs", change_suffix=" µs")),
)
_UNIT_AFTER = re.compile(r"(?<=[0-9]) (?=(?:%|s|ms|µs|points?|cases?|answers?|tokens|characters)(?![\w-]))")


def unit_of(measure: str | Unit) -> Unit:
    """How a measure is written; an unknown one is written out after the number, a unit is itself."""
    if isinstance(measure, Unit):
        return measure
    other = Unit(factor=1.0, prefix="", value_suffix=f" {measure}", change_suffix=f" {measure}")
    return _UNITS.get(measure, other)


def fitting_unit(measure: str | Unit, *sizes: float | None) -> Unit:
    """The unit that the largest of some figures is said in: short times in milli- or microseconds."""
    known = [abs(size) for size in sizes if size is not None and math.isfinite(size)]
    if measure != "s" or not any(known):
        return unit_of(measure)
    return next(unit for least, unit in _SMALL_TIMES if max(known) >= least)


def glued(text: str) -> str:
    """The text with a no-break space between each number and its unit."""
    return _UNIT_AFTER.sub("\u00a0", text)


def digits_for(
    interval: Interval | None,
    measure: str | Unit,
    *,
    value: float | None = None,
    marks: Iterable[float] = (),
) -> int:
    """Decimals that show two significant digits of the interval's width, and never fewer than none.

    A wide interval is no reason to round to tens: a reader takes the last digit printed as meant. Without a
    usable interval, three significant digits of the value. A limit that would round onto a mark (an allowed
    drop, zero, a bound) which it does not equal gets up to three digits more, so that the screen never
    contradicts the decision.
    """
    factor = unit_of(measure).factor
    width = 0.0 if interval is None else (interval[1] - interval[0]) * factor
    if interval is None or not math.isfinite(width) or width <= 0:
        return _three_significant(value, factor)
    digits = _within(1 - math.floor(math.log10(width)))
    for _ in range(3):
        if not _hides(interval, marks, factor, digits):
            break
        digits += 1
    return digits


def number(value: float, digits: int) -> str:
    """Digits with thousands separators, a true minus sign, and no negative zero."""
    if not math.isfinite(value):
        return f"{MINUS if value < 0 else ''}∞"
    rounded = round(value, digits)
    text = f"{abs(rounded):,.{max(digits, 0)}f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def plain(value: float) -> str:
    """A number that a person typed, such as an allowed drop: as short as it is."""
    text = f"{abs(value):,.6f}".rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if value < 0 and text != "0" else text


def count(value: int) -> str:
    """A whole number with thousands separators."""
    return f"{value:,}".replace("-", MINUS)


def counted(value: int, noun: str, plural: str = "") -> str:
    """`1 case`, `1,319 cases`."""
    return f"{count(value)} {noun if value == 1 else plural or noun + 's'}"


def about(value: int) -> str:
    """A planning figure, to three significant digits."""
    if value < 1000:
        return count(value)
    return count(round(value, 2 - math.floor(math.log10(value))))


def say_value(
    value: float | None, measure: str | Unit, *, interval: Interval | None = None, digits: int | None = None
) -> str:
    """A level with its unit: `34.7 %`, `1.32 s`, `$0.0041`."""
    if value is None:
        return NO_VALUE
    unit = fitting_unit(measure, value, *(interval or ())) if digits is None else unit_of(measure)
    places = digits_for(interval, unit, value=value) if digits is None else digits
    return _dressed(value * unit.factor, unit.prefix, places) + unit.value_suffix


def say_change(
    value: float | None, measure: str | Unit, *, interval: Interval | None = None, digits: int | None = None
) -> str:
    """A difference with sign and unit: `−4.3 points`, `+0.12 s`."""
    if value is None:
        return NO_VALUE
    unit = fitting_unit(measure, value, *(interval or ())) if digits is None else unit_of(measure)
    places = digits_for(interval, unit, value=value) if digits is None else digits
    sign = "+" if round(value * unit.factor, places) > 0 else ""
    return _counted(sign + _dressed(value * unit.factor, unit.prefix, places), unit.change_suffix)


def say_size(value: float, measure: str | Unit, digits: int, *, unit: bool = True) -> str:
    """The size of a difference, unsigned: `4.3 points`; with `unit=False` points are left unsaid."""
    kind = unit_of(measure)
    suffix = kind.change_suffix if unit or kind.change_suffix != " points" else ""
    return _counted(_dressed(abs(value) * kind.factor, kind.prefix, digits), suffix)


def say_limit(value: float, measure: str | Unit, *, change: bool = True, unit: bool = True) -> str:
    """An allowed drop or a bound as the user wrote it: `2 points`, `90 %`, `$0.01`, `50 ms`."""
    kind = fitting_unit(measure, value)
    suffix = kind.change_suffix if change else kind.value_suffix
    if not unit and suffix == " points":
        suffix = ""
    text = plain(value * kind.factor)
    if kind.prefix and text.startswith(MINUS):
        return f"{MINUS}{kind.prefix}{text[1:]}{suffix}"
    return _counted(f"{kind.prefix}{text}", suffix)


def say_interval(
    interval: Interval | None, measure: str | Unit, *, signed: bool = False, digits: int | None = None
) -> str:
    """Both limits: `32.2 to 37.3 %`, or signed and bare, `−7.1 to −1.5`, beside a difference."""
    if interval is None:
        return "no interval"
    unit = fitting_unit(measure, *interval) if digits is None else unit_of(measure)
    places = digits_for(interval, unit) if digits is None else digits
    low, high = (_dressed(limit * unit.factor, unit.prefix, places) for limit in interval)
    if not signed:
        return f"{low} to {high}{unit.value_suffix}"
    return f"{_plus(interval[0], places, unit)}{low} to {_plus(interval[1], places, unit)}{high}"


def say_level(level: float) -> str:
    """`95 %`."""
    return f"{plain(level * 100)} %"


def say_seconds(seconds: float) -> str:
    """A duration: `45 ms`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`."""
    if 0 < seconds < 0.1:
        return say_value(seconds, "s")
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def say_usd(amount: float) -> str:
    """Money: cents from one dollar on, else two significant digits."""
    if amount == 0 or abs(amount) >= 1:
        return say_value(amount, "USD", digits=2)
    return say_value(amount, "USD", digits=min(1 - math.floor(math.log10(abs(amount))), 8))


def _three_significant(value: float | None, factor: float) -> int:
    if value is None or value == 0 or not math.isfinite(value):
        return 1
    return _within(2 - math.floor(math.log10(abs(value * factor))))


def _within(digits: int) -> int:
    return max(0, min(digits, 8))


def _hides(interval: Interval, marks: Iterable[float], factor: float, digits: int) -> bool:
    return any(
        not math.isclose(limit, mark, rel_tol=1e-9, abs_tol=1e-12)
        and round(limit * factor, digits) == round(mark * factor, digits)
        for limit in interval
        for mark in marks
    )


def _dressed(value: float, prefix: str, digits: int) -> str:
    text = number(value, digits)
    return f"{MINUS}{prefix}{text[1:]}" if text.startswith(MINUS) else f"{prefix}{text}"


def _plus(limit: float, digits: int, unit: Unit) -> str:
    return "+" if round(limit * unit.factor, digits) > 0 else ""


def _counted(number: str, suffix: str) -> str:
    """The number with its unit: one point, two points."""
    return number + (" point" if suffix == " points" and number.lstrip(f"+{MINUS}") == "1" else suffix)
