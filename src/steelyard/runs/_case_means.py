"""The scores of one metric by case: epochs averaged."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.runs._plan import RunStores
from steelyard.runs._prefix import complete_prefix
from steelyard.runs._record import STATE_SCORED, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMean:
    """One case's mean score over its scored epochs."""

    value: float
    """The mean."""
    cluster: str
    """Its cluster."""
    weight: float
    """Its weight."""
    hash: str
    """`Case.hash`."""


def case_means(run: RunRecord, store: RunStores, metric: str) -> dict[str, CaseMean]:
    """Case id to mean score, of cases whose every epoch that is in was scored.

    Of a run that was stopped, only the complete prefix of its random order is read.
    """
    table = complete_prefix(store.score_table(run.id, metric), run)
    values: dict[str, list[float]] = {}
    places: dict[str, int] = {}
    lost: set[str] = set()
    for row, case in enumerate(table.case_ids):
        if table.states[row] != STATE_SCORED:
            lost.add(case)
        values.setdefault(case, []).append(float(table.values[row]))
        places[case] = row
    return {
        case: CaseMean(
            value=sum(found) / len(found),
            cluster=table.clusters[places[case]],
            weight=float(table.weights[places[case]]),
            hash=table.case_hashes[places[case]],
        )
        for case, found in values.items()
        if case not in lost
    }
