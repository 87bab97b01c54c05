from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from steelyard.core import Case, Failed, NotFoundError, Output, Score, Scored, Skipped
from steelyard.runs import STATE_FAILED, STATE_SCORED, STATE_SKIPPED
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build


def test_a_table_agrees_with_the_samples_row_by_row(store: Store, build: Build) -> None:
    rng = random.Random(3)
    cases = [
        Case(
            id=f"c{i}",
            input=str(i),
            slices={"topic": f"t{i % 3}", "lang": "de"} if i % 2 else {},
            group=f"g{i // 4}" if i % 5 else None,
            weight=1.0 + i / 7,
            split="sealed" if i % 4 == 0 else "open",
        )
        for i in range(50)
    ]
    run = build.run(store, cases)
    plan = [(case, epoch) for case in rng.sample(cases, 50) for epoch in (1, 2)]
    choices: list[Score] = [
        Scored(value=0.5, extracted=False),
        Scored(value=1.0),
        Failed(error="x"),
        Skipped(reason="y"),
    ]
    rows = [
        build.row(
            case, epoch=epoch, position=place, score=rng.choice(choices), output=Output(value=rng.random())
        )
        for place, (case, epoch) in enumerate(plan)
    ]
    store.append(run, rng.sample(rows, 100))
    table = store.score_table(run, "exact_match")
    by_id = {case.id: case for case in cases}
    assert len(table) == 100
    assert table.metric == build.exact
    assert table.positions.tolist() == list(range(100))
    for i, row in enumerate(rows):
        case, score = by_id[row.case_id], row.scores["exact_match"]
        assert (table.case_ids[i], table.epochs[i], table.case_hashes[i]) == (case.id, row.epoch, case.hash)
        assert (table.clusters[i], table.weights[i]) == (case.cluster, case.weight)
        assert (table.slices[i], table.splits[i]) == (case.slices, case.split)
        assert table.output_hashes[i] == row.output.hash
        state = {Scored: STATE_SCORED, Failed: STATE_FAILED, Skipped: STATE_SKIPPED}[type(score)]
        assert table.states[i] == state
        if isinstance(score, Scored):
            assert (table.values[i], table.extracted[i]) == (score.value, score.extracted)
    assert table.slices[0] is table.slices[1]


def test_columns_have_the_types_that_are_declared(store: Store, build: Build) -> None:
    run = build.run(store, build.cases(2))
    for _ in range(2):
        table = store.score_table(run, "exact_match")
        assert table.epochs.dtype == table.positions.dtype == np.int64
        assert table.states.dtype == np.int8
        assert table.values.dtype == table.weights.dtype == np.float64
        assert table.extracted.dtype == np.bool_
        store.append(run, build.rows(build.cases(2)))


def test_details_come_only_when_asked_for(store: Store, build: Build) -> None:
    cases = build.cases(3)
    run = build.run(store, cases)
    rows = [
        build.row(case, position=2 - i, score=Scored(value=0.0, detail={"i": i} if i else {}))
        for i, case in enumerate(cases)
    ]
    store.append(run, rows)
    assert store.score_table(run, "exact_match").details == ()
    assert store.score_table(run, "exact_match", details=True).details == [{"i": 2}, {"i": 1}, {}]


def test_the_latest_score_counts_and_the_history_stays(store: Store, build: Build) -> None:
    cases = build.cases(3)
    run = build.run(store, cases)
    store.append(run, build.rows(cases))
    newer = replace(build.exact, version="2")
    store.add_scores(run, newer, {("c1", 1): Scored(value=0.0, reason="stricter")})
    table = store.score_table(run, "exact_match")
    assert table.values.tolist() == [1.0, 0.0, 1.0]
    assert table.metric == newer
    assert [sample.scores["exact_match"] for sample in store.samples(run)][1] == Scored(
        value=0.0, reason="stricter"
    )
    with store._db.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM scores").scalar() == 4


def test_rescoring_in_batches_is_one_pass(store: Store, build: Build) -> None:
    cases = build.cases(10)
    run = build.run(store, cases)
    store.append(run, build.rows(cases))
    for value in (1.0, 2.0):
        for case in cases:
            store.add_scores(run, build.length, {(case.id, 1): Scored(value=value)})
    assert store.score_table(run, "length").values.tolist() == [2.0] * 10
    with store._db.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM run_metrics").scalar() == 3


def test_a_sample_that_was_not_scored_stays_in_the_denominator(store: Store, build: Build) -> None:
    cases = build.cases(3)
    run = build.run(store, cases)
    store.append(run, build.rows(cases))
    store.add_scores(run, build.length, {("c1", 1): Scored(value=4.0)})
    assert store.score_table(run, "length").states.tolist() == [STATE_FAILED, STATE_SCORED, STATE_FAILED]


def test_runs_and_versions_do_not_mix(store: Store, build: Build) -> None:
    first, second = build.cases(3), build.cases(5, prefix="d")
    run = build.run(store, first)
    version = build.add(store, second)
    store.create_run(build.record(version, id="run-2"))
    store.append(run, build.rows(first))
    store.append("run-2", build.rows(second))
    assert list(store.score_table(run, "exact_match").case_ids) == ["c0", "c1", "c2"]
    assert list(store.score_table("run-2", "exact_match").case_ids) == ["d0", "d1", "d2", "d3", "d4"]


def test_an_unknown_metric_is_named_with_those_there_are(store: Store, build: Build) -> None:
    run = build.run(store, build.cases(1), metrics=[build.length, build.exact])
    with pytest.raises(NotFoundError, match=r"the run has no metric 'bleu'.*It has: exact_match, length"):
        store.score_table(run, "bleu")
    with pytest.raises(NotFoundError, match="no run has this id"):
        store.score_table("unknown", "bleu")
