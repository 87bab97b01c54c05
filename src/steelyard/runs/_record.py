"""The records of a run: what was pinned, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from steelyard.core import BenchmarkRef, Case, Json, MetricSpec, Output, RunStatus, Score

STATE_SCORED = 0
STATE_FAILED = 1
STATE_SKIPPED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Everything a run pins; written before the first call and never edited but for its progress."""

    id: str
    """Identifier, sorting by time."""
    benchmark: BenchmarkRef
    """The benchmark version."""
    target: Mapping[str, Json]
    """`TargetInfo.as_json()`: the configuration, without secrets."""
    metrics: tuple[MetricSpec, ...]
    """The metrics scored while running; rescoring adds to them."""
    epochs: int
    """Repetitions of each case."""
    seed: int
    """Seed of the case order and of everything else random."""
    started: datetime
    """When the row was written, UTC."""
    label: str = ""
    """What people call it."""
    status: RunStatus = "running"
    """`running` until it ends; `partial` when stopped or capped; `complete` when all samples are in."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """Connections, timeouts, caps, cache: what else was asked for."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Prompt file name to text; a judge's key to its wording."""
    software: str = ""
    """Version of Steelyard."""
    revision: str = ""
    """Code revision of the project, with `+dirty` where it has uncommitted changes."""
    owner: str = ""
    """`HOST:PID:START:SEEN` of the process that works on it; empty when none does."""
    seconds: float = 0.0
    """Wall-clock seconds over all sittings."""
    notes: tuple[str, ...] = ()
    """What stopped it, what was imported from where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One case in one epoch: the output and its scores, written in one piece."""

    case_id: str
    """The case."""
    epoch: int
    """The repetition, from 1."""
    position: int
    """Place in the run's planned order, from 0: the seeded random order fixed before the first call."""
    output: Output
    """What the target answered."""
    scores: Mapping[str, Score]
    """Metric key to score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotals:
    """Sums over the stored samples of a run."""

    samples: int
    """Stored samples, faulty ones included."""
    faults: int
    """Samples whose output has an infrastructure fault: a resumed run tries them again."""
    cost_usd: float | None
    """Sum of the known costs; None when no output has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A stored sample with its case, as readers get it."""

    case: Case
    """The case."""
    epoch: int
    """The repetition, from 1."""
    output: Output
    """What the target answered."""
    scores: Mapping[str, Score]
    """Metric key to the latest score."""


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """The scores of one metric in one run, by column; row i is one sample.

    Rows are sorted by `positions`, the run's planned order, which makes prefixes meaningful.
    """

    metric: MetricSpec
    """The metric."""
    case_ids: Sequence[str]
    """Case id of each row."""
    case_hashes: Sequence[str]
    """`Case.hash` of each row: what pairing goes by."""
    epochs: NDArray[np.int64]
    """Epoch of each row."""
    clusters: Sequence[str]
    """`Case.cluster` of each row."""
    weights: NDArray[np.float64]
    """Case weight of each row."""
    slices: Sequence[Mapping[str, str]]
    """Slices of each row; rows of one case share one object."""
    splits: Sequence[str]
    """Split of each row."""
    states: NDArray[np.int8]
    """STATE_SCORED, STATE_FAILED or STATE_SKIPPED."""
    values: NDArray[np.float64]
    """The value where `states` says scored; 0 elsewhere, and not to be read there."""
    extracted: NDArray[np.bool_]
    """False where the answer held nothing to measure."""
    output_hashes: Sequence[str]
    """`Output.hash` of each row."""
    details: Sequence[Mapping[str, Json]] = ()
    """Sufficient statistics of each row, for corpus metrics only; otherwise empty."""
    positions: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """`SampleRow.position` of each row, ascending: a gap is a sample that is not there yet. Empty in
    tables that are not a run's own, such as one averaged over epochs."""

    def __len__(self) -> int:
        return len(self.case_ids)
