"""Rules that an agent's calls must keep, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import Json
from steelyard.metrics._answer import is_list
from steelyard.metrics._json_schema import first_violation
from steelyard.metrics.agent._names import names_match
from steelyard.metrics.agent._step import Step

_KEYS = ("forbidden", "allowed", "required", "order", "arguments", "max_calls")
_BEFORE = re.compile(r"\s*(\S+)\s+before\s+(\S+)\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule that was broken."""

    call: int
    """The place of the call that broke it, from 1; one after the last where something is missing."""
    rule: str
    """The rule, and how it was broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an agent may and must do; names may hold `*`."""

    forbidden: tuple[str, ...] = ()
    """Tools that must not be called."""
    allowed: tuple[str, ...] = ()
    """The only tools that may be called; empty: all."""
    required: tuple[str, ...] = ()
    """Tools that must be called."""
    order: tuple[tuple[str, str], ...] = ()
    """(A, B): B must not be called before A has succeeded."""
    arguments: tuple[tuple[str, Json], ...] = ()
    """(tool, JSON Schema of its arguments)."""
    max_calls: tuple[tuple[str, int], ...] = ()
    """(tool, the most calls)."""

    def broken(self, calls: Sequence[Step]) -> list[Violation]:
        """Every violation, by place; a rule about one call is broken by each call that breaks it.

        Raises ValueError for a schema that cannot be used.
        """
        found = [each for at, call in enumerate(calls, start=1) for each in self._by_call(at, call)]
        found += self._by_order(calls)
        for pattern, most in self.max_calls:
            hits = [at for at, call in enumerate(calls, start=1) if names_match(call.name, (pattern,))]
            if len(hits) > most:
                rule = f"{pattern} was called {len(hits)} times, at most {most} allowed"
                found.append(Violation(call=hits[most], rule=rule))
        for pattern in self.required:
            if not any(names_match(call.name, (pattern,)) for call in calls):
                found.append(Violation(call=len(calls) + 1, rule=f"{pattern} was never called"))
        return sorted(found, key=lambda each: each.call)

    def _by_call(self, at: int, call: Step) -> list[Violation]:
        rules = []
        if names_match(call.name, self.forbidden):
            rules.append(f"{call.name} is forbidden")
        if self.allowed and not names_match(call.name, self.allowed):
            rules.append(f"{call.name} is not among the allowed tools")
        for pattern, schema in self.arguments:
            if names_match(call.name, (pattern,)) and (problem := first_violation(schema, call.arguments)):
                rules.append(f"{call.name}: {problem}")
        return [Violation(call=at, rule=rule[:300]) for rule in rules]

    def _by_order(self, calls: Sequence[Step]) -> list[Violation]:
        found = []
        for first, second in self.order:
            for at, call in enumerate(calls, start=1):
                if names_match(call.name, (second,)):
                    found.append(Violation(call=at, rule=f"{call.name} was called before {first}"))
                    break
                if names_match(call.name, (first,)) and not call.error:
                    break
        return found


def read_rules(value: Json) -> Rules:
    """Rules from their JSON form; raises ValueError that names what cannot be read.

    `{"forbidden": […], "allowed": […], "required": […], "order": ["A before B"], "arguments": {TOOL:
    JSON Schema}, "max_calls": {TOOL: n}}`, every part optional.
    """
    if not isinstance(value, Mapping):
        raise ValueError("rules are an object")  # noqa: TRY004  one error for all that is wrong in a file
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        raise ValueError(f"no rule {unknown[0]!r:.40}; rules are {', '.join(_KEYS)}")
    return Rules(
        forbidden=_names(value, "forbidden"),
        allowed=_names(value, "allowed"),
        required=_names(value, "required"),
        order=tuple(_pair(item) for item in _items(value, "order")),
        arguments=tuple(_table(value, "arguments").items()),
        max_calls=tuple((name, _most(name, most)) for name, most in _table(value, "max_calls").items()),
    )


def _items(value: Mapping[str, Json], key: str) -> Sequence[Json]:
    found = value.get(key)
    if found is None:
        return ()
    if not isinstance(found, Sequence) or not is_list(found):
        raise ValueError(f"{key} is a list")
    return found


def _names(value: Mapping[str, Json], key: str) -> tuple[str, ...]:
    names = _items(value, key)
    if not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{key} is a list of tool names")
    return tuple(str(name) for name in names)


def _table(value: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = value.get(key)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise ValueError(f"{key} is an object with a key for each tool")  # noqa: TRY004  as above
    return found


def _pair(item: Json) -> tuple[str, str]:
    if isinstance(item, str) and (match := _BEFORE.match(item)):
        return match[1], match[2]
    if isinstance(item, Sequence) and is_list(item) and len(item) == 2:
        first, second = item
        if isinstance(first, str) and isinstance(second, str):
            return first, second
    raise ValueError("order is a list of 'A before B'")


def _most(name: str, most: Json) -> int:
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        raise ValueError(f"max_calls.{name:.40} is a whole number from 0")
    return most
