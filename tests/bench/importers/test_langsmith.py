from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import read_cases
from steelyard.core import InputError, Json

SAMPLES = Path(__file__).parent / "samples"


def _write(path: Path, value: Json) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_examples() -> None:
    (case,) = read_cases(SAMPLES / "langsmith_examples.jsonl").cases
    assert (case.input, case.expected, case.split) == ("Capital of France?", "Paris", "test")
    assert case.metadata == {"kind": "geo"}


def test_an_experiment_with_its_runs() -> None:
    imported = read_cases(SAMPLES / "langsmith_experiment.json")
    (run,) = imported.runs
    (output,) = run.outputs.values()
    assert (run.label, output.text, output.latency_s) == ("prompt-2-abc", "Paris", 1.5)
    assert (output.usage.input_tokens, output.cost_usd) == (10, 0.0003)
    assert output.scores == {"correctness": 1.0}
    assert imported.metrics == ("recorded:correctness", "exact_match")


def test_the_table_of_an_experiment() -> None:
    imported = read_cases(SAMPLES / "langsmith_table.csv")
    (run,) = imported.runs
    assert [case.expected for case in imported.cases] == ["Paris", "Rome"]
    assert run.outputs["ex-1", 1].scores == {"correct": 1.0}
    fault = run.outputs["ex-2", 1].fault
    assert fault is not None
    assert (fault.owner, fault.message) == ("target", "TimeoutError: timed out")


def test_rows_of_the_sdk_and_an_upload(tmp_path: Path) -> None:
    row: Json = {
        "run": {"id": "r", "inputs": {"q": "a"}, "outputs": {"x": "b"}, "session_name": "exp"},
        "example": {"id": "e", "inputs": {"q": "a"}, "outputs": {"x": "b"}},
        "evaluation_results": {"results": [{"key": "exact", "score": True, "comment": "same"}]},
    }
    (run,) = read_cases(_write(tmp_path / "sdk.json", [row])).runs
    assert run.outputs["e", 1].scores == {"exact": 1.0}
    assert run.outputs["e", 1].detail["scores"] == {"exact": "same"}
    upload: Json = {
        "experiment_name": "mine",
        "results": [
            {
                "row_id": "1",
                "inputs": {"q": "a"},
                "expected_outputs": {"x": "b"},
                "actual_outputs": {"x": "c"},
                "evaluation_scores": [{"key": "exact", "score": 0}],
            }
        ],
    }
    (run,) = read_cases(_write(tmp_path / "upload.json", upload)).runs
    assert (run.label, run.outputs["1", 1].text, run.outputs["1", 1].scores) == ("mine", "c", {"exact": 0.0})


def test_runs_with_their_children() -> None:
    imported = read_cases(SAMPLES / "langsmith_runs.jsonl")
    (case,) = imported.cases
    output = imported.runs[0].outputs[case.id, 1]
    assert case.input == [{"role": "user", "content": "Weather?"}]
    assert (output.text, output.latency_s) == ("Sunny", 3.0)
    assert [(span.kind, span.name, span.input) for span in output.trace] == [
        ("tool", "weather", {"city": "Huế"})
    ]


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({"output": "a"}, "a"),
        ({"generations": [[{"text": "a"}]]}, "a"),
        ({"choices": [{"message": {"role": "assistant", "content": "a"}}]}, "a"),
        ({"role": "assistant", "content": "a"}, "a"),
        ({"output": {"type": "ai", "content": "a"}}, "a"),
        (
            {
                "messages": [
                    {"id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "q"}},
                    {"id": ["langchain", "schema", "AIMessage"], "kwargs": {"content": "a"}},
                ]
            },
            "a",
        ),
        ({"n": 3}, "3"),
        ({"a": 1, "b": 2}, '{"a":1,"b":2}'),
    ],
)
def test_answers_in_many_envelopes(tmp_path: Path, outputs: Json, text: str) -> None:
    row: Json = {"id": "r", "run_type": "chain", "inputs": {"q": "x"}, "outputs": outputs}
    (run,) = read_cases(_write(tmp_path / "runs.json", [row])).runs
    (output,) = run.outputs.values()
    assert output.text == text


def test_an_example_that_asks_nothing_is_named(tmp_path: Path) -> None:
    text = (SAMPLES / "langsmith_examples.jsonl").read_text(encoding="utf-8")
    empty = json.dumps({**json.loads(text), "id": "other", "inputs": {}})
    path = tmp_path / "examples.jsonl"
    path.write_text(f"{text}{empty}\n", encoding="utf-8")
    with pytest.raises(InputError, match="input: is missing") as caught:
        read_cases(path)
    assert caught.value.where.endswith(":2")
