from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, Fault, Output
from steelyard.metrics import metric
from steelyard.runs import RunRecord, complete_prefix, is_sealed, summarise
from steelyard.store import Store
from steelyard.targets import Request

Add = Callable[[Iterable[Case]], BenchmarkVersion]
Start = Callable[..., RunRecord]


def _cases(count: int, **more: object) -> list[Case]:
    return [Case(id=f"c{number}", input="q", expected="yes", **more) for number in range(count)]  # type: ignore[arg-type]


def _first(right: int) -> Callable[[Request], Output]:
    """Right on the first so many cases of the file."""

    def answer(request: Request) -> Output:
        return Output(value="yes" if int(request.case.id[1:]) < right else "no")

    return answer


def test_a_rate_gets_its_interval_words_and_signature(add: Add, start: Start, store: Store) -> None:
    version = add(_cases(50))
    run = start(version, _first(40), seed=3, software="1.2")
    summary = summarise(run, store)
    (estimate,) = summary.metrics
    assert estimate.value == 0.8
    # Wilson's score interval for 40 of 50: R 4.3, binom::binom.wilson(40, 50): 0.6696, 0.8876.
    assert estimate.interval == pytest.approx((0.6696, 0.8876), abs=5e-5)
    assert (estimate.n, estimate.unit, estimate.n_units, estimate.method) == (50, "case", 50, "Wilson")
    assert (estimate.estimand, estimate.missing, estimate.bounds) == ("cases like these", 0, None)
    assert estimate.signature.startswith(f"sums@v1#{version.hash[:8]} · exact_match v")
    assert estimate.signature.endswith("n=50 · epochs=1 · seed=3 · Wilson 95% · steelyard 1.2")
    assert (summary.scored, summary.failed, summary.skipped) == (50, 0, 0)
    assert summary.notes == ()


def test_missing_samples_give_bounds(add: Add, start: Start, store: Store) -> None:
    def answer(request: Request) -> Output:
        number = int(request.case.id[1:])
        if number < 2:
            return Output(fault=Fault(owner="infrastructure", kind="server", message="503"))
        if number < 4:
            return Output(fault=Fault(owner="target", kind="timeout", message="too slow"))
        return Output(value="yes")

    summary = summarise(start(add(_cases(10)), answer), store)
    (estimate,) = summary.metrics
    # Eight scored: six right, two timed out. Bounds: (6 + 0) / 10 and (6 + 2) / 10.
    assert (estimate.value, estimate.n, estimate.missing) == (0.75, 8, 2)
    assert estimate.bounds == pytest.approx((0.6, 0.8))
    assert (summary.scored, summary.failed, summary.skipped) == (8, 2, 0)
    assert summary.not_extracted == {"exact_match": 2}


def test_repeats_are_one_cluster_each_and_never_new_cases(add: Add, start: Start, store: Store) -> None:
    def answer(request: Request) -> Output:
        return Output(value="yes" if int(request.case.id[1:]) < 20 else "no")

    once = summarise(start(add(_cases(40)), answer), store).metrics[0]
    four = summarise(start(add(_cases(40)), answer, epochs=4), store).metrics[0]
    assert (four.n, four.n_units, four.unit) == (160, 40, "case")
    assert four.estimand == "cases like these, weighted by case"
    assert once.interval is not None
    assert four.interval is not None
    # Repeats that always agree say nothing new: the interval must not shrink (but for its t quantile).
    assert four.interval[1] - four.interval[0] >= (once.interval[1] - once.interval[0]) * 0.99


def test_pass_rates_over_repeats(add: Add, start: Start, store: Store) -> None:
    def answer(request: Request) -> Output:
        # Successes of 2 epochs: c0 both, c1 one, c2 none.
        return Output(value="yes" if request.epoch > int(request.case.id[1:]) else "no")

    summary = summarise(start(add(_cases(3)), answer, epochs=2), store)
    found = {item.name: item.value for item in summary.passes["exact_match"]}
    # By hand: pass@1 = pass^1 = (1 + 1/2 + 0) / 3; pass@2 = (1 + 1 + 0) / 3; pass^2 = (1 + 0 + 0) / 3.
    assert found == pytest.approx({"pass@1": 0.5, "pass@2": 2 / 3, "pass^1": 0.5, "pass^2": 1 / 3})


