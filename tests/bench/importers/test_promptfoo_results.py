from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from steelyard.bench import read_cases
from steelyard.core import InputError

Row = dict[str, Any]


def _component(kind: str, score: float, reason: str = "Assertion passed", **more: Any) -> Row:
    return {"pass": score > 0, "score": score, "reason": reason, "assertion": {"type": kind}, **more}


def _result(test: int, prompt: int, *, answer: Any = "hello Ann", score: float = 1.0, **more: Any) -> Row:
    """One result of version 3, cut down to the fields that are read."""
    word = ["Ann", "Bob", "Cid"][test % 3]
    grading = {
        "pass": score == 1,
        "score": score,
        "reason": "All assertions passed",
        "componentResults": [_component("contains", score)],
    }
    return {
        "testIdx": test,
        "promptIdx": prompt,
        "promptId": f"p{prompt % 2}",
        "prompt": {"raw": f"Greet {word}", "label": "Greet {{name}}"},
        "provider": {"id": "openai:gpt-4o-mini", "label": ""},
        "vars": {"name": word},
        "testCase": {
            "vars": {"name": word},
            "assert": [{"type": "contains", "value": "{{name}}"}],
            "metadata": {"topic": "x" if test % 2 else "y"},
        },
        "response": {"output": answer, "cached": False, "finishReason": "stop"},
        "success": score == 1,
        "score": score,
        "failureReason": 0 if score == 1 else 1,
        "error": None if score == 1 else "Expected output to contain",
        "gradingResult": grading,
        "namedScores": {},
        "latencyMs": 1500,
        "cost": 0.002,
        "tokenUsage": {"prompt": 10, "completion": 5, "completionDetails": {"reasoning": 2}},
        **more,
    }


def _prompts(count: int) -> list[Row]:
    return [
        {"raw": f"Greet {{{{name}}}} {number}", "label": f"label {number}", "provider": "openai:gpt-4o-mini"}
        for number in range(count)
    ]


def _write(path: Path, rows: list[Row], *, prompts: int = 1, flat: bool = False) -> Path:
    inner = {
        "version": 3,
        "timestamp": "2026-01-02T03:04:05.000Z",
        "prompts": _prompts(prompts),
        "results": rows,
        "stats": {"successes": 0},
    }
    whole = {"evalId": "eval-1", "results": inner, "config": {"providers": [{"config": {"apiKey": "sk-x"}}]}}
    path.write_text(json.dumps(inner if flat else whole), encoding="utf-8")
    return path


@pytest.mark.parametrize("flat", [False, True])
def test_both_envelopes_hold_the_same(tmp_path: Path, flat: bool) -> None:
    rows = [_result(test, 0) for test in range(2)]
    imported = read_cases(_write(tmp_path / "out.json", rows, flat=flat))
    assert imported.format == "promptfoo"
    assert [case.input for case in imported.cases] == ["Greet Ann", "Greet Bob"]
    assert [case.expected for case in imported.cases] == ["Ann", "Bob"]
    (run,) = imported.runs
    assert (run.label, run.started) == ("openai:gpt-4o-mini", "2026-01-02T03:04:05.000Z")
    output = run.outputs[imported.cases[0].id, 1]
    assert (output.value, output.latency_s, output.cost_usd) == ("hello Ann", 1.5, 0.002)
    assert output.usage.as_json() == {"input_tokens": 10, "output_tokens": 5, "reasoning_tokens": 2}
    assert output.scores == {"pass": 1.0, "score": 1.0, "contains": 1.0}
    assert output.detail["finish_reason"] == "stop"
    assert imported.metrics == ("recorded:pass", "contains")


