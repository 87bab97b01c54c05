from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from steelyard.bench import BenchmarkVersion, Imported, add_version
from steelyard.core import Case, Fault, NotFoundError, Output, SystemClock, UsageError, UserError
from steelyard.runs import Progress, RunHooks, RunRecord, resume, summarise
from steelyard.runs._owner import Owner, start_ticks, this_process
from steelyard.store import Store, open_store
from steelyard.targets import Caller, Request

Add = Callable[[Iterable[Case]], BenchmarkVersion]
Start = Callable[..., RunRecord]
WORKER = Path(__file__).with_name("worker_process.py")


def _sums(count: int) -> list[Case]:
    return [
        Case(
            id=f"c{number}", input=f"{number} + 1", expected=str(number + 1), slices={"odd": str(number % 2)}
        )
        for number in range(count)
    ]


def _right(request: Request) -> Output:
    return Output(value=request.case.expected, cost_usd=0.001)


def test_only_what_is_missing_is_called(add: Add, start: Start, go_on: Start, store: Store) -> None:
    asked: list[tuple[str, int]] = []

    def note(request: Request) -> Output:
        asked.append((request.case.id, request.epoch))
        return _right(request)

    run = start(add(_sums(20)), note, epochs=2, limits={"max_requests": 15})
    assert run.status == "partial"
    seconds = run.seconds
    run = go_on(run, note)
    assert (run.status, run.notes, len(asked), len(set(asked))) == ("complete", (), 40, 40)
    assert run.seconds > seconds
    assert store.totals(run.id).cost_usd == pytest.approx(0.04)


def test_a_complete_run_is_returned_at_once(add: Add, start: Start, go_on: Start) -> None:
    run = start(add(_sums(3)), _right)

    def refuse(request: Request) -> Output:
        raise AssertionError(request.case.id)

    assert go_on(run, refuse) == run


def test_progress_goes_on_from_where_it_was(add: Add, start: Start, go_on: Start) -> None:
    run = start(add(_sums(20)), _right, limits={"max_requests": 15})
    told: list[Progress] = []
    go_on(run, _right, hooks=RunHooks(progress=told.append))
    assert [told[0].done, told[-1].done] == [15, 20]
    assert [told[0].cost_usd, told[-1].cost_usd] == pytest.approx([0.015, 0.02])


def test_infrastructure_faults_are_tried_again_and_those_of_the_target_are_not(
    add: Add, start: Start, go_on: Start, store: Store
) -> None:
    broken = {
        "c1": Fault(owner="infrastructure", kind="server", message="503"),
        "c2": Fault(owner="target", kind="timeout", message="too slow"),
    }
    asked: list[str] = []

    def fail(request: Request) -> Output:
        fault = broken.get(request.case.id)
        return Output(fault=fault) if fault else _right(request)

    def note(request: Request) -> Output:
        asked.append(request.case.id)
        return _right(request)

    run = start(add(_sums(4)), fail)
    assert (run.status, summarise(run, store).failed) == ("partial", 1)
    run = go_on(run, note)
    summary = summarise(run, store)
    assert asked == ["c1"]
    assert (run.status, summary.scored, summary.failed) == ("complete", 4, 0)
    assert summary.metrics[0].value == 0.75


def test_another_configuration_is_refused(
    add: Add, start: Start, store: Store, caller_of: Callable[..., Caller]
) -> None:
    run = start(add(_sums(5)), _right, limits={"max_requests": 2})
    caller = caller_of(_right)
    info = replace(caller.target.info, settings={"temperature": 1})
    caller.target._info = info  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="the target's settings changed"):
        resume(run, store, caller=caller, clock=SystemClock())
    assert store.get_run(run.id).owner == ""


def test_a_living_owner_is_named_and_a_dead_one_does_not_block(
    add: Add, start: Start, go_on: Start, store: Store
) -> None:
    run = start(add(_sums(5)), _right, limits={"max_requests": 2})
    with subprocess.Popen(["sleep", "60"]) as other:
        held = _held_by(store, run, pid=other.pid)
        with pytest.raises(UserError, match=rf"process {other.pid} on host .* is working on this run"):
            go_on(held, _right)
        other.kill()
    assert go_on(held, _right).status == "complete"


def test_a_process_that_got_a_dead_ones_id_does_not_block(
    add: Add, start: Start, go_on: Start, store: Store
) -> None:
    run = start(add(_sums(5)), _right, limits={"max_requests": 2})
    with subprocess.Popen(["sleep", "60"]) as other:
        held = _held_by(store, run, pid=other.pid, start=1)
        assert go_on(held, _right).status == "complete"
        other.kill()


