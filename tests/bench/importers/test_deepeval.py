from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steelyard.bench import detect_format, read_cases
from steelyard.core import InputError
from steelyard.metrics import make_metric

Row = dict[str, Any]


def _metric(name: str, score: float | None, **more: Any) -> Row:
    return {"name": name, "threshold": 0.5, "success": bool(score), "score": score, "reason": "why", **more}


def _case(question: str, **more: Any) -> Row:
    return {
        "name": "test_case_0",
        "input": question,
        "actualOutput": "yes",
        "expectedOutput": "yes",
        "success": True,
        "metricsData": [_metric("Exact Match", 1.0)],
        **more,
    }


def _run(path: Path, cases: list[Row], spoken: list[Row] | None = None, **more: Any) -> Path:
    run = {"testCases": cases, "conversationalTestCases": spoken or [], "metricsScores": [], **more}
    path.write_text(json.dumps(run), encoding="utf-8")
    return path


def test_a_test_run_is_a_recorded_run(tmp_path: Path) -> None:
    first = _case(
        "a?",
        name="first",
        tokenCost=0.01,
        completionTime=1.5,
        inputTokenCount=7,
        outputTokenCount=3,
        tags=["math"],
        metadata={"topic": "t"},
        comments="note",
    )
    second = _case("b?", success=False, metricsData=[_metric("Exact Match", 0.0), _metric("Judge", 0.25)])
    settings = {"model": "m1", "api_key": "sk-hidden"}
    path = _run(tmp_path / "test_run_1.json", [first, second], hyperparameters=settings, identifier="night")
    imported = read_cases(path)
    assert imported.format == "deepeval"
    assert imported.cases[0].id == "first"
    assert imported.cases[0].metadata == {"tag": "math", "topic": "t", "comments": "note"}
    assert imported.cases[1].id.startswith("case-"), "numbers of test cases say nothing"
    (run,) = imported.runs
    assert (run.label, run.target) == ("night", {"identifier": "night", "hyperparameters": {"model": "m1"}})
    one, two = run.outputs.values()
    assert (one.value, one.latency_s, one.cost_usd) == ("yes", 1.5, 0.01)
    assert one.usage.as_json() == {"input_tokens": 7, "output_tokens": 3}
    assert one.scores == {"pass": 1.0, "Exact Match": 1.0}
    assert two.scores == {"pass": 0.0, "Exact Match": 0.0, "Judge": 0.25}
    assert imported.metrics == ("recorded:pass", "exact_match")
    assert any("asked for by name: recorded:Judge" in note for note in imported.notes)


def test_a_metric_that_failed_is_missing(tmp_path: Path) -> None:
    broken = _metric("Judge", None, error="no key")
    flaky = {**broken, "flaky": True}
    rows = [
        _case("a?", success=False, metricsData=[_metric("Exact Match", 1.0), broken]),
        _case("b?", metricsData=[_metric("Exact Match", 1.0), flaky]),
    ]
    imported = read_cases(_run(tmp_path / "run.json", rows))
    one, two = imported.runs[0].outputs.values()
    assert one.scores == {"Exact Match": 1.0}
    assert two.scores == {"pass": 1.0, "Exact Match": 1.0}
    assert any("metrics that failed" in note and note.endswith(": 2") for note in imported.notes)


def test_an_answer_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    imported = read_cases(
        _run(tmp_path / "run.json", [_case("a?", actualOutput=None, metricsData=[], success=None)])
    )
    (output,) = imported.runs[0].outputs.values()
    assert output.fault is not None
    assert output.scores == {}


def test_repeats_are_epochs_and_equal_names_stay_apart(tmp_path: Path) -> None:
    rows = [_case("a?", name="same"), _case("a?", name="same", actualOutput="no"), _case("b?", name="same")]
    imported = read_cases(_run(tmp_path / "run.json", rows))
    assert [case.id for case in imported.cases] == ["same", "same-2"]
    assert imported.runs[0].outputs["same", 2].value == "no"


def test_tools_and_contexts(tmp_path: Path) -> None:
    call = {"name": "search", "description": "d", "inputParameters": {"q": "a"}, "output": {"hits": 1}}
    row = _case(
        "a?",
        context=["fact", {"context": "other", "source": "s"}],
        retrievalContext=["page"],
        toolsCalled=[call],
        expectedTools=[{"name": "search", "inputParameters": {"q": "a"}}],
    )
    del row["expectedOutput"]
    imported = read_cases(_run(tmp_path / "run.json", [row]))
    (case,) = imported.cases
    (output,) = imported.runs[0].outputs.values()
    assert case.context == ("fact", "other")
    assert case.expected == {"tool_calls": [{"name": "search", "arguments": {"q": "a"}}]}
    assert [(span.name, span.kind, span.input, span.output) for span in output.trace] == [
        ("search", "tool", {"q": "a"}, {"hits": 1}),
        ("retrieval", "retriever", None, ["page"]),
    ]
    assert "tool_calls" in imported.metrics
    score = make_metric("tool_calls").score(case, output)
    assert getattr(score, "value", None) == 1.0


