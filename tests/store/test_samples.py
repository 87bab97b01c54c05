from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from steelyard.core import BugError, Failed, NotFoundError, Output, Score, Scored, Skipped, Span, Usage
from steelyard.runs import RunTotals
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build


def rows_in(store: Store, table: str) -> int:
    with store._db.read() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_samples_come_back_in_case_order_then_epoch(store: Store, build: Build) -> None:
    cases = build.cases(300)
    run = build.run(store, cases)
    rows = [build.row(case, epoch=epoch, position=0) for case in cases for epoch in (1, 2, 3)]
    shuffled = random.Random(1).sample(rows, len(rows))
    for first in range(0, len(shuffled), 250):
        store.append(run, shuffled[first : first + 250])
    samples = list(store.samples(run))
    assert [(sample.case, sample.epoch) for sample in samples] == [(c, e) for c in cases for e in (1, 2, 3)]
    assert [sample.output for sample in samples] == [row.output for row in rows]


def test_every_field_of_an_output_and_its_scores_survives(store: Store, build: Build) -> None:
    cases = build.cases(4)
    run = build.run(store, cases, metrics=[build.exact, build.length])
    output = Output(
        value={"answer": ["x", 1.0, None]},
        latency_s=0.25,
        first_token_s=0.1,
        cost_usd=0.002,
        usage=Usage(input_tokens=10, output_tokens=3),
        trace=(Span(name="search", kind="tool", input={"q": "x"}, attributes={"k": "v"}),),
        scores={"reward": 0.5},
        detail={"model": "m"},
        attempts=3,
        cached=True,
    )
    scores: list[Score] = [
        Scored(value=0.1 + 0.2, reason="because", extracted=False, detail={"tp": 1}),
        Failed(error="judge down"),
        Skipped(reason="nothing expected"),
        Scored(value=-1e300),
    ]
    rows = [
        replace(build.row(case, output=output), scores={"exact_match": score, "length": Scored(value=1.0)})
        for case, score in zip(cases, scores, strict=True)
    ]
    store.append(run, rows)
    assert [sample.output for sample in store.samples(run)] == [output] * 4
    assert [sample.scores for sample in store.samples(run)] == [row.scores for row in rows]


def test_some_samples_may_be_asked_for(store: Store, build: Build) -> None:
    cases = build.cases(40)
    run = build.run(store, cases)
    store.append(run, [build.row(case, epoch=epoch) for case in cases for epoch in (1, 2)])
    keys = [("c7", 2), ("c3", 1), ("c7", 2), ("c39", 9), ("unknown", 1)]
    found = list(store.samples(run, keys=keys))
    assert [(sample.case.id, sample.epoch) for sample in found] == [("c3", 1), ("c7", 2)]
    assert all(sample.scores for sample in found)
    assert list(store.samples(run, keys=[])) == []


def test_a_revision_changes_with_scores_and_ratings(store: Store, build: Build) -> None:
    cases = build.cases(3)
    run, other = build.run(store, cases), "run-2"
    store.create_run(replace(store.get_run(run), id=other))
    store.append(run, build.rows(cases))
    before = store.score_revisions([run, other])
    assert set(before) == {run, other}
    assert store.score_revisions([run, "unknown"]) == {run: before[run]}
    store.add_scores(run, build.length, {("c0", 1): Scored(value=1.0)})
    after = store.score_revisions([run, other])
    assert after[run] != before[run]
    assert after[other] == before[other]


def test_appending_again_changes_nothing(store: Store, build: Build) -> None:
    cases = build.cases(5)
    run = build.run(store, cases)
    store.append(run, build.rows(cases[:3]))
    before = list(store.samples(run))
    other = [build.row(case, output=Output(value="another"), value=0.0) for case in cases]
    store.append(run, other)
    store.append(run, other)
    after = list(store.samples(run))
    assert after[:3] == before
    assert [sample.output.value for sample in after[3:]] == ["another", "another"]
    assert rows_in(store, "scores") == rows_in(store, "outputs") == rows_in(store, "samples") == 5


