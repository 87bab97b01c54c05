"""`steelyard.trace`: a function or a block as a span."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar, overload

from opentelemetry.context import get_current
from opentelemetry.trace import INVALID_SPAN
from opentelemetry.trace import get_current_span as get_span

from steelyard.core import UsageError
from steelyard.traces._clean import clean_text
from steelyard.traces.capture._context import Attached
from steelyard.traces.capture._functions import traced_function
from steelyard.traces.capture._kind import StepKind, checked_kind
from steelyard.traces.capture._live import LiveSpan
from steelyard.traces.capture._plan import LIVE, Begun, Chosen, Plan
from steelyard.traces.capture._provider import capture_settings

F = TypeVar("F", bound=Callable[..., Any])


class Trace:
    """What `steelyard.trace(…)` gives: a decorator, and a block for `with` and `async with`."""

    __slots__ = ("_attached", "_begun", "_plan", "_span")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._begun: Begun | None = None
        self._attached: Attached | None = None
        self._span: LiveSpan | None = None

    def __call__(self, function: F) -> F:
        """The function, recorded at every call, with its signature and sort."""
        found: F = traced_function(function, self._plan)
        return found

    def __enter__(self) -> LiveSpan:
        if self._span is not None:
            raise UsageError(
                f"the block '{self._plan.name}' is open already",
                where="steelyard.trace",
                hint="Write steelyard.trace(…) anew for each `with`",
            )
        if not self._plan.name:
            raise UsageError("the block has no name", where="steelyard.trace", hint='Write trace("NAME")')
        self._begun = self._plan.begin()
        if self._begun is None:
            self._span = LiveSpan(INVALID_SPAN, self._plan.kind, capture_settings())
        else:
            self._attached = Attached(self._begun.context)
            self._span = self._begun.span
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        span, attached = self._span, self._attached
        self._span = self._attached = self._begun = None
        if attached is not None:
            attached.leave()
        if span is not None:
            if error is not None and not isinstance(error, GeneratorExit):
                span.fail(error)
            span.end()

    async def __aenter__(self) -> LiveSpan:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)


@overload
def trace(function: F, /) -> F: ...


@overload
def trace(
    name: str = "",
    /,
    *,
    kind: StepKind = "step",
    inputs: Chosen = True,
    outputs: Chosen = True,
    attributes: Mapping[str, Any] | None = None,
) -> Trace: ...


def trace(
    name: Any = "",
    /,
    *,
    kind: StepKind = "step",
    inputs: Chosen = True,
    outputs: Chosen = True,
    attributes: Mapping[str, Any] | None = None,
) -> Any:
    """Record a function or a block as a span of OpenTelemetry.

    `@steelyard.trace`, `@steelyard.trace("search", kind="tool")`, `with steelyard.trace("search") as span:`.
    Arguments become the input and the answer the output; pieces of a generator are joined, and its span ends
    when it does. An exception is recorded and goes on. Functions, coroutines, generators of both sorts and
    methods keep their signature and sort.

    `inputs` and `outputs` switch a side off, or are a function that says what of it is recorded: of the
    arguments by name, of the answer, of the list or joined text of a generator's pieces. `attributes` are
    said of every span, in the words of `LiveSpan.add`. Values under names that promise a secret (`api_key`,
    `password`, …) are masked, long ones cut, everything passes the redaction of `configure_trace`.

    Spans go to the application's tracer provider; where it has none, to `STEELYARD_ENDPOINT` (with
    `STEELYARD_KEY`) or OpenTelemetry's own endpoint, in batches, in the background, the rest at exit. Without
    any of these nothing is recorded, at the cost of about a microsecond a call.

    Raises UsageError for an unknown kind and for what is no function; at the first call ConfigError for an
    endpoint or a key that is none, and MissingExtraError where one is named and the extra `trace` is not
    installed.
    """
    if not isinstance(name, str):
        return traced_function(name, Plan())
    plan = Plan(
        name=clean_text(name),
        kind=checked_kind(kind),
        inputs=inputs,
        outputs=outputs,
        attributes=dict(attributes or {}),
    )
    return Trace(plan)


def current_span() -> LiveSpan:
    """The span of the present step, to say more of it from inside a traced function.

    `steelyard.current_span().add(model="gpt-4o", input_tokens=1200)`. A span that something else made is
    given as well; without one, what is said goes nowhere.
    """
    context = get_current()
    span = get_span(context)
    live = context.get(LIVE)
    if isinstance(live, LiveSpan) and live.holds(span):
        return live
    return LiveSpan(span, "step", capture_settings())
