"""A benchmark version: an immutable set of cases, named by its content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from steelyard.core import BenchmarkRef, Case, Provenance, content_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkVersion:
    """One version of a benchmark. Its cases are read from the store, streaming."""

    name: str
    """The benchmark's name: letters, digits, `.`, `_`, `-`."""
    number: int
    """1, 2, … in order of addition; shown as `v1`, `v2`."""
    hash: str
    """SHA-256 over the case hashes: see `version_hash`."""
    cases: int
    """How many cases it holds."""
    created: datetime
    """When it was added, UTC."""
    parent: str | None = None
    """Hash of the version before it under this name."""
    tags: tuple[str, ...] = ()
    """Human tags that point to it."""
    message: str = ""
    """Why it was made."""
    provenance: Provenance = field(default_factory=lambda: Provenance(source="author"))
    """Where the cases came from."""

    @property
    def version(self) -> str:
        """The tag every version gets: `v1`, `v2`, …"""
        return f"v{self.number}"

    @property
    def ref(self) -> BenchmarkRef:
        """The reference that runs and reports carry."""
        return BenchmarkRef(name=self.name, version=self.version, hash=self.hash, cases=self.cases)


def version_hash(cases: Iterable[Case]) -> str:
    """SHA-256 of the canonical JSON `{"cases": [content hashes by case id], "format": 1}`.

    The order in the file does not matter; every field of every case does.
    """
    return hash_of_pairs((case.id, case.content_hash) for case in cases)


def hash_of_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """The same from ids and content hashes."""
    return content_hash({"format": 1, "cases": [list(pair) for pair in sorted(pairs)]})
