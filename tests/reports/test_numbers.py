"""How numbers are rounded, signed and dressed."""

from __future__ import annotations

import pytest

from steelyard.reports import say_change, say_interval, say_limit, say_seconds, say_usd, say_value
from steelyard.reports._numbers import about, counted, digits_for


@pytest.mark.parametrize(
    ("value", "measure", "interval", "said"),
    [
        (0.3904, "share", (0.3645, 0.4171), "39.0 %"),
        (0.9, "share", (0.77, 0.96), "90 %"),
        (1.3421, "s", (1.2933, 1.3909), "1.342 s"),
        (0.00412, "USD", (0.0039, 0.0043), "$0.00412"),
        (3412.0, "tokens", (3100.0, 3700.0), "3,412 tokens"),
        (31.4, "points", (30.1, 32.6), "31.4"),
        (None, "share", None, "no value"),
        (0.00000595, "s", None, "5.95 µs"),
        (0.0453, "s", (0.0441, 0.0465), "45.3 ms"),
    ],
)
def test_levels_keep_two_digits_of_the_interval_width(
    value: float | None, measure: str, interval: tuple[float, float] | None, said: str
) -> None:
    assert say_value(value, measure, interval=interval) == said


@pytest.mark.parametrize(
    ("value", "measure", "said"),
    [
        (-0.0432, "share", "−4.3 points"),
        (0.012, "share", "+1.2 points"),
        (0.0, "share", "0.0 points"),
        (-0.0000001, "share", "0.0 points"),
        (0.12, "s", "+0.1 s"),
    ],
)
def test_differences_are_always_signed(value: float, measure: str, said: str) -> None:
    assert say_change(value, measure, digits=1) == said


@pytest.mark.parametrize("interval", [(-0.9, 0.3), (-1.0, 1.0), None])
def test_a_wide_interval_never_rounds_to_tens(interval: tuple[float, float] | None) -> None:
    # Two of three cases right, then one: a third less, not "30 points".
    said = say_change(-1 / 3, "share", interval=interval)
    assert abs(float(said.replace("−", "-").removesuffix(" points")) + 100 / 3) <= 0.5
    assert say_value(1234.4, "tokens", interval=(200.0, 9_000.0)) == "1,234 tokens"


def test_dollars_carry_the_sign_before_the_symbol() -> None:
    assert say_change(-0.0012, "USD", digits=4) == "−$0.0012"
    assert say_usd(0.0004) == "$0.00040"
    assert say_usd(1234.5) == "$1,234.50"


def test_a_limit_never_rounds_onto_a_mark_that_it_does_not_equal() -> None:
    # −2.04 points would round to −2.0 and seem to stand exactly on the allowed drop.
    interval = (-0.07, -0.0204)
    digits = digits_for(interval, "share", marks=(-0.02,))
    assert say_interval(interval, "share", signed=True, digits=digits) == "−7.00 to −2.04"
    assert digits_for((-0.07, -0.02), "share", marks=(-0.02,)) == 1


def test_intervals_name_their_unit_once_and_infinity_is_a_sign() -> None:
    assert say_interval((0.3220, 0.3733), "share") == "32.2 to 37.3 %"
    assert say_interval(None, "share") == "no interval"
    assert say_interval((float("-inf"), 1.0), "s") == "−∞ to 1.0 s"


def test_limits_are_said_as_they_were_typed() -> None:
    assert say_limit(0.02, "share") == "2 points"
    assert say_limit(0.9, "share", change=False) == "90 %"
    assert say_limit(0.005, "USD") == "$0.005"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0453, "45.3 ms"), (0.42, "0.4 s"), (12.3, "12 s"), (83.0, "1 min 23 s"), (7500.0, "2 h 05 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert say_seconds(seconds) == said


def test_counts() -> None:
    assert counted(1, "case") == "1 case"
    assert counted(1319, "case") == "1,319 cases"
    assert about(2643) == "2,640"
    assert about(88) == "88"
