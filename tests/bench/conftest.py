from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, FixedClock, NotFoundError


class MemoryBenchmarks:
    """A benchmark store in memory, with the contract of the protocol."""

    def __init__(self) -> None:
        self._versions: list[BenchmarkVersion] = []
        self._cases: dict[tuple[str, int], tuple[Case, ...]] = {}
        self._attachments: dict[str, bytes] = {}

    def add_version(self, version: BenchmarkVersion, cases: Iterable[Case]) -> BenchmarkVersion:
        known = self.versions(version.name)
        if known and known[-1].hash == version.hash:
            return known[-1]
        stored = replace(version, number=len(known) + 1)
        self._versions.append(stored)
        self._cases[stored.name, stored.number] = tuple(cases)
        return stored

    def versions(self, name: str | None = None) -> list[BenchmarkVersion]:
        return [version for version in self._versions if name in (None, version.name)]

    def tag(self, version: BenchmarkVersion, tag: str) -> None:
        self._versions = [
            replace(
                item,
                tags=tuple(t for t in item.tags if t != tag)
                + ((tag,) if item.number == version.number else ()),
            )
            if item.name == version.name
            else item
            for item in self._versions
        ]

    def cases(self, version: BenchmarkVersion) -> Iterator[Case]:
        return iter(self._cases[version.name, version.number])

    def put_attachment(self, sha256: str, data: bytes) -> None:
        self._attachments[sha256] = data

    def get_attachment(self, sha256: str) -> bytes:
        if sha256 not in self._attachments:
            raise NotFoundError("no such attachment", where=sha256)
        return self._attachments[sha256]


@pytest.fixture
def benchmarks() -> MemoryBenchmarks:
    return MemoryBenchmarks()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.fixture
def shared_data() -> Path:
    """Real data beside the checkout; tests skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "../shared/data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data with real data is absent")
    return folder