def test_a_case_that_lost_an_epoch_is_missing_from_pass_rates(add: Add, start: Start, store: Store) -> None:
    def answer(request: Request) -> Output:
        if request.case.id == "c0" and request.epoch == 2:
            return Output(fault=Fault(owner="infrastructure", kind="server", message="503"))
        return Output(value="yes")

    summary = summarise(start(add(_cases(4)), answer, epochs=2), store)
    last = summary.passes["exact_match"][-1]
    assert (last.name, last.value, last.n, last.missing) == ("pass^2", 1.0, 3, 1)
    assert last.bounds == pytest.approx((0.75, 1.0))


def test_groups_are_the_unit_of_pass_rates(add: Add, start: Start, store: Store) -> None:
    def cases(*, grouped: bool) -> list[Case]:
        return [
            Case(id=f"c{i}", input="q", expected="yes", group=f"g{i // 4}" if grouped else None)
            for i in range(48)
        ]

    def answer(request: Request) -> Output:
        return Output(value="yes" if int(request.case.id[1:]) < 24 or request.epoch == 2 else "no")

    alone = summarise(start(add(cases(grouped=False)), answer, epochs=2), store).passes["exact_match"]
    grouped = summarise(start(add(cases(grouped=True)), answer, epochs=2), store).passes["exact_match"]
    for single, joined in zip(alone, grouped, strict=True):
        assert (joined.name, joined.value) == (single.name, single.value)
        assert (joined.n, joined.n_units, joined.unit) == (48, 12, "group")
        assert (single.n, single.n_units, single.unit) == (48, 48, "case")
    low, high = grouped[-1].interval or (0.0, 0.0)
    narrow = alone[-1].interval or (0.0, 1.0)
    assert high - low > 1.5 * (narrow[1] - narrow[0])


def test_groups_are_the_unit(add: Add, start: Start, store: Store) -> None:
    cases = [
        Case(id=f"c{number}", input="q", expected="yes", group=f"g{number // 4}") for number in range(48)
    ]
    (estimate,) = summarise(start(add(cases), _first(24)), store).metrics
    assert (estimate.n, estimate.n_units, estimate.unit) == (48, 12, "group")


def test_slices_leave_out_the_sealed_split(add: Add, start: Start, store: Store) -> None:
    cases = [
        Case(
            id=f"c{number}",
            input="q",
            expected="yes",
            slices={"topic": "a" if number < 10 else "b"},
            split="sealed" if number % 2 else "open",
        )
        for number in range(30)
    ]
    summary = summarise(start(add(cases), _first(10)), store)
    assert summary.metrics[0].n == 30
    found = [
        (item.dimension, item.slice_value, item.estimate.value, item.estimate.n) for item in summary.slices
    ]
    assert found == [("topic", "a", 1.0, 5), ("topic", "b", 0.0, 10)]
    assert "topic=b n=10" in summary.slices[1].estimate.signature
    assert is_sealed(cases[1])
    assert is_sealed("sealed")
    assert not is_sealed(cases[0])


def test_a_stopped_run_is_read_as_a_prefix_and_never_by_what_came_first(
    add: Add, start: Start, store: Store
) -> None:
    version = add(_cases(60))
    order = start(version, _first(60), seed=2)
    third = store.score_table(order.id, "exact_match").case_ids[20]

    def lose_one(request: Request) -> Output:
        if request.case.id == third:
            return Output(fault=Fault(owner="infrastructure", kind="server", message="503"))
        return Output(value="yes")

    capped = start(version, lose_one, seed=2, connections=1, limits={"max_requests": 40})
    summary = summarise(capped, store)
    assert (summary.metrics[0].n, summary.metrics[0].missing) == (39, 1)
    assert "the numbers use the first 40 of the random order" in " ".join(summary.notes)
    assert (summary.scored, summary.failed) == (39, 1)


