"""Repeats of a case: success in any of k attempts, and in all of k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.core import CASES_LIKE_THESE, Estimate, Interval
from steelyard.runs._measure import Measure
from steelyard.runs._record import STATE_SCORED, STATE_SKIPPED
from steelyard.stats import Design, MeanResult, estimate_passes

_KINDS: tuple[Literal["pass@k", "pass^k"], ...] = ("pass@k", "pass^k")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cases:
    """Cases with all their attempts, and what is known of the others."""

    successes: NDArray[np.int64]
    """Successes of each whole case."""
    design: Design
    """Weights and groups of whole cases."""
    weight: float
    """Weight of all whole cases."""
    lost: int
    """Cases that lost an attempt."""
    lost_weight: float
    """Their weight."""


def passes(measure: Measure) -> tuple[Estimate, ...]:
    """pass@1 … pass@k, then pass^1 … pass^k, of a binary metric; empty for others and for single epochs.

    Cases are the units, or groups of cases where they belong to some, as heavy as the headline takes them.
    A case that lost an epoch to an evaluator or the infrastructure is missing, not a case with fewer
    attempts.
    """
    epochs = measure.run.epochs
    if epochs < 2 or measure.spec.scale != "binary" or measure.spec.corpus:
        return ()
    cases = _by_case(measure)
    if len(cases.successes) == 0:
        return ()
    found: list[Estimate] = []
    for kind in _KINDS:
        results = estimate_passes(
            cases.successes, epochs, kind=kind, design=cases.design, level=measure.level
        )
        found += [
            _estimate(measure, result, name=kind.replace("k", str(k)), cases=cases)
            for k, result in results.items()
        ]
    return tuple(found)


def _by_case(measure: Measure) -> _Cases:
    table = measure.table
    attempted = np.flatnonzero(table.states != STATE_SKIPPED)
    rows: dict[str, list[int]] = {}
    for row in attempted.tolist():
        rows.setdefault(table.case_ids[row], []).append(row)
    scored = table.states == STATE_SCORED
    whole = {case: held for case, held in rows.items() if scored[held].sum() == measure.run.epochs}
    first = [held[0] for held in whole.values()]
    lost = [held[0] for case, held in rows.items() if case not in whole]
    return _Cases(
        successes=np.array([np.sum(table.values[held] == 1.0) for held in whole.values()], np.int64),
        design=Design(weights=table.weights[first], clusters=[table.clusters[row] for row in first]),
        weight=float(table.weights[first].sum()),
        lost=len(lost),
        lost_weight=float(table.weights[lost].sum()),
    )


def _estimate(measure: Measure, result: MeanResult, *, name: str, cases: _Cases) -> Estimate:
    n = len(cases.successes)
    return Estimate(
        name=name,
        value=result.value,
        interval=result.interval,
        n=n,
        n_units=result.n_units,
        unit="case" if result.n_units == n else "group",
        level=measure.level,
        method=result.method,
        missing=cases.lost,
        bounds=_bounds(result, cases),
        estimand=CASES_LIKE_THESE,
        signature=measure.signature(n, result.method),
        gateable=result.gateable,
        note=result.note,
    )


def _bounds(result: MeanResult, cases: _Cases) -> Interval | None:
    """The value if every lost case had failed, and if every one had passed."""
    if cases.lost == 0 or result.value is None:
        return None
    total = cases.weight + cases.lost_weight
    known = result.value * cases.weight
    return known / total, (known + cases.lost_weight) / total