def test_spans_of_a_trace(tmp_path: Path) -> None:
    times = {"startTime": "2026-01-02T03:04:05Z", "endTime": "2026-01-02T03:04:07Z"}
    span = {
        "uuid": "s1",
        "parentUuid": "s0",
        "name": "gpt",
        "input": "i",
        "output": "o",
        "model": "m",
        **times,
    }
    tool = {"uuid": "s2", "name": "look", "error": "gone", **times}
    trace = {"uuid": "t", "llmSpans": [span], "toolSpans": [tool], "baseSpans": None, **times}
    (output,) = read_cases(_run(tmp_path / "run.json", [_case("a?", trace=trace)])).runs[0].outputs.values()
    llm, called = output.trace
    assert (llm.kind, llm.span_id, llm.parent_id, llm.duration_s) == ("llm", "s1", "s0", 2.0)
    assert llm.attributes == {"model": "m"}
    assert (called.kind, called.name, called.error) == ("tool", "look", "gone")


def test_conversations(tmp_path: Path) -> None:
    call = {"name": "look", "inputParameters": {"a": 1}, "output": 2}
    said = [
        {"role": "user", "content": "hi", "order": 0},
        {"role": "assistant", "content": "hello", "order": 1, "toolsCalled": [call]},
        {"role": "user", "content": "bye", "order": 2},
        {"role": "assistant", "content": "ciao", "order": 3},
    ]
    spoken = {
        "name": "c1",
        "scenario": "wants money back",
        "expectedOutcome": "refund",
        "userDescription": "angry",
        "turns": said,
        "success": True,
        "metricsData": [_metric("Turns", 1.0)],
    }
    bare = {"name": "conversational_test_case_1", "turns": said, "success": True, "metricsData": []}
    wrapped = {
        "testRunData": {"testCases": [], "conversationalTestCases": [spoken, bare]},
        "testRunLink": None,
    }
    path = tmp_path / ".latest_test_run.json"
    path.write_text(json.dumps(wrapped), encoding="utf-8")
    imported = read_cases(path)
    simulated, scripted = imported.cases
    assert simulated.scenario is not None
    assert (simulated.scenario.persona, simulated.scenario.goal) == ("angry", "wants money back")
    assert simulated.expected == "refund"
    assert [turn["content"] for turn in scripted.turns] == ["hi", "bye"]
    (run,) = imported.runs
    assert run.label == "latest_test_run"
    output = run.outputs["c1", 1]
    assert output.value == "ciao"
    assert output.detail["messages"] == [{"role": turn["role"], "content": turn["content"]} for turn in said]
    assert [span.name for span in output.trace] == ["look"]
    assert imported.metrics == ("recorded:pass", "recorded:Turns") or imported.metrics == ("recorded:pass",)


def test_goldens_in_both_spellings(tmp_path: Path) -> None:
    camel = {
        "input": "q",
        "expectedOutput": "a",
        "retrievalContext": ["r"],
        "sourceFile": "f",
        "toolsCalled": None,
    }
    snake = {
        "input": "q",
        "expected_output": "a",
        "retrieval_context": ["r"],
        "source_file": "f",
        "tools_called": None,
    }
    cases = []
    for name, row in (("camel.json", camel), ("snake.json", snake)):
        path = tmp_path / name
        path.write_text(json.dumps([row]), encoding="utf-8")
        assert detect_format(path) == "deepeval"
        imported = read_cases(path)
        assert imported.runs == ()
        cases.append(imported.cases)
    assert cases[0] == cases[1]
    assert cases[0][0].metadata == {"source_file": "f", "retrieval_context": ["r"]}


def test_a_dataset_with_answers_is_a_run(tmp_path: Path) -> None:
    header = (
        "input,actual_output,expected_output,retrieval_context,context,source_file,additional_metadata,mine\n"
    )
    path = tmp_path / "cases.csv"
    path.write_text(header + 'q1,a1,a1,r1|r2,c1|c2,,"{""topic"": ""x""}",m\nq2,,a2,,,,,\n', encoding="utf-8")
    imported = read_cases(path)
    assert imported.format == "deepeval"
    first, second = imported.cases
    assert (first.context, first.metadata) == (("c1", "c2"), {"topic": "x", "mine": "m"})
    (run,) = imported.runs
    assert (run.label, len(run.outputs)) == ("cases", 1)
    assert run.outputs[first.id, 1].detail["retrieval_context"] == ["r1", "r2"]
    assert second.expected == "a2"
    assert any("no answer to 1 of 2 cases" in note for note in imported.notes)


def test_every_golden_without_a_question_is_reported(tmp_path: Path) -> None:
    rows = [
        {"expected_output": "a", "actual_output": "b", "retrieval_context": [], "expected_tools": None},
        {"input": "fine", "expected_output": "a"},
        {"turns": [{"role": "assistant", "content": "x"}]},
        "text",
    ]
    path = tmp_path / "goldens.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(InputError, match="input: is missing") as caught:
        read_cases(path, format="deepeval")
    assert len(caught.value.details) == 3


@pytest.mark.parametrize("text", ['{"a": 1}', '{"test_cases_lookup_map": {}}'])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="neither a dataset nor a test run"):
        read_cases(path, format="deepeval")


def test_tables_of_others_are_left_to_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("input,actual_output,expected_output,model\nq,a,b,m\n", encoding="utf-8")
    assert detect_format(path) == "csv"
