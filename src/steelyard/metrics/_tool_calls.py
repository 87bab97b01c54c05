"""Tool calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored, canonical_json
from steelyard.metrics._answer import answer_json, is_list, read_json
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric

_ARGUMENT_KEYS = ("arguments", "kwargs", "args", "input")
_MOST_CALLS = 500


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: Json


@dataclass(frozen=True, kw_only=True)
class ToolCalls(BaseMetric):
    """Whether the right tools were called with the right arguments.

    What it measures
        F1 between the calls made and the calls expected: 1 when they are the same, 0 when none matches. A
        call matches by its name and its arguments (`exact`, `subset`: the expected ones are among them,
        `ignore`). With `order=strict` only calls in the expected order count. An expected empty list is met
        by making no call. Calls are read from the trace's spans of kind `tool`, else from `tool_calls` in
        the answer or its details.

    When it misleads
        Another way to the same end scores less than 1: judge the end state where there is one. A
        harmless extra look-up costs as much as a harmful action; `extra=ignore` gives recall instead.

    Example
        `tool_calls:order=strict,arguments=subset` with the expectation
        `[{"name": "book", "arguments": {"day": "Monday"}}]`.

    Reference
        Patil et al. 2024, Berkeley Function Calling Leaderboard; Yao et al. 2024, τ-bench. The best matching
        of calls is Kuhn 1955's assignment (for yes-or-no matches), the ordered one a longest common
        subsequence.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="tool_calls", version="1")

    order: Literal["any", "strict"] = "any"
    """Whether calls must come in the expected order."""
    arguments: Literal["exact", "subset", "ignore"] = "exact"
    """How arguments are compared."""
    extra: Literal["penalise", "ignore"] = "penalise"
    """Whether calls that were not expected cost: F1, or recall alone."""

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; no call at all, where one was expected, is a failure of the target."""
        if case.expected is None:
            return NOTHING_EXPECTED
        expected = _calls(_call_list(case.expected))
        if expected is None:
            return Failed(error="the expectation is not a list of calls with names")
        made = _made(output)
        if made is None:
            return self._miss("the calls of the answer cannot be read")
        return self._compared(made, expected)

    def _compared(self, made: Sequence[_Call], expected: Sequence[_Call]) -> Score:
        if not made and expected:
            return self._miss("no call was made")
        if not expected:
            right = not made or self.extra == "ignore"
            return Scored(value=float(right), reason="" if right else f"called {_names(made)}")
        if max(len(made), len(expected)) > _MOST_CALLS:
            return self._miss(f"{len(made)} calls were made, at most {_MOST_CALLS} are compared")
        matched = self._matched(made, expected)
        counted = len(expected) if self.extra == "ignore" else (len(expected) + len(made)) / 2
        reason = f"{matched} of {len(expected)} expected calls matched, {len(made)} made: {_names(made)}"
        return Scored(value=matched / counted, reason=reason)

    def _matched(self, made: Sequence[_Call], expected: Sequence[_Call]) -> int:
        fits = [[self._fits(call, wanted) for call in made] for wanted in expected]
        return _ordered(fits) if self.order == "strict" else _assigned(fits)

    def _fits(self, call: _Call, wanted: _Call) -> bool:
        if call.name != wanted.name:
            return False
        if self.arguments == "ignore":
            return True
        if self.arguments == "exact":
            return _same(call.arguments, wanted.arguments)
        found, needed = call.arguments, wanted.arguments
        if not (isinstance(found, Mapping) and isinstance(needed, Mapping)):
            return _same(found, needed)
        return all(key in found and _same(found[key], value) for key, value in needed.items())


def _ordered(fits: Sequence[Sequence[bool]]) -> int:
    """The most pairs in order: a longest common subsequence under a match that need not be equality."""
    if not fits:
        return 0
    row = [0] * (len(fits[0]) + 1)
    for line in fits:
        previous = 0
        for index, fit in enumerate(line, start=1):
            previous, row[index] = row[index], previous + 1 if fit else max(row[index], row[index - 1])
    return row[-1]


def _assigned(fits: Sequence[Sequence[bool]]) -> int:
    """The most pairs in any order, each call used once: augmenting paths, breadth first."""
    owner: dict[int, int] = {}
    return sum(1 for start in range(len(fits)) if _augment(fits, start, owner))


def _augment(fits: Sequence[Sequence[bool]], start: int, owner: dict[int, int]) -> bool:
    came_from: dict[int, int] = {}
    queue = [start]
    while queue:
        wanted = queue.pop(0)
        for call, fit in enumerate(fits[wanted]):
            if not fit or call in came_from:
                continue
            came_from[call] = wanted
            if call not in owner:
                _flip(call, start, came_from, owner)
                return True
            queue.append(owner[call])
    return False


def _flip(call: int, start: int, came_from: Mapping[int, int], owner: dict[int, int]) -> None:
    held = {wanted: taken for taken, wanted in owner.items()}
    while True:
        wanted = came_from[call]
        owner[call] = wanted
        if wanted == start:
            return
        call = held[wanted]


def _same(left: Json, right: Json) -> bool:
    """Equality of JSON values: 1 equals 1.0, true does not equal 1."""
    if left == right:
        return isinstance(left, bool) == isinstance(right, bool) and (
            not isinstance(left, Mapping | Sequence)
            or isinstance(left, str)
            or _canonical(left) == _canonical(right)
        )
    return False


def _canonical(value: Json) -> str:
    return canonical_json(_whole(value))


def _whole(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if is_list(value) and isinstance(value, Sequence):
        return [_whole(item) for item in value]
    return value


def _made(output: Output) -> list[_Call] | None:
    spans = [span for span in output.trace if span.kind == "tool"]
    if spans:
        return [_Call(span.name, _parsed(span.input)) for span in spans]
    answer = answer_json(output)
    if isinstance(answer, Mapping) and "tool_calls" in answer:
        return _calls(answer["tool_calls"])
    if "tool_calls" in output.detail:
        return _calls(output.detail["tool_calls"])
    if is_list(answer) and answer:
        return _calls(answer)
    return []


def _call_list(expected: Json) -> Json:
    if isinstance(expected, Mapping):
        for key in ("tool_calls", "actions"):
            if key in expected:
                return expected[key]
        return [expected]
    return expected


def _calls(value: Json) -> list[_Call] | None:
    """Calls in any of the common shapes; None when something in the list is no call."""
    if value is None:
        return []
    if not is_list(value) or not isinstance(value, Sequence):
        return None
    calls = []
    for item in value:
        call = item.get("function", item) if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(call, str):
            call = {**item, "name": call}
        if not isinstance(call, Mapping) or not isinstance(call.get("name"), str):
            return None
        arguments = next((call[key] for key in _ARGUMENT_KEYS if key in call), {})
        calls.append(_Call(str(call["name"]), _parsed(arguments)))
    return calls


def _parsed(arguments: Json) -> Json:
    """Arguments that came as JSON text, as providers send them, parsed; other text stays text."""
    if arguments is None:
        return {}
    if not isinstance(arguments, str):
        return arguments
    try:
        return read_json(arguments)
    except ValueError:
        return arguments


def _names(calls: Sequence[_Call]) -> str:
    return ", ".join(call.name for call in calls[:10])[:160]
