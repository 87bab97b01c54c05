"""Violations of declared rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics.agent._rules import Rules, Violation, read_rules
from steelyard.metrics.agent._trajectory import Trajectory, trajectory

_SHOWN = 3
_STORED = 50


def case_rules(case: Case) -> Json:
    """The rules that a case brings, `expected: {"rules": {…}}`; None when it brings none."""
    return case.expected.get("rules") if isinstance(case.expected, Mapping) else None


def all_broken(case: Case, found: Trajectory, rules: Rules | None) -> list[Violation] | None:
    """Violations of the rules given and of the case's; None where there are none to break.

    Raises ValueError for rules that cannot be used.
    """
    own = case_rules(case)
    every = [*([rules] if rules else []), *([read_rules(own)] if own is not None else [])]
    if not every:
        return None
    return sorted((each for one in every for each in one.broken(found.calls)), key=lambda each: each.call)


@dataclass(frozen=True, kw_only=True)
class Violations(BaseMetric):
    """How often the agent breaks declared rules.

    What it measures
        The number of violations in a trajectory. Rules come from the setting `rules`, JSON or YAML, and
        from `expected: {"rules": {…}}` of a case; both hold. `forbidden`, `allowed` and `required` name
        tools; `order` says `A before B`: B must not be called before A has succeeded; `arguments` gives a
        JSON Schema for a tool's arguments; `max_calls` the most calls. `*` in a name stands for any
        characters. Every call that breaks a rule about single calls counts; an order or a maximum counts
        once.

    When it misleads
        It sees calls, not what was said or meant. No violation is no success. Rules that no trajectory of a
        run could break make the metric look good: try them on a bad one.

    Example
        `violations:rules=file:rules.yaml` with the lines `forbidden: [delete_*]` and
        `order: [verify_user before refund]`.

    Reference
        JSON Schema, draft 2020-12, for arguments.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="violations",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="violations",
        failure=None,
    )

    rules: Mapping[str, Any] | bool | None = None
    """The rules; none: only those of the case."""

    def _check(self) -> None:
        try:
            if self._rules is not None:
                self._rules.broken(())
        except ValueError as error:
            raise self._refuse(f"the rules cannot be used: {error}", hint="Mend the rules file") from error

    @cached_property
    def _rules(self) -> Rules | None:
        return None if self.rules is None else read_rules(self.rules)

    def score(self, case: Case, output: Output) -> Score:
        """A count; Skipped without rules, Failed for rules of the case that cannot be used."""
        try:
            broken = all_broken(case, trajectory(output), self._rules)
        except ValueError as error:
            return Failed(error=f"the rules cannot be used: {error}")
        if broken is None:
            return NOTHING_EXPECTED if case.expected is None else Skipped(reason="no rules are declared")
        shown = "; ".join(f"call {each.call}: {each.rule}" for each in broken[:_SHOWN])
        listed: list[Json] = [{"call": each.call, "rule": each.rule} for each in broken[:_STORED]]
        return Scored(value=float(len(broken)), reason=shown[:400], detail={"violations": listed})
