"""What is recorded of a function or block: settled once, when it is written down."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import set_span_in_context

from steelyard.traces._clean import clean_text
from steelyard.traces.capture._context import context_attributes
from steelyard.traces.capture._kind import StepKind, kind_attributes
from steelyard.traces.capture._live import LiveSpan
from steelyard.traces.capture._masking import MASK, is_secret_name
from steelyard.traces.capture._provider import capture_settings, current_tracer

Chosen: TypeAlias = bool | Callable[[Any], Any]
"""Whether a side is recorded; a function says what of it."""

LIVE = "steelyard.live-span"
"""Key of the context under which the handle of the present span stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one kind of step is recorded."""

    name: str = ""
    """What the span is called; empty: the function's own name."""
    kind: StepKind = "step"
    """What the step is."""
    inputs: Chosen = True
    """Whether arguments are recorded, or what of them."""
    outputs: Chosen = True
    """Whether the answer is recorded, or what of it."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """Said of every span."""

    def begin(self) -> Begun | None:
        """A new span below the present one; None where nobody would see it."""
        tracer = current_tracer()
        if tracer is None:
            return None
        context = otel.get_current()
        attributes = {**kind_attributes(self.kind, self.name), **context_attributes(context)}
        span = tracer.start_span(self.name, context, attributes=attributes)
        live = LiveSpan(span, self.kind, capture_settings())
        if self.attributes:
            live.add(self.attributes)
        return Begun(live, Context({**set_span_in_context(span, context), LIVE: live}))

    def give_input(self, span: LiveSpan, value: Any) -> None:
        """Record what went in, as far as the plan says."""
        if self.inputs is not False and span.recording:
            span.set_input(_chosen(self.inputs, value))

    def give_output(self, span: LiveSpan, value: Any) -> None:
        """Record what came out, as far as the plan says."""
        if self.outputs is not False and span.recording:
            span.set_output(_chosen(self.outputs, value))


@dataclass(frozen=True, slots=True)
class Begun:
    """A span that has begun, and the context of the work below it."""

    span: LiveSpan
    context: Context


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names of a function's parameters: enough to say what it was called with."""

    names: tuple[str, ...]
    """Those that may come by position."""
    rest: str
    """The name of `*args`; empty without."""
    owner: bool
    """Whether the first is the object or class that the method belongs to."""

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Name to what was passed; defaults are left out, secrets masked."""
        found: dict[str, Any] = dict(zip(self.names, args, strict=False))
        if len(args) > len(self.names):
            found[self.rest or "args"] = args[len(self.names) :]
        found.update(kwargs)
        if self.owner:
            found.pop(self.names[0], None)
        return {name: MASK if is_secret_name(name) else value for name, value in found.items()}


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """The parameters of a function; of one that hides them, none."""
    try:
        listed = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return Parameters((), "", owner=False)
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(item.name for item in listed if item.kind in by_place)
    rest = next((item.name for item in listed if item.kind is inspect.Parameter.VAR_POSITIONAL), "")
    return Parameters(names, rest, owner=bool(names) and names[0] in ("self", "cls", "mcs"))


def name_of(function: Callable[..., Any], kind: StepKind) -> str:
    """What a function is called: `Agent.answer`; a tool by its bare name, as models call it."""
    full = getattr(function, "__qualname__", "") or type(function).__qualname__
    own = full.rpartition("<locals>.")[2]
    return clean_text(own.rpartition(".")[2] if kind == "tool" else own)


def _chosen(choice: Chosen, value: Any) -> Any:
    if not callable(choice):
        return value
    try:
        return choice(value)
    except Exception as error:  # noqa: BLE001 - the caller's function must not fail the caller's call
        return f"<not recorded: {type(error).__name__}>"
