"""One unit and one number of decimals for figures that stand side by side, so that they add up as printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steelyard.reports._numbers import (
    Unit,
    digits_for,
    fitting_unit,
    say_change,
    say_interval,
    say_size,
    say_value,
)

if TYPE_CHECKING:
    from steelyard.core import Comparison, Difference, Direction, Estimate, Interval, RuleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How the figures of a group are written.

    A baseline, a candidate and their difference that are rounded to the same decimals differ as printed by
    at most one unit in the last place.
    """

    unit: Unit
    """Their unit."""
    digits: int
    """Their decimals."""

    def value(self, value: float | None) -> str:
        """A level."""
        return say_value(value, self.unit, digits=self.digits)

    def change(self, value: float | None) -> str:
        """A signed difference."""
        return say_change(value, self.unit, digits=self.digits)

    def levels(self, interval: Interval | None) -> str:
        """The limits of a level."""
        return say_interval(interval, self.unit, digits=self.digits)

    def changes(self, interval: Interval | None) -> str:
        """The signed limits of a difference."""
        return say_interval(interval, self.unit, signed=True, digits=self.digits)

    def size(self, value: float, *, unit: bool = True) -> str:
        """The size of a difference, without a sign."""
        return say_size(value, self.unit, self.digits, unit=unit)


def change_scale(
    differences: Sequence[Difference],
    comparison: Comparison | None = None,
    *,
    marks: Iterable[float] = (),
) -> Scale:
    """The scale of differences of one measure: fine enough to tell each from zero, its limit and `marks`."""
    first = differences[0]
    sizes = [size for each in differences for size in _sizes(each)]
    unit = fitting_unit(first.measure, *sizes)
    given = tuple(marks)
    digits = [
        digits_for(
            each.interval, unit, value=each.difference, marks=(0.0, *given, *_limits(each, comparison))
        )
        for each in differences
        if has_width(each.interval) and not is_unchanged(each)
    ]
    if not digits:
        digits = [_level_digits(side, unit) for each in differences for side in (each.base, each.candidate)]
    return Scale(unit=unit, digits=max(digits))


def level_scale(estimates: Sequence[Estimate], *, marks: Iterable[float] = ()) -> Scale:
    """The scale of levels of one measure."""
    sizes = [size for each in estimates for size in (each.value, *(each.interval or ()))]
    unit = fitting_unit(estimates[0].measure, *sizes)
    given = tuple(marks)
    wide = [each for each in estimates if has_width(each.interval)] or list(estimates)
    return Scale(unit=unit, digits=max(_level_digits(each, unit, marks=given) for each in wide))


def is_unchanged(difference: Difference) -> bool:
    """Whether identical answers settle it: speed, cost and length of thought can change all the same."""
    return difference.identical_outputs and difference.measure not in ("s", "USD", "tokens")


def has_width(interval: Interval | None) -> bool:
    """Whether there is an interval that says something about chance."""
    return interval is not None and interval[1] > interval[0]


def signed_limit(kind: RuleKind, direction: Direction, margin: float | None) -> float | None:
    """Where a rule's limit lies on the axis of differences, candidate − baseline."""
    if margin is None:
        return None
    upward = (direction == "lower") == (kind == "allowed-drop")
    return margin if upward else -margin


def allowed_limit(difference: Difference, comparison: Comparison) -> float | None:
    """Where the allowed drop of a difference lies on its axis; None where nothing was allowed."""
    return signed_limit("allowed-drop", difference.direction, comparison.allowed_for(difference))


def _limits(difference: Difference, comparison: Comparison | None) -> tuple[float, ...]:
    limit = None if comparison is None else allowed_limit(difference, comparison)
    return () if limit is None else (limit,)


def _sizes(difference: Difference) -> tuple[float | None, ...]:
    return (difference.base.value, difference.candidate.value, difference.difference)


def _level_digits(estimate: Estimate, unit: Unit, *, marks: tuple[float, ...] = ()) -> int:
    return digits_for(estimate.interval, unit, value=estimate.value, marks=marks)
