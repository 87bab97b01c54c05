"""`steelyard doctor` looks and changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard

from steelyard import __version__
from steelyard.metrics.code import check_sandbox


def _states(steelyard: Steelyard, *arguments: str) -> dict[str, str]:
    document = steelyard("doctor", "--json", *arguments).json
    assert document["version"] == __version__
    return {item["name"]: item["state"] for item in document["findings"]}


def test_a_fresh_folder_is_fit_and_stays_empty(steelyard: Steelyard, tmp_path: Path) -> None:
    answer = steelyard("doctor")
    assert answer.code == 0
    assert "steelyard init" in answer.out
    assert list(tmp_path.iterdir()) == []
    assert _states(steelyard)["store"] == "absent"


def test_a_project_is_counted(quiz: Steelyard) -> None:
    answer = quiz("doctor")
    assert answer.code == 0
    assert "1 benchmark versions, 4 runs" in answer.out


def test_keys_are_named_and_never_shown(steelyard: Steelyard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    answer = steelyard("doctor")
    assert "sk-very-secret" not in answer.out + answer.err
    states = _states(steelyard)
    assert (states["OPENAI_API_KEY"], states["ANTHROPIC_API_KEY"]) == ("ok", "absent")


def test_a_store_that_cannot_be_used_is_a_problem(steelyard: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but precious", encoding="utf-8")
    (tmp_path / "steelyard.toml").write_text('[project]\nstore = "sqlite:///notes.txt"\n', encoding="utf-8")
    answer = steelyard("doctor", "--json")
    assert answer.code == 2
    assert {item["name"] for item in answer.json["findings"] if item["state"] == "problem"} == {"store"}
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "not a database, but precious"


def test_the_machine_is_described(steelyard: Steelyard) -> None:
    findings = {item["name"]: item["text"] for item in steelyard("doctor", "--json").json["findings"]}
    assert findings["processors"] == str(os.cpu_count())
    assert "GB free" in findings["disk"]


def test_a_missing_sandbox_is_absent_and_says_what_to_install(
    steelyard: Steelyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_sandbox.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")
    answer = steelyard("doctor", "--json")
    check_sandbox.cache_clear()
    found = {item["name"]: item for item in answer.json["findings"]}["sandbox"]
    assert (answer.code, found["state"]) == (0, "absent")
    assert "apt-get install bubblewrap" in found["text"]
