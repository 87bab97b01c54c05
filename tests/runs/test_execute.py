from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, Fault, Output, Scored, TargetError, UsageError
from steelyard.metrics import make_metric
from steelyard.runs import Progress, RunHooks, RunRecord, planned_samples
from steelyard.store import Store
from steelyard.targets import Request, RetryableFault

Add = Callable[[Iterable[Case]], BenchmarkVersion]
Start = Callable[..., RunRecord]


def _sums(count: int, **more: object) -> list[Case]:
    return [
        Case(id=f"c{number}", input=f"{number} + 1", expected=str(number + 1), **more)  # type: ignore[arg-type]
        for number in range(count)
    ]


def _right(request: Request) -> Output:
    return Output(value=request.case.expected, cost_usd=0.001, latency_s=0.2)


def test_every_case_is_called_once_and_scored(store: Store, add: Add, start: Start) -> None:
    run = start(add(_sums(30)), _right, metrics=["exact_match", "contains"], seed=5, label="first")
    assert (run.status, run.owner, run.label, run.notes) == ("complete", "", "first", ())
    samples = list(store.samples(run.id))
    assert [sample.case.id for sample in samples] == [f"c{number}" for number in range(30)]
    assert all(score == Scored(value=1.0) for sample in samples for score in [sample.scores["exact_match"]])
    totals = store.totals(run.id)
    assert (totals.samples, totals.faults) == (30, 0)
    assert totals.cost_usd == pytest.approx(0.03)


def test_positions_are_the_planned_order_whatever_is_answered_first(
    store: Store, add: Add, start: Start
) -> None:
    async def slow_at_first(request: Request) -> Output:
        await asyncio.sleep(0.02 if int(request.case.id[1:]) % 2 else 0)
        return _right(request)

    version = add(_sums(40))
    slow = start(version, slow_at_first, seed=3)
    quick = start(version, _right, seed=3)
    other = start(version, _right, seed=4)
    order = [store.score_table(run.id, "exact_match").case_ids for run in (slow, quick, other)]
    assert list(order[0]) == list(order[1])
    assert list(order[0]) != list(order[2])
    assert store.score_table(slow.id, "exact_match").positions.tolist() == list(range(40))


def test_a_run_keeps_the_wording_of_a_metric_that_has_one(store: Store, add: Add, start: Start) -> None:
    class Worded:
        spec = replace(make_metric("exact_match").spec, label="worded", settings={"prompt_hash": "f" * 64})
        prompt_text = "Is {{ answer }} right?"

        def score(self, case: Case, output: Output) -> Scored:
            return Scored(value=1.0)

    run = start(add(_sums(2)), _right, metrics=["contains", Worded()])
    assert store.get_run(run.id).prompts == {"worded": "Is {{ answer }} right?"}


def test_epochs_repeat_every_case(
    store: Store, add: Add, start: Start, target_of: Callable[..., object]
) -> None:
    run = start(add(_sums(4)), _right, epochs=3)
    table = store.score_table(run.id, "exact_match")
    assert (len(table), run.epochs, planned_samples(run)) == (12, 3, 12)
    assert table.epochs.tolist() == [1, 2, 3] * 4


def test_the_row_is_there_before_the_first_call_and_pins_everything(
    store: Store, add: Add, start: Start
) -> None:
    seen: list[RunRecord] = []

    def look(request: Request) -> Output:
        seen.append(store.get_run("latest"))
        return _right(request)

    start(
        add(_sums(2)), look, seed=9, connections=1, settings={"timeout_s": 5}, software="1.2", revision="abc"
    )
    first = seen[0]
    assert (first.status, first.seed, first.software, first.revision) == ("running", 9, "1.2", "abc")
    assert first.owner
    assert first.target["uri"] == "double:answers"
    assert first.settings["timeout_s"] == 5
    assert [spec.key for spec in first.metrics] == ["exact_match"]


def test_only_the_wanted_slice_is_run(store: Store, add: Add, start: Start) -> None:
    cases = [*_sums(3), Case(id="x", input="q", expected="a", slices={"tier": "smoke"})]
    run = start(add(cases), _right, slices={"tier": "smoke"})
    assert [sample.case.id for sample in store.samples(run.id)] == ["x"]
    assert planned_samples(run) == 1


def test_seeds_are_passed_on_only_when_asked(
    add: Add, start: Start, target_of: Callable[..., object]
) -> None:
    seeds: list[int | None] = []

    def note(request: Request) -> Output:
        seeds.append(request.seed)
        return _right(request)

    version = add(_sums(3))
    start(version, note, epochs=2)
    start(version, note, epochs=2, pass_seeds=True)
    assert seeds[:6] == [None] * 6
    assert len(set(seeds[6:])) == 6


def test_an_unreachable_target_leaves_no_run(
    store: Store, add: Add, start: Start, target_of: Callable[..., object]
) -> None:
    target = target_of(_right)

    async def refuse() -> None:
        raise TargetError("nobody listens", where="127.0.0.1:9", hint="Start the server")

    target.open = refuse  # type: ignore[attr-defined]
    with pytest.raises(TargetError, match="nobody listens"):
        start(add(_sums(2)), target)
    assert store.list_runs() == []


