"""A run with its headline numbers: every one an estimate record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from steelyard import runs
from steelyard.core import Estimate, Failed, RunSummary, SliceEstimate
from steelyard.metrics import judge
from steelyard.metrics.agent import is_about_agents
from steelyard.metrics.judge import asks_a_model
from steelyard.runs._measure import Measure, effective_spec
from steelyard.runs._passes import passes
from steelyard.runs._plan import RunStores
from steelyard.runs._prefix import complete_prefix, planned_samples
from steelyard.runs._record import STATE_FAILED, STATE_SCORED, RunRecord, ScoreTable
from steelyard.runs._sealed import is_sealed
from steelyard.stats import judging

if TYPE_CHECKING:
    from steelyard.core import AgentReport

_MOST_FAULTS = 1_000
_MOST_SLICES = 200


def summarise(
    run: RunRecord,
    store: RunStores,
    *,
    level: float = 0.95,
    judges: Mapping[str, judging.JudgeEvidence] | None = None,
) -> RunSummary:
    """Estimates of every metric, by slice, over repeats; counts, cost and what the reader must know.

    A run that was stopped is read as the complete prefix of its random order: what happened to be
    answered first is not a sample of anything. `judges` has what experts say of each judge, by metric key:
    it corrects their headlines. Raises NotFoundError, StatisticsError for a bad level.
    """
    stored = {
        spec.key: store.score_table(run.id, spec.key, details=spec.corpus or asks_a_model(spec))
        for spec in run.metrics
    }
    verdicts = {
        key: judge.summarise_verdicts(table.metric, table.details)
        for key, table in stored.items()
        if asks_a_model(table.metric)
    }
    paid = [item.cost_usd for item in verdicts.values() if item.cost_usd is not None]
    measures = [
        replace(_measure(run, table, level=level), judge=(judges or {}).get(key))
        for key, table in stored.items()
    ]
    headlines = [measure.estimate() for measure in measures]
    quantiles = [item for measure in measures for item in measure.quantiles()]
    totals = store.totals(run.id)
    scored, failed, skipped = _counts(list(stored.values()), samples=totals.samples)
    slices, too_many = _slices(measures)
    return RunSummary(
        run=run.id,
        label=run.label,
        status=run.status,
        benchmark=run.benchmark,
        target=str(run.target.get("name") or run.target.get("uri") or ""),
        started=run.started.isoformat(timespec="seconds"),
        scored=scored,
        failed=failed,
        skipped=skipped,
        metrics=(*headlines, *quantiles),
        slices=tuple(slices),
        not_extracted={measure.spec.key: _not_extracted(measure.table) for measure in measures},
        epochs=run.epochs,
        passes={measure.spec.key: found for measure in measures if (found := passes(measure))},
        cost_usd=totals.cost_usd,
        evaluation_cost_usd=sum(paid) if paid else None,
        judges={key: item.as_json() for key, item in verdicts.items()},
        agent=_agents(measures, store),
        seconds=run.seconds,
        notes=(
            *_notes(run, measures, headlines, samples=totals.samples),
            *too_many,
            *(note for key, item in verdicts.items() for note in item.notes(key)),
            *_fault_notes(run, store, measures=measures),
            *_failure_notes(run, store, measures=measures),
        ),
    )


def _agents(measures: Sequence[Measure], store: RunStores) -> AgentReport | None:
    """What agents did; what reads trajectories is loaded only for runs that have such metrics."""
    if not any(is_about_agents(measure.spec) for measure in measures):
        return None
    return runs.agent_report(measures, store)


def _measure(run: RunRecord, table: ScoreTable, *, level: float) -> Measure:
    return Measure(run=run, table=complete_prefix(table, run), spec=effective_spec(table), level=level)


def _counts(tables: Sequence[ScoreTable], *, samples: int) -> tuple[int, int, int]:
    """(every metric Scored, some metric Failed, the others); a sample that a metric never saw has Failed."""
    if not tables:
        return 0, 0, samples
    size = 1 + max((int(table.positions[-1]) for table in tables if len(table)), default=-1)
    states = np.full((len(tables), size), STATE_FAILED, np.int8)
    seen = np.zeros(size, np.bool_)
    for row, table in enumerate(tables):
        states[row, table.positions] = table.states
        seen[table.positions] = True
    scored = np.all(states == STATE_SCORED, axis=0) & seen
    failed = np.any(states == STATE_FAILED, axis=0) & seen
    counts = int(scored.sum()), int(failed.sum())
    return (*counts, int(seen.sum()) - sum(counts))


def _not_extracted(table: ScoreTable) -> int:
    return int(np.count_nonzero((table.states == STATE_SCORED) & ~table.extracted))


def _slices(measures: Sequence[Measure]) -> tuple[list[SliceEstimate], list[str]]:
    """Estimates by slice, over cases that may be looked at one by one, and what was left out."""
    found: list[SliceEstimate] = []
    notes: list[str] = []
    for measure in measures:
        for dimension, values in _rows_by_slice(measure.table).items():
            if len(values) > _MOST_SLICES:
                notes.append(f"Slice '{dimension}' has {len(values)} values, too many to list.")
                continue
            found += [
                SliceEstimate(
                    dimension=dimension,
                    slice_value=value,
                    estimate=measure.on(rows, slice_name=f"{dimension}={value}").estimate(),
                )
                for value, rows in values.items()
            ]
    return found, sorted(set(notes))


def _rows_by_slice(table: ScoreTable) -> Mapping[str, Mapping[str, NDArray[np.int64]]]:
    rows: dict[str, dict[str, list[int]]] = {}
    for row, (slices, split) in enumerate(zip(table.slices, table.splits, strict=True)):
        if slices and not is_sealed(split):
            for dimension, value in slices.items():
                rows.setdefault(dimension, {}).setdefault(value, []).append(row)
    return {
        dimension: {value: np.array(found, np.int64) for value, found in sorted(values.items())}
        for dimension, values in sorted(rows.items())
    }


def _notes(
    run: RunRecord, measures: Sequence[Measure], headlines: Sequence[Estimate], *, samples: int
) -> list[str]:
    notes = list(run.notes)
    planned = planned_samples(run)
    if samples < planned:
        used = max((len(measure.table) for measure in measures), default=0)
        notes.append(
            f"{samples} of {planned} samples are in; the numbers use the first {used} of the random order, "
            "because those answered fastest are not a fair sample."
        )
    notes += [
        f"{estimate.name}: {estimate.judge.footnote()}"
        for estimate in headlines
        if estimate.judge is not None
    ]
    notes += [
        f"{estimate.name}: {estimate.note}"
        for estimate in headlines
        if estimate.note and (estimate.judge is None or estimate.note != estimate.judge.reason)
    ]
    return notes


def _fault_notes(run: RunRecord, store: RunStores, *, measures: Sequence[Measure]) -> list[str]:
    """What went wrong with the target, and how often: a plain 0 % explains nothing.

    Looks at answers that held nothing to measure, at most the first thousand of them.
    """
    empty = {
        (measure.table.case_ids[row], int(measure.table.epochs[row]))
        for measure in measures
        for row in np.flatnonzero(~measure.table.extracted).tolist()
    }
    looked_at = sorted(empty)[:_MOST_FAULTS]
    faults = Counter(
        f"{sample.output.fault.kind}: {sample.output.fault.message}"
        for sample in store.samples(run.id, keys=looked_at)
        if sample.output.fault is not None and sample.output.fault.owner == "target"
    )
    if not faults:
        return []
    message, count = faults.most_common(1)[0]
    total = faults.total()
    at_least = "At least " if len(empty) > len(looked_at) else ""
    what = "answer is an error" if total == 1 else "answers are errors"
    share = "" if count == total else f", {count:,} of them"
    return [f"{at_least}{total:,} {what} of the target{share}: {message}"]


def _failure_notes(run: RunRecord, store: RunStores, *, measures: Sequence[Measure]) -> list[str]:
    """Why scoring failed, by metric: the commonest reason among the first thousand such samples.

    An error may quote its case, so those of sealed cases are left out.
    """
    keys = {
        measure.spec.key: [
            (measure.table.case_ids[row], int(measure.table.epochs[row]))
            for row in np.flatnonzero(measure.table.states == STATE_FAILED)[:_MOST_FAULTS].tolist()
        ]
        for measure in measures
    }
    looked_at = {key for found in keys.values() for key in found}
    if not looked_at:
        return []
    reasons: dict[str, Counter[str]] = {name: Counter() for name in keys}
    for sample in store.samples(run.id, keys=looked_at):
        for name, score in sample.scores.items():
            if name in reasons and isinstance(score, Failed) and not is_sealed(sample.case):
                reasons[name][score.error] += 1
    notes = []
    for name, found in reasons.items():
        if found:
            error, times = found.most_common(1)[0]
            share = f", {times:,} times of {found.total():,}" if len(found) > 1 else ""
            notes.append(f"{name}: scoring failed{share}: {error}")
    return notes
