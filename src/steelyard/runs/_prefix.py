"""What may be read from a run that did not end: a complete prefix of its planned order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from steelyard.runs._record import RunRecord, ScoreTable


def planned_samples(run: RunRecord) -> int:
    """How many samples the run was to have."""
    planned = run.settings.get("planned")
    return planned if isinstance(planned, int) else run.benchmark.cases * run.epochs


def complete_prefix(table: ScoreTable, run: RunRecord) -> ScoreTable:
    """The rows that may be read without favouring what is answered fast.

    Every row when all planned samples are in. Otherwise the longest prefix of the random order
    without a gap, without its last cluster where that may be cut in two.
    """
    planned = planned_samples(run)
    if len(table) >= planned or len(table.positions) == 0:
        return table
    gaps = np.flatnonzero(table.positions != np.arange(len(table)))
    length = int(gaps[0]) if gaps.size else len(table)
    return take_rows(table, np.arange(_whole(table, length, epochs=run.epochs)))


def take_rows(table: ScoreTable, rows: NDArray[np.int64]) -> ScoreTable:
    """The table with only these ascending rows."""
    if len(rows) == len(table):
        return table
    chosen = rows.tolist()
    return replace(
        table,
        case_ids=[table.case_ids[row] for row in chosen],
        case_hashes=[table.case_hashes[row] for row in chosen],
        epochs=table.epochs[rows],
        clusters=[table.clusters[row] for row in chosen],
        weights=table.weights[rows],
        slices=[table.slices[row] for row in chosen],
        splits=[table.splits[row] for row in chosen],
        states=table.states[rows],
        values=table.values[rows],
        extracted=table.extracted[rows],
        output_hashes=[table.output_hashes[row] for row in chosen],
        details=[table.details[row] for row in chosen] if table.details else (),
        positions=table.positions[rows] if len(table.positions) else table.positions,
    )


def _whole(table: ScoreTable, length: int, *, epochs: int) -> int:
    """The prefix of at most that length that ends with a cluster; the length itself if there is only one."""
    if length == 0:
        return 0
    last = table.clusters[length - 1]
    start = length
    while start > 0 and table.clusters[start - 1] == last:
        start -= 1
    alone = last == table.case_ids[length - 1]
    if (alone and length - start == epochs) or start == 0:
        return length
    return start
