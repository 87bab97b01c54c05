"""Tool calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics.agent._call import Call, call_names, expected_calls, made_calls
from steelyard.metrics.agent._fit import Arguments, Fit, TextMatch
from steelyard.metrics.agent._matching import assigned, in_order
from steelyard.metrics.agent._names import names_match

Order = Literal["any-order", "in-order", "strict", "subset", "superset"]

_MOST_PAIRS = 250_000


@dataclass(frozen=True, kw_only=True)
class ToolCalls(BaseMetric):
    """Whether the right tools were called with the right arguments.

    What it measures
        F1 between the calls made and the calls expected: 1 when they are the same, 0 when none matches. An
        expected empty list is met by making no call. Calls are read from the trace's spans of kind `tool`,
        from chat messages in the details, else from `tool_calls` in the answer or its details.

        A call matches by its name and its arguments: all of them (`exact`), the expected ones (`subset`)
        or none (`ignore`). An expected call with a `schema` instead of arguments is matched by JSON Schema.
        `tolerance` makes numbers equal that differ by at most that much, absolutely or relatively;
        `text=normalised` leaves case, width, white space and punctuation aside; `ignore_keys` are never
        compared.

        `order` says which calls may match: each expected call with any call made, once (`any-order`); only
        in the expected order, others may stand between (`in-order`); only at the same place (`strict`).
        `superset` asks only that every expected call was made, and is their recall; `subset` only that
        every call made was expected, and is their precision. `skip` leaves tools out on both sides, such
        as those that only read; `refused=ignore` leaves out calls that ended in an error. `whole=true`
        gives 1 where everything asked for holds, else 0, and so pass^k over trials. Precision, recall and
        F1 stand in the detail of each score.

    When it misleads
        Another way to the same end scores less than 1: judge the end state where there is one. A
        harmless extra look-up costs as much as a harmful action, unless `skip` names the tools that only
        read, or `order=superset` (`extra=ignore`) leaves extra calls unpunished.

    Example
        `tool_calls:order=in-order,arguments=subset` with the expectation
        `[{"name": "book", "arguments": {"day": "Monday"}}]`.

    Reference
        Patil et al. 2024, Berkeley Function Calling Leaderboard; Yao et al. 2024, τ-bench. The best matching
        of calls is Kuhn 1955's assignment (for yes-or-no matches), the ordered one a longest common
        subsequence.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="tool_calls", version="2")

    order: Order = "any-order"
    """Which calls may match which."""
    arguments: Arguments = "exact"
    """How arguments are compared."""
    extra: Literal["penalise", "ignore"] = "penalise"
    """Whether calls that were not expected cost: F1, or recall alone."""
    tolerance: float = 0.0
    """Numbers within this difference, or this share of the larger, are equal."""
    text: TextMatch = "exact"
    """How texts in arguments are compared."""
    ignore_keys: tuple[str, ...] = ()
    """Keys of arguments that are not compared, at any depth."""
    skip: tuple[str, ...] = ()
    """Tools left out on both sides; `*` stands for any characters."""
    refused: Literal["count", "ignore"] = "count"
    """Whether calls that the tool answered with an error count: they changed nothing."""
    whole: bool = False
    """1 where every call matches as asked, else 0."""

    def _check(self) -> None:
        if not self.tolerance >= 0:
            raise self._refuse("tolerance must be at least 0")

    def _declare(self) -> MetricSpec:
        return replace(self.traits, scale="binary") if self.whole else self.traits

    @cached_property
    def _fit(self) -> Fit:
        return Fit(self.arguments, self.text, float(self.tolerance), frozenset(self.ignore_keys))

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; no call at all, where one was expected, is a failure of the target."""
        if case.expected is None:
            return NOTHING_EXPECTED
        expected = expected_calls(case.expected)
        if expected is None:
            return Failed(error="the expectation is not a list of calls with names")
        made = made_calls(output)
        if made is None:
            return self._miss("the calls of the answer cannot be read")
        try:
            return self._compared(self._kept(made), self._kept(expected), silent=not made)
        except ValueError as error:
            return Failed(error=f"an expected call: {error}")

    def _kept(self, calls: Sequence[Call]) -> list[Call]:
        return [
            call
            for call in calls
            if not names_match(call.name, self.skip) and not (call.error and self.refused == "ignore")
        ]

    def _compared(self, made: Sequence[Call], expected: Sequence[Call], *, silent: bool) -> Score:
        if silent and expected:
            return self._miss("no call was made")
        if len(made) * len(expected) > _MOST_PAIRS:
            return self._miss(f"{len(made)} calls were made: too many to compare with {len(expected)}")
        matched = self._matched(made, expected)
        precision = matched / len(made) if made else 1.0
        recall = matched / len(expected) if expected else 1.0
        f1 = 2 * matched / (len(made) + len(expected)) if made or expected else 1.0
        value = f1
        if self.order == "subset":
            value = precision
        elif self.order == "superset" or self.extra == "ignore":
            value = recall
        detail: dict[str, Json] = {
            "matched": matched,
            "made": len(made),
            "expected": len(expected),
            "precision": precision,
            "recall": recall,
            "f1": f1,
        }
        reason = f"{matched} of {len(expected)} expected calls matched, {len(made)} made: {call_names(made)}"
        return Scored(value=float(value == 1.0) if self.whole else value, reason=reason, detail=detail)

    def _matched(self, made: Sequence[Call], expected: Sequence[Call]) -> int:
        fits = [[self._fit.fits(call, wanted) for call in made] for wanted in expected]
        if self.order == "strict":
            return sum(line[place] for place, line in enumerate(fits) if place < len(line))
        return in_order(fits) if self.order == "in-order" else assigned(fits)
