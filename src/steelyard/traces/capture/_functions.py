"""Functions of every sort, each wrapped by its own sort: what inspects them sees no difference."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, replace
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from steelyard.core import UsageError
from steelyard.traces.capture._context import Attached
from steelyard.traces.capture._flow import AsyncFlow, Flow, Stream
from steelyard.traces.capture._plan import Begun, Parameters, Plan, name_of, parameters_of

Anything = Callable[..., Any]


def traced_function(function: Any, plan: Plan) -> Any:
    """The function, recorded; class and static methods come out as what they are.

    Raises UsageError for a class and for what cannot be called.
    """
    if isinstance(function, classmethod | staticmethod):
        return type(function)(traced_function(function.__func__, plan))
    if isinstance(function, type) or not callable(function):
        raise UsageError(
            f"{getattr(function, '__name__', type(function).__name__)!r} is no function",
            where="steelyard.trace",
            hint="Trace functions and methods; a name comes as text",
        )
    recipe = _Recipe(function, plan, parameters_of(function))
    named = replace(recipe, plan=replace(plan, name=plan.name or name_of(function, plan.kind)))
    wrapper = _wrapper(function)(named)
    functools.update_wrapper(wrapper, function)
    return wrapper


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A function and how it is recorded."""

    function: Anything
    plan: Plan
    parameters: Parameters

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """A span for one call, with what the function was called with."""
        begun = self.plan.begin()
        if begun is not None and self.plan.inputs is not False and begun.span.recording:
            given = self.parameters.named(args, kwargs)
            alone = len(given) == 1 and self.plan.kind != "tool" and self.plan.inputs is True
            self.plan.give_input(begun.span, next(iter(given.values())) if alone else given)
        return begun

    def done(self, begun: Begun, attached: Attached, result: Any) -> Any:
        """The answer came; one that is still to be read or awaited keeps the span open."""
        attached.leave()
        if isinstance(result, GeneratorType):
            return _held_open(begun, _read(Flow(Stream(self.plan, begun), result)))
        if isinstance(result, AsyncGeneratorType):
            return _held_open(begun, _relaying(lambda: AsyncFlow(Stream(self.plan, begun), result))())
        if inspect.iscoroutine(result):
            return _held_open(begun, _awaited(self, begun, result))
        self.plan.give_output(begun.span, result)
        begun.span.end()
        return result

    @staticmethod
    def failed(begun: Begun, attached: Attached, error: BaseException) -> None:
        """The function raised."""
        attached.leave()
        if not isinstance(error, GeneratorExit):
            begun.span.fail(error)
        begun.span.end()


def _wrapper(function: Anything) -> Callable[[_Recipe], Anything]:
    for candidate in (function, getattr(type(function), "__call__", None)):  # noqa: B004 - the method itself
        if inspect.isasyncgenfunction(candidate):
            return _stream_async
        if inspect.iscoroutinefunction(candidate):
            return _async
        if inspect.isgeneratorfunction(candidate):
            return _stream
    return _plain


def _plain(recipe: _Recipe) -> Anything:
    function = recipe.function

    def traced(*args: Any, **kwargs: Any) -> Any:
        begun = recipe.begin(args, kwargs)
        if begun is None:
            return function(*args, **kwargs)
        attached = Attached(begun.context)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            recipe.failed(begun, attached, error)
            raise
        return recipe.done(begun, attached, result)

    return traced


def _async(recipe: _Recipe) -> Anything:
    function = recipe.function

    async def traced(*args: Any, **kwargs: Any) -> Any:
        begun = recipe.begin(args, kwargs)
        if begun is None:
            return await function(*args, **kwargs)
        attached = Attached(begun.context)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            recipe.failed(begun, attached, error)
            raise
        return recipe.done(begun, attached, result)

    return traced


def _stream(recipe: _Recipe) -> Anything:
    function = recipe.function

    def traced(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        begun = recipe.begin(args, kwargs)
        inner = function(*args, **kwargs)
        if begun is None:
            return (yield from inner)
        return (yield from Flow(Stream(recipe.plan, begun), inner))

    return traced


def _stream_async(recipe: _Recipe) -> Anything:
    def opened(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        begun = recipe.begin(args, kwargs)
        inner: AsyncGenerator[Any, Any] = recipe.function(*args, **kwargs)
        return inner if begun is None else AsyncFlow(Stream(recipe.plan, begun), inner)

    return _relaying(opened)


def _relaying(opened: Callable[..., AsyncGenerator[Any, Any]]) -> Anything:
    """An asynchronous generator function that is another one: what `yield from` is to plain ones."""

    async def traced(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        flow = opened(*args, **kwargs)
        go: Callable[[Any], Awaitable[Any]] = flow.asend
        given: Any = None
        while True:
            try:
                piece = await go(given)
            except StopAsyncIteration:
                return
            try:
                given = yield piece
                go = flow.asend
            except GeneratorExit:
                await flow.aclose()
                raise
            except BaseException as error:  # noqa: BLE001 - handed to the generator, whatever it is
                go, given = flow.athrow, error

    return traced


def _read(flow: Flow) -> Generator[Any, Any, Any]:
    return (yield from flow)


async def _awaited(recipe: _Recipe, begun: Begun, waiting: Coroutine[Any, Any, Any]) -> Any:
    attached = Attached(begun.context)
    try:
        result = await waiting
    except BaseException as error:
        recipe.failed(begun, attached, error)
        raise
    return recipe.done(begun, attached, result)


def _held_open(begun: Begun, reader: Any) -> Any:
    """What is read later ends the span when it ends, or when it is thrown away unread."""
    weakref.finalize(reader, begun.span.end)
    return reader
