"""Steelyard from Python gives the records that the command line shows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

import steelyard as api
from steelyard.app.library import open_project
from steelyard.core import NotFoundError, Output, UsageError
from steelyard.gates import Rule, RuleSet
from steelyard.metrics import metric


def test_the_records_are_those_of_the_commands(quiz: Steelyard) -> None:
    with open_project() as project:
        assert project.summary("good").as_json() == quiz("runs", "show", "good", "--json").json
        shown = quiz("compare", "good", "bad", "--json").json
        assert project.compare("good", "bad").as_json() == shown
    assert api.compare("good", "bad").as_json() == shown
    verdict = api.gate("good", "bad")
    assert (verdict.verdict, verdict.lean) == ("FAIL", "worse")
    assert (
        verdict.as_json()["rules"]
        == quiz("gate", "--base", "good", "--candidate", "bad", "--json").json["rules"]
    )


def test_a_run_from_python_can_be_compared(quiz: Steelyard, tmp_path: Path) -> None:
    summary = api.run("quiz", target="replay:good.jsonl", metrics="numeric_match", label="again")
    assert (summary.label, summary.status, summary.scored) == ("again", "complete", 200)
    comparison = api.compare("good", "again", metrics="numeric_match", allowed_drop=0.02)
    assert (comparison.metrics[0].difference, comparison.metrics[0].identical_outputs) == (0.0, True)
    assert quiz("runs", "list", "--json").json["runs"][0]["label"] == "again"


def test_a_metric_may_be_a_function(quiz: Steelyard) -> None:
    @metric(name="says_it", scale="binary")
    def says_it(case: object, output: Output) -> bool:
        return output.text.startswith("It is")

    with open_project() as project:
        summary = project.run("quiz", target="replay:good.jsonl", metrics=[says_it, "numeric_match"])
    assert [(item.name, item.value) for item in summary.metrics] == [
        ("says_it", 1.0),
        ("numeric_match", 0.95),
    ]


def test_rules_may_be_a_file_a_mapping_or_a_record(quiz: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(
        "rules: [{metric: numeric_match, at_least: 0.99}]\n", encoding="utf-8"
    )
    bound = {"rules": [{"metric": "numeric_match", "at_least": 0.5}]}
    record = RuleSet(rules=(Rule(metric="numeric_match", margin=0.5),))
    assert api.gate("good", "good", rules="gate.yaml").verdict == "FAIL"
    assert api.gate("good", "good", rules=tmp_path / "gate.yaml").verdict == "FAIL"
    assert api.gate("good", "good", rules=bound).verdict == "PASS"
    assert api.gate("good", "bad", rules=record).verdict == "PASS"


def test_the_project_s_gate_settings_hold_here_too(quiz: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "steelyard.toml").write_text(
        '[gate]\nallowed_drop = 0.5\non_inconclusive = "fail"\n', encoding="utf-8"
    )
    verdict = api.gate("good", "bad")
    assert (verdict.verdict, verdict.on_inconclusive) == ("PASS", "fail")


def test_a_project_is_opened_by_folder(
    quiz: Steelyard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    with open_project(tmp_path) as project:
        assert project.summary("good").scored == 200
    with open_project(str(tmp_path)) as project:
        assert project.project.folder == tmp_path


def test_a_run_works_inside_a_running_loop(quiz: Steelyard) -> None:
    async def notebook_cell() -> str:
        return api.run("quiz", target="replay:good.jsonl", metrics="numeric_match").status

    assert asyncio.run(notebook_cell()) == "complete"


def test_an_async_function_is_a_target(quiz: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "asked.py").write_text(
        "async def answer(input):\n    return str(int(input.split()[2]) + 1)\n", encoding="utf-8"
    )
    summary = api.run("quiz", target="python:asked:answer", metrics=["numeric_match"])
    assert summary.metrics[0].value == 1.0


def test_mistakes_are_raised_as_errors_of_the_tree(quiz: Steelyard, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no benchmark named 'quizz'"):
        api.run("quizz", target="replay:good.jsonl")
    with pytest.raises(UsageError, match="exact_mach"):
        api.run("quiz", target="replay:good.jsonl", metrics="exact_mach")
    with pytest.raises(NotFoundError, match="nothing"):
        api.compare("good", "nothing")


def test_epochs_and_slices_come_out(steelyard: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "c.jsonl", [{"id": str(n), "input": "x", "expected": "x"} for n in range(20)])
    (tmp_path / "echoing.py").write_text("def answer(input):\n    return input\n", encoding="utf-8")
    assert steelyard("bench", "add", "c", "c.jsonl").code == 0
    summary = api.run("c", target="python:echoing:answer", epochs=3)
    assert (summary.epochs, summary.scored) == (3, 60)
    assert [len(item) for item in summary.passes.values()] == [6]
