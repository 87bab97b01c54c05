"""The `python` target: a function of the caller's own."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from steelyard.core import Fault, Output, Span, Usage, UsageError, canonical_json, collecting_spans
from steelyard.targets._json_body import invalid_output
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._recorded_form import is_recorded_form, live_output
from steelyard.targets._secrets import Redactor, environment_secrets
from steelyard.targets._spec import TargetSpec, read_settings
from steelyard.targets._spent import spent_money, spent_tokens
from steelyard.targets._threads import DaemonThreads


class PythonTarget:
    """Calls `module:function` with the case's input, or with the whole case if its parameter is named `case`.

    Parameters named `messages`, `context`, `epoch` or `seed` get those of the request. A plain function
    runs on a thread of its own; a call that times out keeps its thread until it returns. The function
    answers with text, an object, an `Output`, or a mapping in the recorded form (`{"output": …}`). Spans that
    it leaves on the way are the output's trace, unless the answer brings one of its own.
    """

    def __init__(self, spec: TargetSpec) -> None:
        settings = read_settings(spec, {})
        self._function = _load(spec)
        self._arguments = _arguments(self._function, spec)
        self._is_async = inspect.iscoroutinefunction(self._function) or inspect.iscoroutinefunction(
            getattr(self._function, "__call__", None)  # noqa: B004 - the method itself is asked for
        )
        self._clock = spec.clock
        self._threads = DaemonThreads()
        self._priced = "price" in settings
        self._redact = Redactor(environment_secrets(spec.environ))
        self._info = TargetInfo(
            name=spec.name or f"python:{spec.rest}",
            uri=f"python:{spec.rest}",
            settings={"source_hash": _source_hash(self._function), **settings},
            reusable=False,
        )

    @property
    def info(self) -> TargetInfo:
        """The pinned configuration, with the SHA-256 of the function's source file."""
        return self._info

    async def open(self) -> None:
        """Nothing to connect to: the function was imported when the target was made."""

    async def answer(self, request: Request) -> Output:
        """What the function answers; what it raises is a fault of the target."""
        with collecting_spans() as collection:
            output = await self._answer(request)
        spans = collection.spans()
        return output if output.trace or not spans else self._with_trace(output, spans)

    async def _answer(self, request: Request) -> Output:
        args, kwargs = self._bind(request)
        started = self._clock.monotonic()
        try:
            if self._is_async:
                result = await self._function(*args, **kwargs)
            else:
                result = await self._threads.run(lambda: self._function(*args, **kwargs))
                if inspect.isawaitable(result):
                    result = await result
        except Exception as error:  # noqa: BLE001 - whatever the function under test raises is its answer
            seconds = self._clock.monotonic() - started
            message = self._redact(f"{type(error).__name__}: {error}")
            return Output(fault=Fault(owner="target", kind="exception", message=message), latency_s=seconds)
        return self._output(result, self._clock.monotonic() - started)

    async def close(self) -> None:
        """Let the threads end."""
        self._threads.close()

    def _with_trace(self, output: Output, spans: Sequence[Span]) -> Output:
        """The output with its trace, and with what that says it took where the function says nothing."""
        money = output.cost_usd
        if money is None and not self._priced:
            money = spent_money(spans)
        return dataclasses.replace(
            output,
            trace=tuple(map(self._safe, spans)),
            usage=output.usage if output.usage != Usage() else spent_tokens(spans),
            cost_usd=money,
        )

    def _safe(self, span: Span) -> Span:
        message = self._redact(span.error)
        return span if message == span.error else dataclasses.replace(span, error=message)

    def _output(self, result: Any, seconds: float) -> Output:
        if isinstance(result, Output):
            return result if result.latency_s is not None else dataclasses.replace(result, latency_s=seconds)
        problem = _not_json(result)
        if problem:
            return invalid_output(problem, seconds=seconds)
        if isinstance(result, Mapping) and is_recorded_form(result):
            return live_output(result, seconds=seconds, redact=self._redact)
        return Output(value=result, latency_s=seconds)

    def _bind(self, request: Request) -> tuple[list[Any], dict[str, Any]]:
        case = request.case
        offered: dict[str, Any] = {
            "case": case,
            "messages": list(request.messages),
            "context": list(case.context),
            "epoch": request.epoch,
            "seed": request.seed,
        }
        kwargs = {name: offered[name] for name in self._arguments if name in offered}
        if "case" in kwargs or self._arguments == () or self._arguments[0] in offered:
            return [], kwargs
        return [list(request.messages) if request.messages else case.input], kwargs


def python_target(spec: TargetSpec) -> PythonTarget:
    """The registry's door to `python:module:function`."""
    return PythonTarget(spec)


def _load(spec: TargetSpec) -> Callable[..., Any]:
    module_name, _, function_name = spec.rest.partition(":")
    if not module_name or not function_name:
        raise UsageError(
            f"a Python target is written python:module:function, not python:{spec.rest}",
            where=spec.where,
            hint=f"For a function `answer` in {spec.folder / 'app.py'}: python:app:answer",
        )
    folder = str(spec.folder.resolve())
    if folder not in sys.path:
        sys.path.append(folder)
    importlib.invalidate_caches()
    try:
        found: Any = importlib.import_module(module_name)
        for name in function_name.split("."):
            found = getattr(found, name)
    except Exception as error:  # noqa: BLE001 - a module may raise anything while it is imported
        redact = Redactor(environment_secrets(spec.environ))
        raise UsageError(
            f"{module_name}:{function_name} cannot be imported: {type(error).__name__}: {redact(str(error))}",
            where=spec.where,
            hint=f"Modules are looked for on PYTHONPATH and in {folder}",
        ) from None
    if not callable(found):
        raise UsageError(f"{module_name}:{function_name} is not a function", where=spec.where)
    return found  # type: ignore[no-any-return]


def _arguments(function: Callable[..., Any], spec: TargetSpec) -> tuple[str, ...]:
    """Names of the parameters that can be filled; raises UsageError when one could not."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ("input",)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [p for p in parameters if p.kind in {*kinds, inspect.Parameter.KEYWORD_ONLY}]
    known = {"case", "messages", "context", "epoch", "seed"}
    positional = [p for p in parameters if p.kind in kinds]
    takes_input = positional[:1] if positional and positional[0].name not in known else []
    for parameter in named:
        if parameter in takes_input or parameter.name in known:
            continue
        if parameter.default is inspect.Parameter.empty:
            raise UsageError(
                f"{spec.rest} has a parameter {parameter.name!r} that cannot be filled",
                where=spec.where,
                hint="The first parameter gets the input; others may be case, messages, context, epoch, seed",
            )
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters) and not named:
        return ("input",)
    return (*(p.name for p in takes_input), *(p.name for p in named if p.name in known))


def _source_hash(function: Callable[..., Any]) -> str | None:
    """SHA-256 of the file that defines the function; None for functions without one."""
    try:
        file = inspect.getsourcefile(inspect.unwrap(function))
        return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else None
    except (TypeError, OSError):
        return None


def _not_json(result: Any) -> str:
    if result is None or isinstance(result, str | bool | int):
        return ""
    try:
        canonical_json(result)
    except (TypeError, ValueError, RecursionError) as error:
        return (
            f"the function answered with {type(result).__name__}, which is no text and no JSON value: {error}"
        )
    return ""
