"""What the runs package asks of a store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from steelyard.core import MetricSpec, RunStatus, Score
from steelyard.runs._record import RunRecord, RunTotals, Sample, SampleRow, ScoreTable


class RunStore(Protocol):
    """Keeps run rows: created before the first call, then only their progress changes."""

    def create_run(self, run: RunRecord) -> None:
        """Write the row. The benchmark version must be stored already."""
        ...

    def get_run(self, reference: str) -> RunRecord:
        """By id, unique id prefix, label (the newest of that label) or `latest`; raises NotFoundError."""
        ...

    def list_runs(self, *, limit: int | None = None) -> list[RunRecord]:
        """Newest first."""
        ...

    def claim(self, run_id: str, owner: str, *, expected: str) -> bool:
        """Set the owner if it still is `expected`, in one statement; False when another took it."""
        ...

    def end_sitting(self, run_id: str, *, status: RunStatus, seconds: float, notes: Sequence[str]) -> None:
        """Set status and notes, add `seconds` to those before, and clear the owner."""
        ...


class SampleStore(Protocol):
    """Keeps outputs and scores. Nothing is edited: a score made again is a new row, the latest counts."""

    def append(self, run_id: str, rows: Sequence[SampleRow]) -> None:
        """Write samples in one transaction.

        A sample (case, epoch) that is there already is left alone, unless its output has an
        infrastructure fault: then the new output and scores take its place.
        """
        ...

    def finished(self, run_id: str) -> set[tuple[str, int]]:
        """(case id, epoch) of every stored sample whose output has no infrastructure fault."""
        ...

    def totals(self, run_id: str) -> RunTotals:
        """Counts and cost over the stored samples; zeros when there is none."""
        ...

    def samples(self, run_id: str, *, keys: Collection[tuple[str, int]] | None = None) -> Iterator[Sample]:
        """Samples with their cases, streaming, in case order of the benchmark, then epoch.

        `keys` asks for some samples only, as (case id, epoch); those not stored are left out.
        """
        ...

    def add_scores(
        self,
        run_id: str,
        spec: MetricSpec,
        scores: Mapping[tuple[str, int], Score],
    ) -> None:
        """Add one metric's scores for stored outputs; earlier scores of that metric stay as history.

        The metric joins the run's `metrics`, or takes the place of the one with its key there.
        """
        ...

    def score_table(self, run_id: str, metric: str, *, details: bool = False) -> ScoreTable:
        """The latest scores of one metric (by key), by column; raises NotFoundError."""
        ...
