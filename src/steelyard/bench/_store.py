"""What the bench package asks of a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from steelyard.bench._version import BenchmarkVersion
from steelyard.core import Case


class BenchmarkStore(Protocol):
    """Keeps versions, their cases, and the bytes of attachments. Versions never change once added."""

    def add_version(self, version: BenchmarkVersion, cases: Iterable[Case]) -> BenchmarkVersion:
        """Store a version and its cases in one transaction; returns it with the number it got.

        `version.number` is ignored and replaced by the next free one of that name. When the latest
        version of that name has the same hash, nothing is added and that version is returned, with
        any new tags added to it.
        """
        ...

    def versions(self, name: str | None = None) -> list[BenchmarkVersion]:
        """All versions of one benchmark, or of all, oldest first; empty when there is none."""
        ...

    def tag(self, version: BenchmarkVersion, tag: str) -> None:
        """Let `tag` point to this version, moving it from another of the same name."""
        ...

    def cases(self, version: BenchmarkVersion) -> Iterator[Case]:
        """The cases of a version in the order they were added, streaming."""
        ...

    def put_attachment(self, sha256: str, data: bytes) -> None:
        """Keep the bytes of an attachment; doing it again is harmless."""
        ...

    def get_attachment(self, sha256: str) -> bytes:
        """The bytes of an attachment; raises NotFoundError."""
        ...
