from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import detect_format, read_cases
from steelyard.core import InputError, Json

SAMPLES = Path(__file__).parent / "samples"


def _write(path: Path, value: Json) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_dataset_items() -> None:
    imported = read_cases(SAMPLES / "langfuse_items.jsonl")
    (case,) = imported.cases
    assert (case.id, case.input, case.expected) == ("item-1", "Capital of France?", "Paris")
    assert case.metadata == {"level": "easy"}
    assert imported.notes == ("archived dataset items, left out: 1",)


@pytest.mark.parametrize("name", ["langfuse_traces.json", "langfuse_page.json", "langfuse_trace.json"])
def test_traces_become_a_run_for_each_release(name: str) -> None:
    imported = read_cases(SAMPLES / name)
    (case,) = imported.cases
    (run,) = imported.runs
    output = run.outputs[case.id, 1]
    assert (run.label, output.text, output.latency_s, output.cost_usd) == ("v7", "Sunny", 2.0, 0.001)
    assert (output.usage.input_tokens, output.usage.output_tokens) == (12, 3)
    assert output.scores == {"helpful": 1.0}
    assert output.detail["scores"] == {"helpful": "good", "tone": "kind"}
    assert [(span.kind, span.name, span.parent_id) for span in output.trace] == [
        ("step", "agent", ""),
        ("tool", "weather", "o1"),
        ("llm", "llm", "o1"),
    ]


def test_traces_without_an_input_are_counted() -> None:
    assert "traces without an input, left out: 1" in read_cases(SAMPLES / "langfuse_traces.json").notes


def test_observations_alone_speak_through_their_root() -> None:
    imported = read_cases(SAMPLES / "langfuse_observations.jsonl")
    (case,) = imported.cases
    output = imported.runs[0].outputs[case.id, 1]
    assert (case.input, output.text, output.latency_s) == ("Weather?", "Sunny", 2.0)


def test_a_dataset_with_its_runs_traces_and_scores() -> None:
    imported = read_cases(SAMPLES / "langfuse_runs.json")
    (run,) = imported.runs
    assert run.label == "prompt-2"
    assert run.outputs["item-1", 1].scores == {"exact": 1.0}
    assert imported.metrics == ("recorded:exact", "exact_match")


def test_run_items_with_answers_of_their_own(tmp_path: Path) -> None:
    rows: Json = [
        {
            "datasetItemId": "i1",
            "datasetRunName": run,
            "input": "q",
            "expectedOutput": "a",
            "output": answer,
            "trace": {"id": f"t-{run}", "duration": 1.5, "totalCost": 0.1},
            "scores": {"exact": {"type": "NUMERIC", "values": [score], "average": score}},
        }
        for run, answer, score in (("old", "b", 0), ("new", "a", 1))
    ]
    imported = read_cases(_write(tmp_path / "runs.json", rows))
    old, new = imported.runs
    assert (old.label, new.label, len(imported.cases)) == ("old", "new", 1)
    output = new.outputs["i1", 1]
    assert (output.text, output.scores, output.latency_s, output.cost_usd) == ("a", {"exact": 1.0}, 1.5, 0.1)


def test_the_table_as_csv_and_the_scheduled_export_with_underscores(tmp_path: Path) -> None:
    path = tmp_path / "traces.csv"
    path.write_text(
        "id,timestamp,name,userId,sessionId,release,environment,input,output,latency,totalCost,inputTokens,scores\n"
        "t1,2024-05-01T10:00:00Z,chat,u,s,v1,prod,"
        '"{""question"": ""Hi?""}",Hello,0.4,0.01,7,"{""ok"": [1, 0]}"\n',
        encoding="utf-8",
    )
    assert detect_format(path) == "langfuse"
    imported = read_cases(path)
    (run,) = imported.runs
    (output,) = run.outputs.values()
    assert (imported.cases[0].input, output.text, output.scores) == ("Hi?", "Hello", {"ok": 0.5})
    assert (output.latency_s, output.usage.input_tokens) == (0.4, 7)
    row = {
        "id": "o",
        "trace_id": "t",
        "type": "GENERATION",
        "name": "n",
        "start_time": "2024-05-29 13:46:19.963000",
        "end_time": "2024-05-29 13:46:20.963000",
        "level": "ERROR",
        "status_message": "rate limited",
        "provided_model_name": "m",
        "input": '[{"role": "user", "content": "Hi?"}]',
        "output": None,
        "usage_details": {"input": 3},
    }
    imported = read_cases(_write(tmp_path / "observations.json", [row]))
    (output,) = imported.runs[0].outputs.values()
    assert imported.format == "langfuse"
    assert imported.cases[0].input == [{"role": "user", "content": "Hi?"}]
    assert output.fault is not None
    assert output.fault.message == "rate limited"


def test_one_question_asked_twice_is_one_case_with_two_answers(tmp_path: Path) -> None:
    traces = json.loads((SAMPLES / "langfuse_traces.json").read_text(encoding="utf-8"))
    again = {**traces[0], "id": "t7", "release": "v8", "observations": [], "scores": []}
    imported = read_cases(_write(tmp_path / "traces.json", [traces[0], again]))
    assert len(imported.cases) == 1
    assert [run.label for run in imported.runs] == ["v7", "v8"]


def test_hostile_rows_are_named(tmp_path: Path) -> None:
    traces = json.loads((SAMPLES / "langfuse_traces.json").read_text(encoding="utf-8"))
    deep: Json = 1
    for _ in range(250):
        deep = {"a": deep}
    rows: Json = [traces[0], "x", {**traces[0], "metadata": deep}]
    with pytest.raises(InputError, match="the first of 2 problems") as caught:
        read_cases(_write(tmp_path / "traces.json", rows))
    assert "nested more than 200 levels" in caught.value.details[1]