def test_json_lines_of_results(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("".join(json.dumps(_result(test, 0)) + "\n" for test in range(3)), encoding="utf-8")
    imported = read_cases(path)
    assert imported.format == "promptfoo"
    assert len(imported.cases) == 3
    assert len(imported.runs[0].outputs) == 3


def test_each_prompt_at_each_provider_is_a_run(tmp_path: Path) -> None:
    rows = []
    for test in range(2):
        for prompt in range(4):
            label = "mine" if prompt > 1 else ""
            row = _result(test, prompt, provider={"id": "openai:gpt-4o-mini", "label": label})
            row["prompt"]["label"] = f"label {prompt % 2}"
            rows.append(row)
    imported = read_cases(_write(tmp_path / "out.json", rows, prompts=4))
    assert [run.label for run in imported.runs] == [
        "openai:gpt-4o-mini · label 0",
        "openai:gpt-4o-mini · label 1",
        "mine · label 0",
        "mine · label 1",
    ]
    assert [case.input for case in imported.cases] == [{"name": "Ann"}, {"name": "Bob"}]
    assert any("there are several prompts" in note for note in imported.notes)
    assert imported.runs[1].target == {
        "provider": "openai:gpt-4o-mini",
        "prompt": "Greet {{name}} 1",
        "prompt_label": "label 1",
    }


def test_two_columns_of_one_name_stay_apart(tmp_path: Path) -> None:
    rows = [{**_result(0, column), "promptId": "same"} for column in range(2)]
    imported = read_cases(_write(tmp_path / "out.json", rows, prompts=2))
    assert [run.label for run in imported.runs] == ["openai:gpt-4o-mini", "openai:gpt-4o-mini #2"]


def test_repeats_become_epochs(tmp_path: Path) -> None:
    first, second = _result(0, 0, answer="one"), _result(0, 0, answer="two")
    imported = read_cases(_write(tmp_path / "out.json", [first, {**second, "testIdx": 1}, _result(2, 0)]))
    assert len(imported.cases) == 2
    (run,) = imported.runs
    assert [run.outputs[imported.cases[0].id, epoch].value for epoch in (1, 2)] == ["one", "two"]


def test_an_error_is_missing_and_a_failed_assert_is_not(tmp_path: Path) -> None:
    failed = _result(0, 0, score=0.0)
    stack = "Error: 429 from https://me:secret@host/v1 Bearer abcdefghijkl\n    at callApi (/home/me/x.js:1)"
    error = {**_result(1, 0), "failureReason": 2, "error": stack, "response": None, "score": 0}
    slow = {
        **_result(2, 0),
        "failureReason": 2,
        "error": "Request timed out after 300000ms",
        "response": None,
    }
    imported = read_cases(_write(tmp_path / "out.json", [failed, error, slow]))
    outputs = list(imported.runs[0].outputs.values())
    assert (outputs[0].fault, outputs[0].scores["pass"]) == (None, 0.0)
    assert outputs[1].fault is not None
    assert outputs[1].fault.owner == "infrastructure"
    assert outputs[1].fault.message == "Error: 429 from https://***@host/v1 Bearer ***"
    assert outputs[1].scores == {}
    assert outputs[2].fault is not None
    assert outputs[2].fault.owner == "target"
    assert any(note.endswith("missing here and not 0: 2") for note in imported.notes)


@pytest.mark.parametrize(
    "broken",
    [
        _component("llm-rubric", 0.0, "No verdict", metadata={"graderError": True}),
        _component("llm-rubric", 0.0, "Could not extract JSON from llm-rubric response"),
        _component("python", 0.0, "Python code execution failed: ZeroDivisionError"),
        _component("javascript", 0.0, "Custom function threw error: boom"),
        _component("similar", 0.0, "API key is not set. Set the OPENAI_API_KEY environment variable"),
    ],
)
def test_a_grader_that_failed_is_no_zero(tmp_path: Path, broken: Row) -> None:
    row = _result(0, 0, score=0.5)
    row["gradingResult"]["componentResults"] = [_component("contains", 1.0), copy.deepcopy(broken)]
    imported = read_cases(_write(tmp_path / "out.json", [row]))
    (output,) = imported.runs[0].outputs.values()
    assert output.scores == {"contains": 1.0}
    assert any("graders that failed" in note for note in imported.notes)


def test_named_scores_asserts_and_sets(tmp_path: Path) -> None:
    row = _result(0, 0, namedScores={"Tone": 0.5, "pass": 0.25, "Broken": 0.0})
    row["gradingResult"]["componentResults"] = [
        {
            "pass": True,
            "score": 0.5,
            "reason": "set",
            "metadata": {"assertionSet": {}},
            "componentResults": [],
        },
        _component("contains", 1.0),
        _component("contains", 0.0),
        {**_component("llm-rubric", 0.5), "assertion": {"type": "llm-rubric", "metric": "Tone"}},
    ]
    imported = read_cases(_write(tmp_path / "out.json", [row]))
    (output,) = imported.runs[0].outputs.values()
    assert output.scores == {
        "pass": 1.0,
        "score": 1.0,
        "Tone": 0.5,
        "named:pass": 0.25,
        "Broken": 0.0,
        "contains": 1.0,
        "contains-2": 0.0,
    }


def test_scores_that_only_some_answers_have_are_not_suggested(tmp_path: Path) -> None:
    rows = [_result(0, 0, namedScores={"Tone": 0.5}), _result(1, 0, score=0.25), _result(2, 0)]
    imported = read_cases(_write(tmp_path / "out.json", rows))
    assert imported.metrics == ("recorded:pass", "recorded:score", "contains")
    assert any("asked for by name: recorded:Tone" in note for note in imported.notes)


def test_cached_answers_have_no_latency(tmp_path: Path) -> None:
    row = _result(0, 0, response={"output": {"a": 1}, "cached": True}, latencyMs=2)
    (output,) = read_cases(_write(tmp_path / "out.json", [row])).runs[0].outputs.values()
    assert (output.value, output.latency_s, output.cached) == ({"a": 1}, None, True)


def test_a_prompt_that_differs_between_runs_is_not_the_input(tmp_path: Path) -> None:
    rows = [_result(0, 0), {**_result(0, 2), "prompt": {"raw": "Greet again Ann", "label": "x"}}]
    imported = read_cases(_write(tmp_path / "out.json", rows, prompts=3))
    assert imported.cases[0].input == {"name": "Ann"}
    assert any("differs between runs" in note for note in imported.notes)


def test_no_key_of_a_provider_is_kept(tmp_path: Path) -> None:
    row = _result(0, 0)
    row["testCase"]["assert"] = [
        {
            "type": "llm-rubric",
            "value": "nice",
            "provider": {"id": "x", "config": {"apiKey": "sk-verysecretkey"}},
        }
    ]
    row["provider"] = {
        "id": "https://me:hunter22@host/v1",
        "label": "",
        "config": {"apiKey": "sk-verysecretkey"},
    }
    imported = read_cases(_write(tmp_path / "out.json", [row]))
    text = repr((imported.cases, imported.runs))
    assert "verysecret" not in text
    assert "hunter22" not in text


def test_results_of_the_version_before_have_no_numbers(tmp_path: Path) -> None:
    rows = []
    for test in range(2):
        row = _result(test, 0, provider="openai:gpt-4o-mini")
        for name in ("testIdx", "promptIdx", "promptId", "testCase", "failureReason"):
            del row[name]
        rows.append(row)
    rows[1].update(response={"error": "boom"}, error="boom", success=False)
    whole = {"results": {"version": 2, "results": rows, "stats": {}, "table": {"head": {}, "body": []}}}
    path = tmp_path / "latest.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    imported = read_cases(path, format="promptfoo")
    assert [case.input for case in imported.cases] == ["Greet Ann", "Greet Bob"]
    first, second = imported.runs[0].outputs.values()
    assert (first.value, first.fault) == ("hello Ann", None)
    assert second.fault is not None


def test_tables_of_results_old_and_new(tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text(
        'name,[echo] Greet {{name}}\nAnn,[PASS] hello Ann\nBob,"[FAIL] Expected x\n---\nhello Bob"\n',
        encoding="utf-8",
    )
    new = tmp_path / "new.csv"
    header = "Description,name,[echo] Greet {{name}},Status,Score,Metric: Tone,Grader Reason,Comment\n"
    new.write_text(
        header
        + "first,Ann,hello Ann,PASS,1.00,0.50,fine,\n,Bob,hello Bob,FAIL,0.25,,bad,\n"
        + ",Cid,oops,ERROR,0.00,,,\n",
        encoding="utf-8",
    )
    first, second = read_cases(old).runs[0].outputs.values()
    assert [(item.value, item.scores) for item in (first, second)] == [
        ("hello Ann", {"pass": 1.0}),
        ("hello Bob", {"pass": 0.0}),
    ]
    imported = read_cases(new)
    outputs = list(imported.runs[0].outputs.values())
    assert imported.cases[0].id == "first"
    assert outputs[0].scores == {"pass": 1.0, "score": 1.0, "Tone": 0.5}
    assert outputs[1].scores == {"pass": 0.0, "score": 0.25}
    assert outputs[2].fault is not None


def test_every_row_that_is_no_result_is_reported(tmp_path: Path) -> None:
    rows = [_result(0, 0), {"testIdx": 1}, {**_result(2, 0), "prompt": "text"}]
    with pytest.raises(InputError, match="is not a result of promptfoo") as caught:
        read_cases(_write(tmp_path / "out.json", rows))
    assert len(caught.value.details) == 2


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(InputError, match="neither results, a configuration nor tests"):
        read_cases(path, format="promptfoo")
    path.write_text('{"results": [', encoding="utf-8")
    with pytest.raises(InputError, match="is not JSON"):
        read_cases(path, format="promptfoo")
