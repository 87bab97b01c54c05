from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import read_cases
from steelyard.core import InputError

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("name", ["braintrust_events.json", "braintrust_events.jsonl"])
def test_events_of_an_experiment(name: str) -> None:
    imported = read_cases(SAMPLES / name)
    (case,) = imported.cases
    (run,) = imported.runs
    output = run.outputs["row-1", 1]
    assert (case.id, case.input, case.expected) == ("row-1", "Capital of France?", "Paris")
    assert (run.label, output.text, output.latency_s) == ("x1", "Paris", 1.5)
    assert output.scores == {"Factuality": 1.0, "Levenshtein": 0.8}
    assert (output.usage.input_tokens, output.usage.output_tokens) == (7, 1)
    assert [(span.kind, span.name) for span in output.trace] == [("tool", "lookup")]
    assert imported.metrics == ("recorded:Factuality", "recorded:Levenshtein", "exact_match")


def test_the_table_as_csv() -> None:
    imported = read_cases(SAMPLES / "braintrust_table.csv")
    (run,) = imported.runs
    assert [case.expected for case in imported.cases] == ["Paris", "Rome"]
    assert [output.scores for output in run.outputs.values()] == [{"Exact": 1.0}, {"Exact": 0.0}]
    assert run.outputs[imported.cases[0].id, 1].usage.input_tokens == 5


def test_a_dataset() -> None:
    imported = read_cases(SAMPLES / "braintrust_dataset.json")
    assert not imported.runs
    assert imported.cases[0].id == "row-1"
    assert imported.cases[0].metadata == {"kind": "geo"}


def test_trials_of_one_input_are_epochs_and_two_exports_meet(tmp_path: Path) -> None:
    head = "input,output,expected,tags,scores,metrics,metadata\n"
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(f"{head}q,a,a,,{{}},{{}},\nq,b,a,,{{}},{{}},\n", encoding="utf-8")
    second.write_text(f"{head}q,c,a,,{{}},{{}},\n", encoding="utf-8")
    one, two = read_cases(first), read_cases(second)
    assert one.runs[0].epochs == 2
    assert {case.hash for case in one.cases} == {case.hash for case in two.cases}


def test_errors_and_words_for_scores(tmp_path: Path) -> None:
    row = json.loads((SAMPLES / "braintrust_events.jsonl").read_text(encoding="utf-8").splitlines()[0])
    row |= {"error": {"message": "boom\ntrace"}, "output": None, "scores": {"Grade": "good"}}
    path = tmp_path / "events.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    output = read_cases(path).runs[0].outputs["row-1", 1]
    assert output.fault is not None
    assert output.fault.message == "boom"
    assert output.scores == {}
    assert output.detail["scores"] == {"Grade": "good"}


def test_broken_rows_are_named(tmp_path: Path) -> None:
    text = (SAMPLES / "braintrust_events.jsonl").read_text(encoding="utf-8")
    path = tmp_path / "events.jsonl"
    path.write_text(f"{text}oops\n[1]\n", encoding="utf-8")
    with pytest.raises(InputError, match="the first of 2 problems in 2 rows") as caught:
        read_cases(path)
    assert caught.value.where.endswith(":4")
