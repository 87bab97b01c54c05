"""Whether an agent reached its goal: a recorded reward, or the state that it left behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from steelyard.core import Case, Json, Output, canonical_json
from steelyard.metrics._answer import is_list

STATE = "state"
UNKNOWN = (
    "no reward is recorded, and the case expects no end state: record scores.reward, or give "
    'expected: {"state": {…}} and detail.state'
)
_MOST_DEPTH = 50


def success_of(case: Case, output: Output, *, reward: str, at_least: float) -> tuple[bool | None, str]:
    """Whether the task succeeded, and why; None where nothing tells.

    The recorded score `reward` decides when it is there: success from `at_least` on. Otherwise every value
    of `expected.state` must be found in the output's `detail.state`; what the expectation does not name
    may be anything.
    """
    recorded = output.scores.get(reward)
    if recorded is not None:
        return recorded >= at_least, f"{reward} {recorded:g}"
    if isinstance(case.expected, Mapping) and STATE in case.expected:
        if STATE not in output.detail:
            return False, "the output tells no end state"
        differs = _differs(case.expected[STATE], output.detail[STATE], "state")
        return not differs, differs or "the end state is the expected one"
    return None, UNKNOWN


def _differs(wanted: Json, found: Json, where: str, depth: int = 0) -> str:
    """The first place where a state is not as wanted; empty when it is."""
    if depth > _MOST_DEPTH:
        return f"{where[:80]} is nested too deeply"
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        if missing := sorted(wanted.keys() - found.keys()):
            return f"{where}.{missing[0]} is missing"
        pairs = ((f"{where}.{key}", wanted[key], found[key]) for key in sorted(wanted))
        return _first(pairs, depth)
    if isinstance(wanted, Sequence) and isinstance(found, Sequence) and is_list(wanted) and is_list(found):
        if len(found) == len(wanted):
            return _first(
                ((f"{where}[{at}]", *pair) for at, pair in enumerate(zip(wanted, found, strict=True))), depth
            )
    elif wanted == found and isinstance(wanted, bool) == isinstance(found, bool):
        return ""
    return f"{where} is {_brief(found)} instead of {_brief(wanted)}"


def _first(pairs: Iterable[tuple[str, Json, Json]], depth: int) -> str:
    found = (_differs(wanted, given, where, depth + 1) for where, wanted, given in pairs)
    return next((text for text in found if text), "")


def _brief(value: Json) -> str:
    text = canonical_json(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