def test_a_batch_may_hold_a_sample_twice(store: Store, build: Build) -> None:
    case = build.cases(1)[0]
    run = build.run(store, [case])
    store.append(
        run,
        [
            build.row(case, output=build.fault(), score=Failed(error="x")),
            build.row(case, output=Output(value="good")),
            build.row(case, output=Output(value="late")),
        ],
    )
    assert [sample.output.value for sample in store.samples(run)] == ["good"]


def test_an_infrastructure_fault_is_tried_again_and_replaced(store: Store, build: Build) -> None:
    cases = build.cases(3)
    run = build.run(store, cases)
    store.append(
        run,
        [
            build.row(cases[0], output=build.fault(), score=Failed(error="connection lost")),
            build.row(cases[1], output=build.fault("target"), value=0.0),
            build.row(cases[2]),
        ],
    )
    store.add_scores(run, replace(build.exact, version="2"), {("c0", 1): Failed(error="no output")})
    assert store.finished(run) == {("c1", 1), ("c2", 1)}
    assert store.totals(run) == RunTotals(samples=3, faults=1, cost_usd=None)
    store.append(run, [build.row(cases[0], output=Output(value="at last", cost_usd=0.25))])
    assert store.finished(run) == {("c0", 1), ("c1", 1), ("c2", 1)}
    assert store.totals(run) == RunTotals(samples=3, faults=0, cost_usd=0.25)
    first = next(store.samples(run))
    assert (first.output.value, first.scores) == ("at last", {"exact_match": Scored(value=1.0)})
    assert rows_in(store, "scores") == rows_in(store, "outputs") == 3


def test_an_empty_run_has_nothing(store: Store, build: Build) -> None:
    run = build.run(store, build.cases(2))
    store.append(run, [])
    assert store.finished(run) == set()
    assert list(store.samples(run)) == []
    assert store.totals(run) == RunTotals(samples=0, faults=0, cost_usd=None)


def test_what_is_unknown_is_said(store: Store, build: Build) -> None:
    cases = build.cases(1)
    run = build.run(store, cases)
    row = build.row(cases[0])
    with pytest.raises(NotFoundError, match="no run has this id"):
        store.append("unknown", [row])
    with pytest.raises(NotFoundError, match="no run has this id"):
        store.finished("unknown")
    with pytest.raises(NotFoundError, match="no run has this id"):
        store.totals("unknown")
    with pytest.raises(NotFoundError, match="no run has this id"):
        store.samples("unknown")
    with pytest.raises(NotFoundError, match="has no case 'other'"):
        store.append(run, [replace(row, case_id="other")])
    with pytest.raises(BugError, match="'bleu', which its run does not declare"):
        store.append(run, [replace(row, scores={"bleu": Scored(value=1.0)})])
    with pytest.raises(NotFoundError, match="no output of case 'c0', epoch 1, to score"):
        store.add_scores(run, build.length, {("c0", 1): Scored(value=1.0)})
    assert list(store.samples(run)) == []
    assert store.get_run(run).metrics == (build.exact,)


def test_a_batch_that_fails_leaves_nothing(store: Store, build: Build) -> None:
    cases = build.cases(3)
    run = build.run(store, cases)
    bad = replace(build.row(cases[2]), scores={"bleu": Scored(value=1.0)})
    with pytest.raises(BugError, match="does not declare"):
        store.append(run, [*build.rows(cases[:2]), bad])
    assert rows_in(store, "samples") == rows_in(store, "outputs") == rows_in(store, "scores") == 0


def test_a_reader_does_not_stop_a_writer(store: Store, reopen: Callable[[], Store], build: Build) -> None:
    cases = build.cases(1200)
    run = build.run(store, cases)
    store.append(run, build.rows(cases[:1100]))
    reader = reopen().samples(run)
    seen = [next(reader)]
    store.append(run, build.rows(cases[1100:]))
    seen.extend(reader)
    assert len(seen) >= 1100
    assert len({sample.case.id for sample in seen}) == len(seen)


def test_an_abandoned_reader_holds_no_connection(store: Store, build: Build) -> None:
    cases = build.cases(600)
    run = build.run(store, cases)
    store.append(run, build.rows(cases))
    readers = [store.samples(run) for _ in range(40)]
    assert {next(reader).case.id for reader in readers} == {"c0"}