def test_a_prefix_ends_with_a_whole_cluster_and_before_the_first_gap(
    add: Add, start: Start, store: Store
) -> None:
    run = start(add(_cases(10)), _first(5), epochs=3, limits={"max_requests": 8}, connections=1)
    table = store.score_table(run.id, "exact_match")
    assert len(table) == 8
    prefix = complete_prefix(table, run)
    assert len(prefix) == 6
    assert prefix.positions.tolist() == list(range(6))


def test_latency_gets_quantiles(add: Add, start: Start, store: Store) -> None:
    def answer(request: Request) -> Output:
        return Output(value="yes", latency_s=float(request.case.id[1:]) / 100)

    run = start(add(_cases(101)), answer, metrics=["latency"])
    found = {item.name: item for item in summarise(run, store).metrics}
    assert found["latency"].value == pytest.approx(0.5)
    assert found["latency:p50"].value == pytest.approx(0.5)
    assert found["latency:p95"].value == pytest.approx(0.95)
    assert found["latency:p95"].interval is not None
    assert (found["latency:p95"].measure, found["latency:p95"].unit) == ("s", "case")


def test_recorded_scores_of_zero_and_one_count_as_binary(
    add: Add, start: Start, store: Store, target_of: Callable[..., object]
) -> None:
    def answer(request: Request) -> Output:
        number = int(request.case.id[1:])
        return Output(value="x", scores={"reward": float(number < 10), "grade": number / 4})

    version = add(_cases(20))
    metrics = ["recorded:reward", "recorded:grade"]
    reward, grade = summarise(
        start(version, target_of(answer, recorded=True), metrics=metrics), store
    ).metrics
    assert (reward.value, reward.method, reward.measure) == (0.5, "Wilson", "share")
    assert grade.method != "Wilson"
    assert grade.measure == "points"


def test_a_corpus_metric_is_read_as_a_whole(add: Add, start: Start, store: Store) -> None:
    cases = [Case(id=f"c{number}", input="q", expected="yes" if number % 2 else "no") for number in range(40)]
    run = start(add(cases), lambda request: Output(value="yes"), metrics=["balanced_accuracy"])
    (estimate,) = summarise(run, store).metrics
    assert estimate.value == 0.5
    assert "bootstrap" in estimate.method


def test_nothing_scored_is_said_and_not_a_number(add: Add, start: Start, store: Store) -> None:
    cases = [Case(id="a", input="q"), Case(id="b", input="q")]
    summary = summarise(start(add(cases), lambda request: Output(value="x")), store)
    (estimate,) = summary.metrics
    assert (estimate.value, estimate.interval, estimate.n) == (None, None, 0)
    assert estimate.note == "nothing was scored: 0 failed, 2 skipped"
    assert (summary.scored, summary.failed, summary.skipped) == (0, 0, 2)


def test_a_crashing_metric_is_a_missing_sample_and_not_a_crashed_run(
    add: Add, start: Start, store: Store
) -> None:
    @metric
    def moody(case: Case, output: Output) -> bool:
        if case.id == "c1":
            raise ZeroDivisionError("oops")
        return True

    run = start(add(_cases(4)), _first(4), metrics=["exact_match", moody])
    summary = summarise(run, store)
    assert run.status == "complete"
    assert (summary.scored, summary.failed, summary.skipped) == (3, 1, 0)
    assert summary.metrics[1].missing == 1


def test_weights_are_said(add: Add, start: Start, store: Store) -> None:
    cases = [
        Case(id=f"c{number}", input="q", expected="yes", weight=3.0 if number < 5 else 1.0)
        for number in range(20)
    ]
    (estimate,) = summarise(start(add(cases), _first(5)), store).metrics
    # (5 × 3) / (5 × 3 + 15 × 1)
    assert estimate.value == pytest.approx(0.5)
    assert estimate.estimand == "cases like these, weighted as the cases say"


def test_the_cost_is_unknown_when_no_answer_has_one(add: Add, start: Start, store: Store) -> None:
    summary = summarise(start(add(_cases(3)), _first(3)), store)
    assert summary.cost_usd is None
    assert summary.as_json()["cost_usd"] is None
