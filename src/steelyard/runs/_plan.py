"""What is to be run, and what it needs around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from steelyard.bench import BenchmarkStore, BenchmarkVersion
from steelyard.core import Json
from steelyard.runs._progress import ProgressCallback
from steelyard.runs._store import RunStore, SampleStore
from steelyard.targets import Caller

CONNECTIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What is to be run; everything in it is pinned in the run's row."""

    version: BenchmarkVersion
    """The benchmark version."""
    epochs: int | None = None
    """Repetitions of each case; None: as many as a recorded target holds, otherwise 1."""
    seed: int = 0
    """Fixes the case order, and the sampling seeds where those are passed on."""
    pass_seeds: bool = False
    """Whether each call gets a sampling seed made from `seed`, the case and the epoch."""
    slices: Mapping[str, str] = field(default_factory=dict)
    """Only cases that carry all of these; empty: every case."""
    limit: int | None = None
    """At most so many cases, the first of the random order; None: all."""
    connections: int = CONNECTIONS
    """The most samples in work at once; the caller's own limit may hold fewer in flight."""
    label: str = ""
    """What people call the run; empty: the target's name."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """What else was asked for and is worth keeping: timeouts, caps, cache."""
    notes: tuple[str, ...] = ()
    """What a reader of the run must know from the start."""
    software: str = ""
    """Version of Steelyard."""
    revision: str = ""
    """Code revision of the project."""


class RunStores(BenchmarkStore, RunStore, SampleStore, Protocol):
    """What a run reads and writes: benchmarks, run rows, samples. One store keeps all three."""


def _never() -> bool:
    return False


def _unheard(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHooks:
    """What a run is given from outside while it works."""

    progress: ProgressCallback | None = None
    """Told how far the run is, at most ten times a second, on the loop's thread."""
    should_stop: Callable[[], bool] = _never
    """Asked before each call and ten times a second; once true, calls in flight are still awaited."""
    warn: Callable[[str], None] = _unheard
    """Told, before the first call, what of the benchmark and the target does not fit together."""
    simulator: Caller | None = None
    """The target that plays the persona of scenarios."""
