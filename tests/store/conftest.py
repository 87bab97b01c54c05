from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steelyard.bench import BenchmarkVersion, version_hash
from steelyard.core import Case, Fault, MetricSpec, Output, Score, Scored
from steelyard.runs import RunRecord, SampleRow
from steelyard.store import Store, open_store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EXACT = MetricSpec(name="exact_match", version="1", scale="binary", settings={"case": False})
LENGTH = MetricSpec(name="length", version="1", scale="unbounded", range=(0.0, None), direction="lower")


class Build:
    """Makes records, and puts them into a store."""

    now = NOW
    exact = EXACT
    length = LENGTH

    def cases(self, count: int, *, prefix: str = "c") -> list[Case]:
        return [
            Case(id=f"{prefix}{i}", input=f"question {i}", expected=str(i), slices={"topic": f"t{i % 3}"})
            for i in range(count)
        ]

    def version(
        self, cases: Sequence[Case], *, name: str = "support", tags: Sequence[str] = ()
    ) -> BenchmarkVersion:
        return BenchmarkVersion(
            name=name, number=0, hash=version_hash(cases), cases=len(cases), created=NOW, tags=tuple(tags)
        )

    def add(self, store: Store, cases: Sequence[Case], *, name: str = "support") -> BenchmarkVersion:
        return store.add_version(self.version(cases, name=name), cases)

    def record(
        self,
        version: BenchmarkVersion,
        *,
        id: str = "run-1",  # noqa: A002 - the record's word
        label: str = "first",
        started: datetime = NOW,
        metrics: Sequence[MetricSpec] = (EXACT,),
        epochs: int = 1,
    ) -> RunRecord:
        return RunRecord(
            id=id,
            benchmark=version.ref,
            target={"name": "t", "uri": "replay:f", "settings": {"n": 1}, "prompts": {}},
            metrics=tuple(metrics),
            epochs=epochs,
            seed=7,
            started=started,
            label=label,
            settings={"timeout": 30.0},
            prompts={"system": "Be kind."},
            software="0.1",
            revision="abc+dirty",
        )

    def run(self, store: Store, cases: Sequence[Case], *, metrics: Sequence[MetricSpec] = (EXACT,)) -> str:
        record = self.record(self.add(store, cases), metrics=metrics)
        store.create_run(record)
        return record.id

    def row(
        self,
        case: Case,
        *,
        epoch: int = 1,
        position: int = 0,
        output: Output | None = None,
        score: Score | None = None,
        value: float = 1.0,
    ) -> SampleRow:
        return SampleRow(
            case_id=case.id,
            epoch=epoch,
            position=position,
            output=output or Output(value=f"answer to {case.id}"),
            scores={EXACT.key: score or Scored(value=value)},
        )

    def rows(self, cases: Iterable[Case]) -> list[SampleRow]:
        return [self.row(case, position=place) for place, case in enumerate(cases)]

    def fault(self, owner: str = "infrastructure") -> Output:
        return Output(
            fault=Fault(owner="target" if owner == "target" else "infrastructure", kind="k", message="m")
        )


@pytest.fixture
def build() -> Build:
    return Build()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_database"))
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def reopen(store_url: str) -> Iterator[Callable[[], Store]]:
    """Opens the same database again, as another process would; everything is closed at the end."""
    opened: list[Store] = []

    def open_again() -> Store:
        opened.append(open_store(store_url))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Callable[[], Store]) -> Store:
    return reopen()
