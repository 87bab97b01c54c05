"""Experts alone, judge alone and corrected, side by side, wherever a judge's figure is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from steelyard.reports._clean import one_line
from steelyard.reports._numbers import count, counted, say_change, say_interval, say_value

if TYPE_CHECKING:
    from steelyard.core import Difference, Estimate, ExpertCheck, Figure

HEADS = ("", "value", "likely", "rests on")
_ONE_DECIMAL = 1

Lines = tuple[tuple[str, ...], ...]


def judged_count(n: int, judge: ExpertCheck | None) -> str:
    """The `n` of a table: `120 of 2,000` where experts rated some of what a judge saw, else `2,000`."""
    if judge is None or judge.human_only is None or judge.corrected is None:
        return count(n)
    return f"{count(judge.labels)} of {count(judge.judge_only.n)}"


def judged_words(judge: ExpertCheck | None) -> str:
    """`2,000 answers judged, 120 of them rated by experts`; empty where no expert rated these."""
    if judge is None or judge.human_only is None or judge.corrected is None:
        return ""
    return f"{counted(judge.judge_only.n, 'answer')} judged, {count(judge.labels)} of them rated by experts"


def expert_tables(found: Iterable[Estimate | Difference]) -> list[tuple[str, Lines]]:
    """For each corrected figure of a judge its name and rows under `HEADS`: who says what, from what."""
    return [
        (one_line(item.name), _lines(item.judge, item.measure, change=hasattr(item, "difference")))
        for item in found
        if item.judge is not None and item.judge.corrected is not None
    ]


def _lines(judge: ExpertCheck, measure: str, *, change: bool) -> Lines:
    rated = f"{count(judge.labels)} rated" + ("" if judge.human_only else " in another run")
    judged = f"{count(judge.judge_only.n)} judged"
    named = (
        ("experts alone", judge.human_only, rated),
        ("judge alone", judge.judge_only, judged),
        ("corrected", judge.corrected, f"{judged}, {rated}"),
    )
    return tuple(
        (name, *_said(figure, measure, change=change), rests)
        for name, figure, rests in named
        if figure is not None
    )


def _said(figure: Figure, measure: str, *, change: bool) -> tuple[str, str]:
    digits = _ONE_DECIMAL if measure == "share" else None
    say = say_change if change else say_value
    value = say(figure.value, measure, interval=figure.interval, digits=digits)
    return value, say_interval(figure.interval, measure, signed=change, digits=digits)