@pytest.mark.parametrize(("age_s", "free"), [(10, False), (1000, True)])
def test_an_owner_on_another_host_is_believed_for_the_length_of_a_lease(
    add: Add, start: Start, go_on: Start, store: Store, *, age_s: int, free: bool
) -> None:
    run = start(add(_sums(5)), _right, limits={"max_requests": 2})
    seen = int(time.time()) - age_s
    assert store.claim(run.id, f"elsewhere:77:123:{seen}", expected=run.owner)
    if free:
        assert go_on(store.get_run(run.id), _right).status == "complete"
    else:
        with pytest.raises(UserError, match="process 77 on host elsewhere"):
            go_on(store.get_run(run.id), _right)


def test_a_run_whose_benchmark_is_not_here_is_refused(
    add: Add, start: Start, go_on: Start, caller_of: Callable[..., Caller]
) -> None:
    run = start(add(_sums(5)), _right, limits={"max_requests": 2})
    with open_store("sqlite://") as other, pytest.raises(NotFoundError, match="no run"):
        resume(run, other, caller=caller_of(_right), clock=SystemClock())


def test_two_processes_at_one_run_share_nothing(tmp_path: Path) -> None:
    url = _prepare(tmp_path, cases=30)
    log = tmp_path / "calls"
    with _spawn(url, log, sleep_s=1.0) as first:
        _wait_for(log)
        with _spawn(url, log, sleep_s=0.1) as second:
            _, said = second.communicate(timeout=60)
        _, first_said = first.communicate(timeout=60)
    assert (first.returncode, first_said) == (0, "")
    assert second.returncode != 0
    assert f"process {first.pid} on host" in said
    calls = log.read_text(encoding="utf-8").splitlines()
    assert len(calls) == len(set(calls)) == 60


def test_kill_and_resume_loses_nothing(tmp_path: Path) -> None:
    _kill_and_resume(tmp_path, cases=200, kills=6, sleep_s=0.02)


@pytest.mark.slow
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    _kill_and_resume(tmp_path, cases=1200, kills=50, sleep_s=0.02)


def _kill_and_resume(folder: Path, *, cases: int, kills: int, sleep_s: float) -> None:
    """Kill at random moments, at start-up and at work; compare with a run that was left alone."""
    rng = random.Random(20)
    url = _prepare(folder, cases=cases)
    log = folder / "calls"
    for round_number in range(kills):
        before = _stored(url)
        log.write_text("", encoding="utf-8")
        with _spawn(url, log, sleep_s=sleep_s) as process:
            if round_number % 3:
                _wait_for(log)
                time.sleep(rng.uniform(0.0, 0.5))
            else:
                time.sleep(rng.uniform(0.1, 1.0))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        called = [_key(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert before.isdisjoint(called)
        assert before <= _stored(url)
    _let_end(url, log)

    alone = folder / "alone"
    alone.mkdir()
    undisturbed = _prepare(alone, cases=cases)
    _let_end(undisturbed, alone / "calls")
    assert _outcome(url) == _outcome(undisturbed)


def _outcome(url: str) -> list[object]:
    with open_store(url) as store:
        run = store.list_runs()[0]
        tables = [store.score_table(run.id, key) for key in ("exact_match", "contains")]
        summary = summarise(run, store)
        assert all(len(set(zip(t.case_ids, t.epochs.tolist(), strict=True))) == len(t) for t in tables)
        assert all(np.array_equal(t.positions, np.arange(len(t))) for t in tables)
        return [
            run.status,
            [list(table.case_ids) for table in tables],
            [table.values.tolist() for table in tables],
            [list(table.output_hashes) for table in tables],
            [(item.value, item.interval, item.n) for item in summary.metrics],
            (summary.scored, summary.failed, summary.skipped),
            store.totals(run.id),
        ]


def _prepare(folder: Path, *, cases: int) -> str:
    url = f"sqlite:///{folder / 'store.db'}"
    with open_store(url) as store:
        add_version(store, "sums", Imported(cases=tuple(_sums(cases))), clock=SystemClock())
    return url


def _spawn(url: str, log: Path, *, sleep_s: float) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), url, str(log), str(sleep_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _let_end(url: str, log: Path) -> None:
    with _spawn(url, log, sleep_s=0.0) as process:
        _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "")


def _wait_for(log: Path) -> None:
    until = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size) and time.monotonic() < until:
        time.sleep(0.005)


def _stored(url: str) -> set[tuple[str, int]]:
    with open_store(url) as store:
        runs = store.list_runs()
        return store.finished(runs[0].id) if runs else set()


def _key(line: str) -> tuple[str, int]:
    case_id, epoch = line.split()
    return case_id, int(epoch)


def _held_by(store: Store, run: RunRecord, *, pid: int, start: int | None = None) -> RunRecord:

    here = this_process(at=SystemClock().now())
    owner = Owner(host=here.host, pid=pid, start=start_ticks(pid) if start is None else start, seen=here.seen)
    assert store.claim(run.id, str(owner), expected=run.owner)
    return store.get_run(run.id)
