"""New scores on the outputs of a stored run, without calling anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np

from steelyard.core import Clock, Failed, Score, UsageError, canonical_json
from steelyard.metrics import Metric, ModelMetric
from steelyard.runs._claim import check_free
from steelyard.runs._loop import run_to_end
from steelyard.runs._plan import RunHooks, RunStores
from steelyard.runs._progress import EVERY_S, Meter
from steelyard.runs._record import STATE_FAILED, RunRecord, Sample
from steelyard.runs._scorer import Scorer, check_ready

_WORKERS = 8
_ASKING = 64


def rescore(
    run: RunRecord,
    metric: Metric,
    store: RunStores,
    *,
    clock: Clock,
    hooks: RunHooks | None = None,
    only_missing: bool = False,
) -> RunRecord:
    """Score every stored output with a metric; earlier scores stay as history. Returns the run's row.

    `only_missing` leaves alone what this very metric, with these settings, has scored or skipped already.

    Raises UsageError when the run holds no sample, UserError when somebody is working on it.
    """
    check_free(run, clock=clock)
    total = store.totals(run.id).samples
    if total == 0:
        raise UsageError("the run holds no output to score", where=run.id)
    check_ready([metric])
    key = metric.spec.key
    wanted = _missing(run, metric, store) if only_missing else None
    todo = total if wanted is None else len(wanted)
    meter = Meter(hooks.progress if hooks else None, clock=clock, total=todo, done=0)
    scorer = Scorer([metric], clock=clock)
    scores: dict[tuple[str, int], Score] = {}

    async def work(samples: Iterator[Sample]) -> None:
        told = clock.monotonic()
        for sample in samples:
            score = (await scorer.score(sample.case, sample.output))[key]
            scores[sample.case.id, sample.epoch] = score
            meter.done += 1
            meter.failed += isinstance(score, Failed)
            if clock.monotonic() - told > EVERY_S:
                meter.tell()
                told = clock.monotonic()

    async def main() -> None:
        samples = store.samples(run.id, keys=wanted)
        workers = _ASKING if isinstance(metric, ModelMetric) else _WORKERS
        try:
            await scorer.open()
            await asyncio.gather(*(work(samples) for _ in range(workers)))
        finally:
            await scorer.close()

    run_to_end(main)
    meter.tell()
    store.add_scores(run.id, metric.spec, scores)
    return store.get_run(run.id)


def _missing(run: RunRecord, metric: Metric, store: RunStores) -> list[tuple[str, int]] | None:
    """The samples whose score Failed; None for all, where the run was not scored by just this metric."""
    declared = {spec.key: spec for spec in run.metrics}.get(metric.spec.key)
    if declared is None or canonical_json(declared.as_json()) != canonical_json(metric.spec.as_json()):
        return None
    table = store.score_table(run.id, metric.spec.key)
    rows = np.flatnonzero(table.states == STATE_FAILED).tolist()
    return [(table.case_ids[row], int(table.epochs[row])) for row in rows]
