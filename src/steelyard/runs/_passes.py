"""Repeats of a case: success in any of k attempts, and in all of k."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.core import CASES_LIKE_THESE, Estimate, Interval
from steelyard.runs._measure import Measure
from steelyard.runs._record import STATE_SCORED, STATE_SKIPPED
from steelyard.stats import MeanResult, estimate_passes

_KINDS: tuple[Literal["pass@k", "pass^k"], ...] = ("pass@k", "pass^k")


def passes(measure: Measure) -> tuple[Estimate, ...]:
    """pass@1 … pass@k, then pass^1 … pass^k, of a binary metric; empty for others and for single epochs.

    Cases are the units. A case that lost an epoch to an evaluator or the infrastructure is missing, not
    a case with fewer attempts.
    """
    epochs = measure.run.epochs
    if epochs < 2 or measure.spec.scale != "binary" or measure.spec.corpus:
        return ()
    successes, lost = _by_case(measure)
    if len(successes) == 0:
        return ()
    found: list[Estimate] = []
    for kind in _KINDS:
        results = estimate_passes(successes, epochs, kind=kind, level=measure.level)
        found += [
            _estimate(measure, result, name=kind.replace("k", str(k)), lost=lost)
            for k, result in results.items()
        ]
    return tuple(found)


def _by_case(measure: Measure) -> tuple[NDArray[np.int64], int]:
    """Successes of every case with all its epochs, and how many cases lost one."""
    table = measure.table
    successes: dict[str, int] = {}
    trials: dict[str, int] = {}
    for case_id, state, value in zip(
        table.case_ids, table.states.tolist(), table.values.tolist(), strict=True
    ):
        if state == STATE_SKIPPED:
            continue
        trials.setdefault(case_id, 0)
        if state == STATE_SCORED:
            trials[case_id] += 1
            successes[case_id] = successes.get(case_id, 0) + (value == 1.0)
    whole = [case_id for case_id, count in trials.items() if count == measure.run.epochs]
    return np.array([successes[case_id] for case_id in whole], np.int64), len(trials) - len(whole)


def _estimate(measure: Measure, result: MeanResult, *, name: str, lost: int) -> Estimate:
    return Estimate(
        name=name,
        value=result.value,
        interval=result.interval,
        n=result.n_units,
        n_units=result.n_units,
        level=measure.level,
        method=result.method,
        missing=lost,
        bounds=_bounds(result, lost),
        estimand=CASES_LIKE_THESE,
        signature=measure.signature(result.n_units, result.method),
        gateable=result.gateable,
        note=result.note,
    )


def _bounds(result: MeanResult, lost: int) -> Interval | None:
    if lost == 0 or result.value is None:
        return None
    total = result.n_units + lost
    known = result.value * result.n_units
    return known / total, (known + lost) / total