def test_a_cap_leaves_a_partial_run_that_says_so(add: Add, start: Start, store: Store) -> None:
    run = start(add(_sums(30)), _right, limits={"max_requests": 12}, connections=4)
    assert run.status == "partial"
    assert "at a cap: max_requests" in run.notes[0]
    assert "12 of 30" in run.notes[0]
    assert store.totals(run.id).samples == 12


def test_a_stop_on_request_keeps_what_was_answered(add: Add, start: Start, store: Store) -> None:
    answered: list[str] = []

    def note(request: Request) -> Output:
        answered.append(request.case.id)
        return _right(request)

    run = start(add(_sums(50)), note, connections=3, hooks=RunHooks(should_stop=lambda: len(answered) >= 10))
    assert run.status == "partial"
    assert run.notes == ("Stopped on request, with 10 of 50 samples answered.",)
    assert {sample.case.id for sample in store.samples(run.id)} == set(answered)


def test_a_stop_does_not_wait_for_calls_that_have_not_begun(add: Add, start: Start, store: Store) -> None:
    asked: list[str] = []

    async def slow(request: Request) -> Output:
        asked.append(request.case.id)
        await asyncio.sleep(0.3)
        return _right(request)

    hooks = RunHooks(should_stop=lambda: len(asked) >= 4)
    run = start(add(_sums(50)), slow, connections=20, hooks=hooks, limits={"max_connections": 4})
    assert (run.status, len(asked), store.totals(run.id).samples) == ("partial", 4, 4)
    assert run.seconds < 2


def test_a_stop_does_not_wait_for_a_pause(add: Add, start: Start, store: Store) -> None:
    asked: list[str] = []

    def throttle(request: Request) -> Output:
        asked.append(request.case.id)
        raise RetryableFault("rate-limit", "429", retry_after_s=60.0, throttled=True)

    hooks = RunHooks(should_stop=lambda: bool(asked))
    run = start(add(_sums(5)), throttle, connections=2, hooks=hooks, limits={"max_attempts": 6})
    assert (run.status, store.totals(run.id).samples) == ("partial", 0)
    assert run.seconds < 5


def test_an_interrupt_ends_at_once_and_keeps_what_was_answered(add: Add, start: Start, store: Store) -> None:
    async def interrupt(request: Request) -> Output:
        if len(asked) == 5:
            raise KeyboardInterrupt
        asked.append(request.case.id)
        return _right(request)

    asked: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        start(add(_sums(20)), interrupt, connections=1)
    run = store.get_run("latest")
    assert (run.status, run.owner) == ("partial", "")
    assert store.totals(run.id).samples == 5


def test_a_target_that_is_lost_raises_and_leaves_a_partial_run(add: Add, start: Start, store: Store) -> None:
    def refuse_at_last(request: Request) -> Output:
        if len(asked) == 5:
            raise TargetError("the key was revoked", where="double", hint="Renew it")
        asked.append(request.case.id)
        return _right(request)

    asked: list[str] = []
    with pytest.raises(TargetError, match=r"key was revoked.*steelyard resume run-"):
        start(add(_sums(20)), refuse_at_last, connections=1)
    run = store.get_run("latest")
    assert (run.status, store.totals(run.id).samples) == ("partial", 5)
    assert "the key was revoked" in run.notes[0]


def test_faults_of_the_target_are_scored_and_those_of_the_infrastructure_are_missing(
    add: Add, start: Start, store: Store
) -> None:
    def fail_sometimes(request: Request) -> Output:
        match request.case.id:
            case "c0":
                return Output(fault=Fault(owner="target", kind="timeout", message="too slow"))
            case "c1":
                return Output(fault=Fault(owner="infrastructure", kind="server", message="503"))
        return _right(request)

    run = start(add(_sums(5)), fail_sometimes)
    assert run.status == "partial"
    assert "1 samples failed" in run.notes[0]
    table = store.score_table(run.id, "exact_match")
    by_case = dict(zip(table.case_ids, table.states.tolist(), strict=True))
    assert by_case == {"c0": 0, "c1": 1, "c2": 0, "c3": 0, "c4": 0}


def test_progress_never_goes_back_and_ends_at_the_total(add: Add, start: Start) -> None:
    async def wait(request: Request) -> Output:
        await asyncio.sleep(0.01)
        return _right(request)

    told: list[Progress] = []
    start(add(_sums(120)), wait, connections=4, hooks=RunHooks(progress=told.append))
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert (told[-1].done, told[-1].total, told[-1].seconds_left) == (120, 120, 0.0)
    assert told[-1].cost_usd == pytest.approx(0.12)
    assert len(told) <= told[-1].seconds * 10 + 3
    assert any(progress.connections > 1 for progress in told)


def test_two_metrics_of_one_key_are_refused(add: Add, start: Start) -> None:
    with pytest.raises(UsageError, match="asked for twice"):
        start(add(_sums(1)), _right, metrics=["exact_match", "exact_match"])


def test_an_empty_choice_of_cases_is_refused(add: Add, start: Start) -> None:
    with pytest.raises(UsageError, match="no case carries these slices"):
        start(add(_sums(1)), _right, slices={"tier": "smoke"})


async def test_a_run_works_inside_a_running_loop(add: Add, start: Start) -> None:
    assert start(add(_sums(3)), _right).status == "complete"
