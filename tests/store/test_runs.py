from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from steelyard.core import NotFoundError, Scored, StoreError
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build


def test_a_run_comes_back_whole(store: Store, build: Build) -> None:
    version = build.add(store, build.cases(2))
    record = replace(
        build.record(version, metrics=[build.exact, build.length], epochs=3),
        seed=2**80,
        owner="host:1:2:3",
        seconds=1.5,
        notes=("imported",),
    )
    store.create_run(record)
    assert store.get_run(record.id) == record
    assert store.list_runs() == [record]


def test_a_run_needs_its_benchmark_version(store: Store, build: Build) -> None:
    version = build.version(build.cases(1))
    with pytest.raises(NotFoundError, match="the store has no version v0"):
        store.create_run(build.record(version))


def test_an_id_is_given_once(store: Store, build: Build) -> None:
    record = build.record(build.add(store, build.cases(1)))
    store.create_run(record)
    with pytest.raises(StoreError, match="a run of this id is stored already"):
        store.create_run(record)


def test_runs_are_found_by_id_prefix_label_and_age(store: Store, build: Build) -> None:
    version = build.add(store, build.cases(1))
    for number, (name, label) in enumerate([("run-aa1", "x"), ("run-ab2", "x"), ("run-b3", "y")]):
        started = build.now + timedelta(seconds=number)
        store.create_run(build.record(version, id=name, label=label, started=started))
    assert store.get_run("run-aa1").id == "run-aa1"
    assert store.get_run("run-b").id == "run-b3"
    assert store.get_run("x").id == "run-ab2"
    assert store.get_run("latest").id == "run-b3"
    assert [run.id for run in store.list_runs()] == ["run-b3", "run-ab2", "run-aa1"]
    assert [run.id for run in store.list_runs(limit=2)] == ["run-b3", "run-ab2"]
    with pytest.raises(NotFoundError, match=r"several runs begin like this.*run-ab2, run-aa1"):
        store.get_run("run-a")
    for unknown in ("", "nothing", "run%", "run_a"):
        with pytest.raises(NotFoundError, match="no run has this id or label"):
            store.get_run(unknown)


def test_an_empty_store_has_no_latest_run(store: Store) -> None:
    assert store.list_runs() == []
    with pytest.raises(NotFoundError, match="no run has this id or label"):
        store.get_run("latest")


def test_runs_of_one_moment_are_ordered_as_they_were_written(store: Store, build: Build) -> None:
    version = build.add(store, build.cases(1))
    for name in ("run-z", "run-a"):
        store.create_run(build.record(version, id=name))
    assert store.get_run("latest").id == "run-a"


def test_time_zones_do_not_disturb_the_order(store: Store, build: Build) -> None:
    version = build.add(store, build.cases(1))
    west = build.now.astimezone(timezone(timedelta(hours=-8)))
    store.create_run(build.record(version, id="run-1", started=west + timedelta(microseconds=1)))
    store.create_run(build.record(version, id="run-2", started=build.now))
    assert store.get_run("latest").started == west + timedelta(microseconds=1)


def test_only_one_claims_a_run(store: Store, reopen: Callable[[], Store], build: Build) -> None:
    run = build.run(store, build.cases(1))
    other = reopen()
    assert store.claim(run, "me", expected="")
    assert not other.claim(run, "you", expected="")
    assert other.claim(run, "you", expected="me")
    assert store.get_run(run).owner == "you"
    assert not store.claim("unknown", "me", expected="")


def test_of_many_claims_at_once_one_holds(store: Store, reopen: Callable[[], Store], build: Build) -> None:
    run = build.run(store, build.cases(1))
    stores = [store, reopen(), reopen()]
    with ThreadPoolExecutor(9) as threads:
        won = list(threads.map(lambda n: stores[n % 3].claim(run, f"p{n}", expected=""), range(9)))
    assert won.count(True) == 1
    assert store.get_run(run).owner == f"p{won.index(True)}"


def test_a_sitting_ends(store: Store, build: Build) -> None:
    run = build.run(store, build.cases(1))
    store.claim(run, "me", expected="")
    store.end_sitting(run, status="partial", seconds=1.5, notes=["stopped"])
    store.end_sitting(run, status="complete", seconds=2.0, notes=[])
    ended = store.get_run(run)
    assert (ended.status, ended.seconds, ended.notes, ended.owner) == ("complete", 3.5, (), "")
    with pytest.raises(NotFoundError, match="no run has this id"):
        store.end_sitting("unknown", status="partial", seconds=0, notes=[])


def test_rescoring_joins_the_metrics_of_a_run(store: Store, build: Build) -> None:
    cases = build.cases(1)
    run = build.run(store, cases)
    store.append(run, build.rows(cases))
    store.add_scores(run, build.length, {("c0", 1): Scored(value=3.0)})
    newer = replace(build.exact, version="2")
    store.add_scores(run, newer, {("c0", 1): Scored(value=0.0)})
    assert store.get_run(run).metrics == (newer, build.length)
