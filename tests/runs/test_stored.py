from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from steelyard.bench import BenchmarkVersion, ImportedRun
from steelyard.core import Case, Output, SystemClock, UsageError
from steelyard.metrics import make_metric
from steelyard.runs import RunHooks, RunPlan, RunRecord, export_rows, import_run, rescore, summarise
from steelyard.store import Store
from steelyard.targets import Request, resolve_target

Add = Callable[[Iterable[Case]], BenchmarkVersion]
Start = Callable[..., RunRecord]


def _cases(count: int) -> list[Case]:
    return [Case(id=f"c{number}", input="q", expected="yes") for number in range(count)]


def _yes(request: Request) -> Output:
    return Output(value="yes, of course", cost_usd=0.001, latency_s=0.25)


def _import(imported: ImportedRun, version: BenchmarkVersion, store: Store, *metrics: str) -> RunRecord:
    return import_run(
        imported,
        RunPlan(version=version),
        store,
        metrics=[make_metric(name) for name in metrics],
        clock=SystemClock(),
        rng=random.Random(2),
    )


def test_recorded_outputs_become_a_complete_run(add: Add, store: Store) -> None:
    outputs = {(f"c{number}", 1): Output(value="yes", scores={"reward": 1.0}) for number in range(5)}
    imported = ImportedRun(
        label="gpt", outputs=outputs, target={"model": "m"}, started="2026-01-02", notes=("No costs.",)
    )
    run = _import(imported, add(_cases(5)), store, "exact_match", "recorded:reward")
    summary = summarise(run, store)
    assert (run.status, run.label, run.notes, run.epochs) == ("complete", "gpt", ("No costs.",), 1)
    assert run.target["settings"]["model"] == "m"  # type: ignore[index,call-overload]
    assert [item.value for item in summary.metrics] == [1.0, 1.0]
    assert summary.notes == ("No costs.",)


def test_what_the_recording_lacks_is_missing_and_counted(add: Add, store: Store) -> None:
    outputs = {("c0", 1): Output(value="yes"), ("c0", 2): Output(value="yes"), ("c1", 1): Output(value="no")}
    run = _import(ImportedRun(label="gpt", outputs=outputs), add(_cases(3)), store, "exact_match")
    summary = summarise(run, store)
    assert (run.status, run.epochs) == ("complete", 2)
    assert (summary.scored, summary.failed) == (3, 3)
    assert (summary.metrics[0].n, summary.metrics[0].missing) == (3, 3)


def test_an_empty_recording_is_refused(add: Add, store: Store) -> None:
    with pytest.raises(UsageError, match="no recorded output"):
        _import(ImportedRun(label="gpt", outputs={}), add(_cases(1)), store, "exact_match")


def test_scoring_again_calls_nothing_and_adds_a_metric(add: Add, start: Start, store: Store) -> None:
    asked: list[str] = []

    def note(request: Request) -> Output:
        asked.append(request.case.id)
        return _yes(request)

    run = start(add(_cases(6)), note)
    scored = rescore(run, make_metric("contains"), store, clock=SystemClock())
    assert len(asked) == 6
    assert [spec.key for spec in scored.metrics] == ["exact_match", "contains"]
    assert [item.value for item in summarise(scored, store).metrics] == [0.0, 1.0]


def test_scoring_again_with_the_same_metric_is_repeatable(add: Add, start: Start, store: Store) -> None:
    run = start(add(_cases(6)), _yes)
    before = summarise(run, store)
    after = summarise(rescore(run, make_metric("exact_match"), store, clock=SystemClock()), store)
    assert after.metrics == before.metrics


def test_an_empty_run_cannot_be_scored(add: Add, start: Start, store: Store) -> None:
    run = start(add(_cases(3)), _yes, hooks=RunHooks(should_stop=lambda: True))
    with pytest.raises(UsageError, match="holds no output"):
        rescore(run, make_metric("contains"), store, clock=SystemClock())


def test_an_export_can_be_replayed(add: Add, start: Start, store: Store, tmp_path: Path) -> None:
    version = add(_cases(4))
    run = start(version, _yes, metrics=["contains"], epochs=2)
    path = tmp_path / "run.jsonl"
    rows = [json.dumps(row) for row in export_rows(run, store)]
    path.write_text("\n".join(rows), encoding="utf-8")
    first = json.loads(rows[0])
    assert first == {
        "id": "c0",
        "epoch": 1,
        "output": "yes, of course",
        "latency_s": 0.25,
        "cost_usd": 0.001,
        "scores": {"contains": 1.0},
    }
    target = resolve_target(f"replay:{path}", folder=tmp_path, environ={})
    again = start(version, target, metrics=["recorded:contains"])
    assert (again.status, again.epochs) == ("complete", 2)
    assert summarise(again, store).metrics[0].value == 1.0


def test_an_export_tells_reasons_when_asked(add: Add, start: Start, store: Store) -> None:
    cases = [Case(id="a", input="q"), Case(id="b", input="q", expected="7")]
    run = start(add(cases), _yes, metrics=["numeric_match"])
    told = {row["id"]: row["details"] for row in export_rows(run, store, details=True)}
    (without,) = told["a"].values()  # type: ignore[union-attr]
    (empty,) = told["b"].values()  # type: ignore[union-attr]
    assert without["reason"]  # type: ignore[index,call-overload]
    assert empty["extracted"] is False  # type: ignore[index,call-overload]


def test_an_export_says_what_has_no_number_and_leaves_out_sealed_cases(
    add: Add, start: Start, store: Store
) -> None:
    cases = [Case(id="a", input="q"), Case(id="b", input="q", expected="yes", split="sealed")]
    run = start(add(cases), _yes)
    (row,) = export_rows(run, store)
    assert row["id"] == "a"
    assert list(row["skipped"]) == ["exact_match"]  # type: ignore[arg-type]
    assert [row["id"] for row in export_rows(run, store, sealed=True)] == ["a", "b"]
