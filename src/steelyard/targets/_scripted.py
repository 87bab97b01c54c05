"""A target that answers what it was told to: for tests, ours and our users'."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeAlias

from steelyard.core import Fault, Json, Output
from steelyard.targets._protocol import Request, TargetInfo

Step: TypeAlias = "Json | Output | Fault | Exception"
"""One scripted answer: a value, an output, a fault, or an exception to raise."""


class ScriptedTarget:
    """Answers from a script, in memory, and remembers what it was asked.

    `answers` maps case ids to one step, or to a tuple of steps for successive calls of which the last
    repeats; or it is a function of the request. Cases without a script get `default`.
    """

    def __init__(
        self,
        answers: Mapping[str, Step | tuple[Step, ...]] | Callable[[Request], Step],
        *,
        default: Step = "",
        name: str = "scripted",
        settings: Mapping[str, Json] | None = None,
        latency_s: float = 0.0,
    ) -> None:
        self._answers = answers
        self._default = default
        self._latency_s = latency_s
        self._calls: dict[str, int] = {}
        self._info = TargetInfo(name=name, uri=f"scripted:{name}", settings=settings or {})
        self.requests: list[Request] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.is_open = False

    @property
    def info(self) -> TargetInfo:
        """The pinned configuration."""
        return self._info

    async def open(self) -> None:
        """Remember that it was opened."""
        self.is_open = True

    async def close(self) -> None:
        """Remember that it was closed."""
        self.is_open = False

    async def answer(self, request: Request) -> Output:
        """The next step of the case's script, after `latency_s` seconds."""
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            step = self._step(request)
            if self._latency_s:
                await asyncio.sleep(self._latency_s)
        finally:
            self.in_flight -= 1
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Output):
            return step
        if isinstance(step, Fault):
            return Output(fault=step, latency_s=self._latency_s)
        return Output(value=step, latency_s=self._latency_s)

    def _step(self, request: Request) -> Step:
        if not isinstance(self._answers, Mapping):
            return self._answers(request)
        script = self._answers.get(request.case.id, self._default)
        if not isinstance(script, tuple):
            return script
        count = self._calls.get(request.case.id, 0)
        self._calls[request.case.id] = count + 1
        return script[min(count, len(script) - 1)]
