"""Which samples a report shows: the worst, the flips, and a seeded random draw beside them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from steelyard.core import Case, Comparison, GateResult, Json, Scored, canonical_json
from steelyard.reports.html import ExampleKind, ExampleRow
from steelyard.runs import STATE_SCORED, RunRecord, Sample, ScoreTable
from steelyard.store import Store

WORST = 20
RANDOM = 20
SHOWN_CHARACTERS = 4_000


def run_examples(run: RunRecord, store: Store, *, seed: int = 0) -> tuple[ExampleRow, ...]:
    """The worst samples on the first metric, and a random draw; sealed cases never."""
    if not run.metrics:
        return ()
    table = store.score_table(run.id, run.metrics[0].key)
    shown = _readable(table)
    if not shown:
        return ()
    worst = _worst(table, shown)
    drawn = random.Random(seed).sample(shown, min(RANDOM, len(shown)))
    keys = {row: (table.case_ids[row], int(table.epochs[row])) for row in {*worst, *drawn}}
    samples = {(s.case.id, s.epoch): s for s in store.samples(run.id, keys=set(keys.values()))}
    chosen: list[tuple[ExampleKind, int]] = [("worst", row) for row in worst]
    chosen += [("random", row) for row in drawn]
    return tuple(_row(kind, samples[keys[row]]) for kind, row in chosen if keys[row] in samples)


def gate_examples(result: GateResult, store: Store, *, seed: int = 0) -> tuple[ExampleRow, ...]:
    """What `comparison_examples` shows, and the candidate's worst answers on what its bounds are about."""
    run = result.comparison.candidate_run
    worst: dict[tuple[str, int], None] = {}
    for rule in result.rules:
        if rule.kind == "bound":
            table = store.score_table(run, rule.metric)
            dimension, _, value = rule.slice.partition("=")
            rows = [row for row in _readable(table) if table.slices[row].get(dimension, "") == value]
            for row in _worst(table, rows):
                if table.values[row] != table.metric.best:
                    worst[table.case_ids[row], int(table.epochs[row])] = None
    samples = {(s.case.id, s.epoch): s for s in store.samples(run, keys=set(worst))} if worst else {}
    found = tuple(_row("worst", samples[key]) for key in worst if key in samples)
    return (*found, *comparison_examples(result.comparison, store, seed=seed))


def comparison_examples(comparison: Comparison, store: Store, *, seed: int = 0) -> tuple[ExampleRow, ...]:
    """A random draw of pairs, to stand beside the flips; sealed cases never."""
    if not comparison.metrics:
        return ()
    table = store.score_table(comparison.base_run, comparison.metrics[0].name)
    shown = [row for row in range(len(table)) if table.splits[row] != "sealed"]
    drawn = random.Random(seed).sample(shown, min(RANDOM, len(shown)))
    keys = {(table.case_ids[row], int(table.epochs[row])) for row in drawn}
    before, after = (
        {(sample.case.id, sample.epoch): sample for sample in store.samples(run, keys=keys)}
        for run in (comparison.base_run, comparison.candidate_run)
    )
    return tuple(
        replace(
            _row("random", after[key]),
            outputs=(_answer(before[key]), _answer(after[key])),
            scores=(_scores(before[key]), _scores(after[key])),
        )
        for key in sorted(keys)
        if key in before and key in after
    )


def _readable(table: ScoreTable) -> list[int]:
    """Rows with a score that anybody may look at."""
    return [
        row
        for row in range(len(table))
        if table.states[row] == STATE_SCORED and table.splits[row] != "sealed"
    ]


def _worst(table: ScoreTable, rows: Sequence[int]) -> list[int]:
    """The worst of some rows, the worst first."""
    sign = -1.0 if table.metric.direction == "lower" else 1.0
    order = np.argsort([sign * table.values[row] for row in rows], kind="stable")
    return [rows[place] for place in order[:WORST]]


def _row(kind: ExampleKind, sample: Sample) -> ExampleRow:
    reasons = [score.reason for score in sample.scores.values() if isinstance(score, Scored) and score.reason]
    return ExampleRow(
        kind=kind,
        case_id=sample.case.id,
        epoch=sample.epoch,
        slice=_slices(sample.case),
        input=_asked(sample.case),
        expected=_text(sample.case.expected),
        outputs=(_answer(sample),),
        scores=(_scores(sample),),
        reason="; ".join(reasons),
    )


def _asked(case: Case) -> str:
    if case.input is not None:
        return _text(case.input)
    return _text(list(case.turns)) if case.turns else (case.scenario.goal if case.scenario else "")


def _answer(sample: Sample) -> str:
    if sample.output.fault is not None:
        return f"[{sample.output.fault.kind}] {sample.output.fault.message}"
    return _text(sample.output.value)


def _scores(sample: Sample) -> str:
    return ", ".join(
        f"{key} {score.value:g}" if isinstance(score, Scored) else f"{key} {type(score).__name__.lower()}"
        for key, score in sample.scores.items()
    )


def _slices(case: Case) -> str:
    return ", ".join(f"{dimension}={value}" for dimension, value in sorted(case.slices.items()))


def _text(value: Json) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else canonical_json(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
