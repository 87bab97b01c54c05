"""A trajectory as text that fits: what a judge reads of a long one."""

from __future__ import annotations

from steelyard.core import Json, canonical_json
from steelyard.metrics.agent._step import NO_AGENT, Step
from steelyard.metrics.agent._trajectory import Trajectory

_ENDS = 3
_LONG = 600
_SHORT = 160


def compact(found: Trajectory, *, most_characters: int = 20_000) -> str:
    """The steps, a line each, in at most `most_characters`; what is left out is said where it was.

    When all do not fit, steps are kept by weight: the first and the last three, failed calls, other tool
    calls, then what models said; among equals those nearer to the ends. Long arguments and results are cut.
    """
    for longest in (_LONG, _SHORT):
        lines = [_line(step, longest) for step in found.steps]
        if sum(map(len, lines)) + len(lines) <= most_characters:
            return "\n".join(lines)
    return _kept(found, lines, most_characters)


def _kept(found: Trajectory, lines: list[str], most: int) -> str:
    steps, last = found.steps, len(found.steps) - 1
    order = sorted(range(len(steps)), key=lambda at: (_weight(steps[at], at, last), min(at, last - at), at))
    room = most - 40
    kept: set[int] = set()
    for at in order:
        # Each gap costs a line of its own at worst: at most one more than there are steps kept.
        cost = len(lines[at]) + 40
        if cost > room:
            continue
        room -= cost
        kept.add(at)
    parts: list[str] = []
    gap = 0
    for at, line in enumerate(lines):
        if at in kept:
            if gap:
                parts.append(_left_out(gap))
            parts.append(line)
            gap = 0
        else:
            gap += 1
    if gap:
        parts.append(_left_out(gap))
    return "\n".join(parts)[:most]


def _weight(step: Step, at: int, last: int) -> int:
    if at < _ENDS or at > last - _ENDS:
        return 0
    if step.error:
        return 1
    return {"tool": 2, "other": 3, "model": 4}[step.kind]


def _left_out(steps: int) -> str:
    return f"[… {steps:,} step{'' if steps == 1 else 's'} left out …]"


def _line(step: Step, longest: int) -> str:
    who = "" if step.agent == NO_AGENT else f"{_cut(step.agent, 40)}: "
    if step.kind == "model":
        return f"{step.number}. {who}says: {_cut(step.result, longest)}"
    verb = "calls" if step.kind == "tool" else "does"
    text = f"{step.number}. {who}{verb} {_cut(step.name, 80)}({_cut(step.arguments, longest // 2)})"
    if step.error:
        return f"{text} failed: {_cut(step.error, longest)}"
    return text if step.result is None else f"{text} -> {_cut(step.result, longest)}"


def _cut(value: Json, longest: int) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else canonical_json(value)
    text = " ".join(text[: 4 * longest].split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
