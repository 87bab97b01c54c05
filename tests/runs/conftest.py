from __future__ import annotations

import inspect
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

import pytest

from steelyard.bench import BenchmarkVersion, Imported, add_version
from steelyard.core import Case, Output, SystemClock
from steelyard.metrics import Metric, make_metric
from steelyard.runs import RunHooks, RunPlan, RunRecord, execute, resume
from steelyard.store import Store, open_store
from steelyard.targets import Caller, Limits, Request, Target, TargetInfo

Answer = Callable[[Request], "Output | Awaitable[Output]"]


class AnswerTarget:
    """A target made of a function; remembers what it was asked."""

    def __init__(self, answer: Answer, *, recorded: bool = False, epochs: int = 1) -> None:
        self.asked: list[Request] = []
        self._answer = answer
        self._info = TargetInfo(name="double", uri="double:answers", recorded=recorded, epochs=epochs)

    @property
    def info(self) -> TargetInfo:
        return self._info

    async def open(self) -> None:
        pass

    async def answer(self, request: Request) -> Output:
        self.asked.append(request)
        output = self._answer(request)
        return await output if inspect.isawaitable(output) else output

    async def close(self) -> None:
        pass


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store("sqlite://") as opened:
        yield opened


@pytest.fixture
def add(store: Store, clock: SystemClock) -> Callable[[Iterable[Case]], BenchmarkVersion]:
    def add_cases(cases: Iterable[Case]) -> BenchmarkVersion:
        return add_version(store, "sums", Imported(cases=tuple(cases)), clock=clock).version

    return add_cases


@pytest.fixture
def target_of() -> Callable[..., AnswerTarget]:
    return AnswerTarget


@pytest.fixture
def caller_of(clock: SystemClock) -> Callable[..., Caller]:
    def make(answer: Answer | Target, **limits: object) -> Caller:
        target = AnswerTarget(answer) if callable(answer) else answer
        options: dict[str, object] = {"backoff_s": 0.0, "max_attempts": 1, **limits}
        return Caller(target, Limits(**options), clock=clock, rng=random.Random(1))  # type: ignore[arg-type]

    return make


@pytest.fixture
def start(store: Store, clock: SystemClock, caller_of: Callable[..., Caller]) -> Callable[..., RunRecord]:
    """Execute a version: `start(version, answer, metrics=[…], hooks=…, limits={…}, epochs=2, …)`."""
    rng = random.Random(1)

    def run(
        version: BenchmarkVersion,
        answer: Answer | Target,
        *,
        metrics: Sequence[Metric | str] = ("exact_match",),
        hooks: RunHooks | None = None,
        limits: dict[str, object] | None = None,
        on: Store | None = None,
        **plan: object,
    ) -> RunRecord:
        return execute(
            RunPlan(version=version, **plan),  # type: ignore[arg-type]
            on or store,
            caller=caller_of(answer, **(limits or {})),
            metrics=[make_metric(item) if isinstance(item, str) else item for item in metrics],
            clock=clock,
            rng=rng,
            hooks=hooks,
        )

    return run


@pytest.fixture
def go_on(store: Store, clock: SystemClock, caller_of: Callable[..., Caller]) -> Callable[..., RunRecord]:
    """Resume a run: `go_on(run, answer)`."""

    def run(
        record: RunRecord, answer: Answer | Target, *, hooks: RunHooks | None = None, **limits: object
    ) -> RunRecord:
        return resume(record, store, caller=caller_of(answer, **limits), clock=clock, hooks=hooks)

    return run
