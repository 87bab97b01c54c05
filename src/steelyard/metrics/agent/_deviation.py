"""The first call that is not what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from steelyard.metrics.agent._call import Call
from steelyard.metrics.agent._fit import Fit

Order = Literal["any-order", "in-order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Where a trajectory first goes wrong, and what was expected there."""

    call: int
    """Place of the call, from 1; one more than the calls there are when it ended too early."""
    reason: str
    """What was expected there."""
    agent: str = ""
    """Whose call it was; empty where there is none."""


def first_deviation(
    made: Sequence[tuple[int, Call]], expected: Sequence[Call], *, fit: Fit, order: Order, end: int
) -> Deviation | None:
    """The first call that deviates; None when every expected call was made and no other.

    `made` are the calls that matter with their places. A call that the tool refused changed nothing, so it
    deviates only when its tool was still to be called and never came to it. `end` is the place after the
    last call. Raises ValueError for an expected schema that cannot be used.
    """
    left = list(expected)
    refused: list[tuple[int, Call]] = []
    for place, call in made:
        at = _found(call, left if order == "any-order" else left[:1], fit)
        if at is not None:
            del left[at]
        elif call.error:
            refused.append((place, call))
        else:
            return Deviation(call=place, reason=_wanted(call, left, fit)[:400], agent=call.agent)
    if not left:
        return None
    for place, call in refused:
        if any(call.name == wanted.name for wanted in left):
            reason = f"{call.name} was refused ({call.error[:120]}) and never done right"
            return Deviation(call=place, reason=reason[:400], agent=call.agent)
    names = ", ".join(call.name for call in left[:5])
    return Deviation(call=end, reason=f"it ended without {names}"[:400])


def _found(call: Call, left: Sequence[Call], fit: Fit) -> int | None:
    return next((at for at, wanted in enumerate(left) if fit.fits(call, wanted)), None)


def _wanted(call: Call, left: Sequence[Call], fit: Fit) -> str:
    if not left:
        return f"{call.name} was called where nothing more was expected"
    for wanted in left:
        if wanted.name == call.name:
            return f"{call.name}: {fit.difference(call, wanted)}"
    return f"{call.name} was called, expected {', '.join(dict.fromkeys(each.name for each in left[:5]))}"
