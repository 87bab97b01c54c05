"""What is known of the request being served, and how it follows the work through tasks and threads.

The keys are those of the semantic conventions and of OpenInference, whose instrumentations read them from
the same place: a model call that they record belongs to the same user and session.
"""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import ParamSpec, TypeVar

from opentelemetry import context as otel
from opentelemetry.context import Context

from steelyard.core import Json, UsageError
from steelyard.traces._clean import clean_text
from steelyard.traces.capture._plain import as_text, plain_json

P = ParamSpec("P")
R = TypeVar("R")

CONTEXT_KEYS = ("user.id", "session.id", "steelyard.slice", "tag.tags", "metadata")
"""Keys of the context whose values every span below gets as attributes."""

_HERE: ContextVar[None] = ContextVar("steelyard-trace-here")


class Attached:
    """A context while it is the present one."""

    __slots__ = ("_here", "_token")

    def __init__(self, context: Context) -> None:
        self._here = _HERE.set(None)
        self._token = otel.attach(context)

    def leave(self) -> Context | None:
        """Back to what was before; returns the context as it stood at the end.

        Work that is closed from another task (a stream that nobody reads to its end) cannot go back there,
        and need not: None, and nothing is changed.
        """
        found = otel.get_current()
        try:
            _HERE.reset(self._here)
        except ValueError:
            return None
        otel.detach(self._token)
        return found


def context_attributes(context: Context) -> dict[str, str | Sequence[str]]:
    """The attributes that a context gives to its spans."""
    found: dict[str, str | Sequence[str]] = {}
    for key in CONTEXT_KEYS:
        value = context.get(key)
        if isinstance(value, str) or (isinstance(value, list | tuple) and value):
            found[key] = value
    return found


class trace_context:  # noqa: N801 - read as a statement: `with trace_context(user=…):`
    """Who is served, for every span inside: `with steelyard.trace_context(user="u-17", session="s-3"):`.

    Given again further in, a value replaces the outer one; tags add up. It holds in tasks made inside, and in
    threads that `with_context` takes along. It goes nowhere else: other services do not see it.
    """

    def __init__(
        self,
        *,
        user: str = "",
        session: str = "",
        slice: str = "",  # noqa: A002 - the word of the documentation
        tags: Sequence[str] = (),
        metadata: Mapping[str, Json] | None = None,
    ) -> None:
        if isinstance(tags, str):
            raise UsageError("tags are a list of texts", where="trace_context", hint=f"Write tags=[{tags!r}]")
        self._texts = {"user.id": user, "session.id": session, "steelyard.slice": slice}
        self._tags = tuple(clean_text(str(tag)) for tag in tags)
        self._metadata = metadata
        self._attached: Attached | None = None

    def __enter__(self) -> None:
        if self._attached is not None:
            raise UsageError("this context is open already", where="trace_context", hint="Make another one")
        context = otel.get_current()
        given: dict[str, object] = {key: clean_text(str(text)) for key, text in self._texts.items() if text}
        if self._tags:
            outer = context.get("tag.tags")
            known = tuple(outer) if isinstance(outer, list | tuple) else ()
            given["tag.tags"] = [*dict.fromkeys((*known, *self._tags))]
        if self._metadata:
            given["metadata"] = as_text(plain_json(self._metadata, characters=5_000))
        self._attached = Attached(Context({**context, **given}))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._attached is not None:
            self._attached.leave()
            self._attached = None


def with_context(function: Callable[P, R]) -> Callable[P, R]:
    """The function, to be called on another thread as part of the present trace.

    `pool.map(with_context(work), items)`: threads of the standard library begin without a context.
    """
    context = contextvars.copy_context()

    @functools.wraps(function)
    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.copy().run(function, *args, **kwargs)

    return carried
