"""A store with two recorded runs, made from lists of right and wrong answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from steelyard.bench import BenchmarkVersion, Imported, ImportedRun, add_version
from steelyard.core import Case, Fault, FixedClock, Output
from steelyard.metrics import make_metric
from steelyard.runs import RunPlan, RunRecord, import_run
from steelyard.store import Store, open_store

CLOCK = FixedClock(datetime(2026, 11, 1, tzinfo=UTC))
LOST = Output(fault=Fault(owner="infrastructure", kind="connection", message="connection lost"))

Answers = Sequence[bool | None]
Recorder = Callable[..., RunRecord]


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store("sqlite://") as opened:
        yield opened


@pytest.fixture
def record(store: Store) -> Recorder:
    """`record("a", [True, False, None])`: a run that was right, wrong, and lost to the network."""
    rng = random.Random(0)

    def make(
        label: str,
        answers: Answers,
        *,
        slices: Mapping[int, Mapping[str, str]] | None = None,
        groups: Sequence[str] | None = None,
        split: Callable[[int], str] = lambda _: "open",
        epochs: int = 1,
        metrics: Sequence[str] = ("exact_match",),
    ) -> RunRecord:
        count = len(answers) // epochs
        cases = [
            Case(
                id=f"c{row}",
                input=f"question {row}",
                expected="yes",
                slices=(slices or {}).get(row, {}),
                group=groups[row] if groups else None,
                split=split(row),
            )
            for row in range(count)
        ]
        version = _version(store, cases)
        outputs = {
            (f"c{row % count}", row // count + 1): LOST
            if answer is None
            else Output(value="yes" if answer else f"no {label}")
            for row, answer in enumerate(answers)
        }
        return import_run(
            ImportedRun(label=label, outputs=outputs),
            RunPlan(version=version, label=label),
            store,
            metrics=[make_metric(text) for text in metrics],
            clock=CLOCK,
            rng=rng,
        )

    return make


def _version(store: Store, cases: Sequence[Case]) -> BenchmarkVersion:
    return add_version(store, "quiz", Imported(cases=tuple(cases)), clock=CLOCK).version
