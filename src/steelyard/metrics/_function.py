"""A user's metric: one decorated function."""

from __future__ import annotations

import hashlib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import SupportsFloat, TypeAlias, cast, overload

from steelyard.core import (
    Case,
    Direction,
    Failed,
    MetricSpec,
    Output,
    Scale,
    Score,
    Scored,
    Skipped,
    UsageError,
)
from steelyard.metrics import agent
from steelyard.metrics._registry import BUILT_IN

Verdict: TypeAlias = "bool | float | Score | tuple[bool | float, str] | list[str] | None"
"""What a metric function may return: a truth, a number, a Score, a number with its reason, the milestones
that were reached; None skips."""

MetricFunction: TypeAlias = "Callable[[Case, Output], Verdict] | Callable[[Case, agent.Trajectory], Verdict]"


@dataclass(frozen=True, kw_only=True)
class FunctionMetric:
    """A function that scores one output, with what must be known to average and compare its scores."""

    function: MetricFunction
    """`(case, output)` to a verdict; pure."""
    name: str
    """The name under which its scores are stored."""
    version: str
    """Digest of its source, so that an edited function makes other scores."""
    direction: Direction = "higher"
    """Which way is better."""
    scale: Scale = "bounded"
    """`binary`, `bounded` by `range`, or `unbounded`."""
    range: tuple[float | None, float | None] = (0.0, 1.0)
    """Lowest and highest value; None where there is no limit."""
    measure: str = "share"
    """What the value counts."""
    failure: float | None = 0.0
    """The value of a sample whose target failed; None skips it."""
    label: str = ""
    """What the user typed; empty: the name."""

    def __call__(self, case: Case, output: Output) -> Verdict:
        given = agent.trajectory(output) if self.reads_trajectory else output
        return cast("Callable[[Case, object], Verdict]", self.function)(case, given)

    @cached_property
    def reads_trajectory(self) -> bool:
        """Whether the second parameter asks for the steps of an agent by its name."""
        names = list(inspect.signature(self.function).parameters)
        return names[1:2] == ["trajectory"]

    @cached_property
    def spec(self) -> MetricSpec:
        """The declaration; `settings.function` says where the function lives."""
        return MetricSpec(
            name=self.name,
            version=self.version,
            label=self.label,
            settings={"function": f"{self.function.__module__}:{self.function.__qualname__}"},
            direction=self.direction,
            scale=self.scale,
            range=self.range,
            measure=self.measure,
            failure=self.failure,
        )

    def score(self, case: Case, output: Output) -> Score:
        """The function's verdict as a Score; raises TypeError for any other kind of return value."""
        verdict = self(case, output)
        reason = ""
        if isinstance(verdict, tuple):
            verdict, reason = verdict
        if verdict is None:
            return Skipped(reason=reason or "the metric does not apply")
        if isinstance(verdict, Scored | Failed | Skipped):
            return verdict
        if isinstance(verdict, list):
            return agent.milestone_score(case, verdict)
        if not isinstance(verdict, SupportsFloat):
            raise TypeError(f"returned {type(verdict).__name__}, not a number, a truth or a Score")
        return Scored(value=float(verdict), reason=str(reason))


@overload
def metric(function: MetricFunction, /) -> FunctionMetric: ...
@overload
def metric(
    *,
    name: str = "",
    direction: Direction = "higher",
    scale: Scale | None = None,
    range: tuple[float | None, float | None] | None = None,
    measure: str = "share",
    failure: float | None = 0.0,
) -> Callable[[MetricFunction], FunctionMetric]: ...
def metric(
    function: MetricFunction | None = None,
    /,
    *,
    name: str = "",
    direction: Direction = "higher",
    scale: Scale | None = None,
    range: tuple[float | None, float | None] | None = None,  # noqa: A002  the word of MetricSpec
    measure: str = "share",
    failure: float | None = 0.0,
) -> FunctionMetric | Callable[[MetricFunction], FunctionMetric]:
    """Make a function `(case, output)` a metric: `@metric`, or `@metric(name=…, direction="lower")`.

    A second parameter named `trajectory` gets the steps of an agent instead of the output. The function
    returns a number, True or False, `(number, reason)`, a Score, the list of milestones reached (their share
    of `expected: {"milestones": [names]}` is the value), or None where it does not apply. The
    scale is `binary` when the function is annotated `-> bool`, otherwise `bounded` by `range` (0 to 1 by
    default); a range with an open end, or `scale="unbounded"`, has no bound. `failure` is the value of a
    sample whose target gave no answer. The version is a digest of the function's source.

    Raises UsageError when the function is asynchronous or takes other arguments.
    """

    def decorate(target: MetricFunction) -> FunctionMetric:
        bounds = range if range is not None else ((None, None) if scale == "unbounded" else (0.0, 1.0))
        return FunctionMetric(
            function=_checked(target),
            name=_free_name(name or getattr(target, "__name__", type(target).__name__)),
            version=_source_digest(target),
            direction=direction,
            scale=scale or _scale(target, bounds),
            range=bounds,
            measure=measure,
            failure=failure,
        )

    return decorate if function is None else decorate(function)


def from_function(function: object, *, label: str = "") -> FunctionMetric:
    """The metric of a function found by its name, decorated or not; `label` is what the user typed.

    Raises UsageError when it is not a function of a case and an output.
    """
    if isinstance(function, FunctionMetric):
        return replace(function, label=label or function.label)
    if not callable(function) or isinstance(function, type):
        raise UsageError(
            f"{label or function!r} is not a function",
            where="metric python",
            hint="Name a function that takes a case and an output",
        )
    return replace(metric(function), label=label)


def _checked(function: MetricFunction) -> MetricFunction:
    name = getattr(function, "__name__", repr(function))
    if inspect.iscoroutinefunction(function):
        raise UsageError(
            f"{name} is asynchronous",
            where="metric python",
            hint="Score without waiting; write a plain function",
        )
    try:
        inspect.signature(function).bind(None, None)
    except TypeError as error:
        raise UsageError(
            f"{name} cannot be called with a case and an output: {error}",
            where="metric python",
            hint="Write it as `def name(case, output)`",
        ) from error
    return function


def _free_name(name: str) -> str:
    if name in BUILT_IN or ":" in name:
        raise UsageError(
            f"a metric of yours cannot be called {name!r}",
            where="metric python",
            hint="It is the name of a built-in metric; rename the function, or pass name="
            if name in BUILT_IN
            else "Names have no colon",
        )
    return name


def _scale(function: MetricFunction, bounds: tuple[float | None, float | None]) -> Scale:
    returned = getattr(function, "__annotations__", {}).get("return")
    if returned in (bool, "bool"):
        return "binary"
    return "unbounded" if None in bounds else "bounded"


def _source_digest(function: MetricFunction) -> str:
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return "unknown"  # typed at a prompt, or made by a library: there is no source to digest
    return hashlib.sha256(source.encode("utf-8", "backslashreplace")).hexdigest()[:12]
