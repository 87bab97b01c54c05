"""A run's headline numbers on some of its cases."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from steelyard.core import Estimate
from steelyard.runs._measure import Measure, effective_spec
from steelyard.runs._plan import RunStores
from steelyard.runs._prefix import complete_prefix
from steelyard.runs._record import RunRecord


def estimates_on(
    run: RunRecord, store: RunStores, cases: Collection[str], *, name: str, level: float = 0.95
) -> tuple[Estimate, ...]:
    """The estimate of every metric of a run, on the cases with these ids alone.

    `name` says in the signature which they are. The cases must be chosen without looking at the scores.
    Of a run that was stopped, only the complete prefix of its random order is read. Raises like
    `summarise`.
    """
    found = []
    for spec in run.metrics:
        table = complete_prefix(store.score_table(run.id, spec.key, details=spec.corpus), run)
        rows = np.array([row for row, case in enumerate(table.case_ids) if case in cases], np.int64)
        measure = Measure(run=run, table=table, spec=effective_spec(table), level=level)
        found.append(measure.on(rows, slice_name=name).estimate())
    return tuple(found)
