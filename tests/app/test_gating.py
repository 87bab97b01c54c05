"""Where a gate's rules come from: an option, a rules file, the project, the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

from steelyard.app._gating import gate_rules
from steelyard.app._project import find_project
from steelyard.core import ConfigError

SETTINGS = """\
[gate]
allowed_drop = 0.03
on_inconclusive = "fail"
max_missing = 0.1
anchor = "autumn"
"""


def _project(folder: Path, *, settings: str = SETTINGS, rules: str | None = None) -> None:
    (folder / "steelyard.toml").write_text(settings, encoding="utf-8")
    if rules is not None:
        (folder / "gate.yaml").write_text(rules, encoding="utf-8")


def test_the_project_s_settings_are_the_rules(tmp_path: Path) -> None:
    _project(tmp_path)
    rules = gate_rules(find_project(tmp_path))
    assert (rules.rules, rules.allowed_drop, rules.on_inconclusive) == ((), 0.03, "fail")
    assert (rules.max_missing, rules.anchor) == (0.1, "autumn")
    assert gate_rules(find_project(tmp_path), allowed_drop=0.2).allowed_drop == 0.2


def test_a_rules_file_keeps_what_it_does_not_say(tmp_path: Path) -> None:
    text = "rules:\n  - metric: m\n  - {metric: n, margin: 0.5}\nmax_missing: 0.2\n"
    _project(tmp_path, rules=text)
    rules = gate_rules(find_project(tmp_path), file=tmp_path / "gate.yaml")
    assert [rule.margin for rule in rules.rules] == [0.03, 0.5]
    assert (rules.on_inconclusive, rules.max_missing, rules.anchor) == ("fail", 0.2, "autumn")


def test_the_project_s_rules_file_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _project(tmp_path, settings='[gate]\nrules = "gate.yaml"\n', rules="rules: [{metric: m}]\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert [rule.metric for rule in gate_rules(find_project(None)).rules] == ["m"]


def test_an_option_stands_before_the_file_s_default_and_after_a_rule_s_margin(tmp_path: Path) -> None:
    text = "allowed_drop: 0.05\nrules:\n  - metric: m\n  - {metric: n, margin: 0.5}\n"
    _project(tmp_path, rules=text)
    project = find_project(tmp_path)
    file = tmp_path / "gate.yaml"
    assert [rule.margin for rule in gate_rules(project, file=file).rules] == [0.05, 0.5]
    assert [rule.margin for rule in gate_rules(project, file=file, allowed_drop=0.1).rules] == [0.1, 0.5]


def test_a_rules_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    _project(tmp_path, settings='[gate]\nrules = "none.yaml"\n')
    with pytest.raises(ConfigError, match=r"none\.yaml: there is no such rules file"):
        gate_rules(find_project(tmp_path))


def test_the_command_respects_the_project(quiz: Steelyard, tmp_path: Path) -> None:
    gate = ("gate", "--base", "good", "--candidate", "close")
    assert quiz(*gate).code == 3
    _project(
        tmp_path, settings='[gate]\non_inconclusive = "fail"\n', rules="rules: [{metric: numeric_match}]\n"
    )
    assert quiz(*gate).code == 1
    assert quiz(*gate, "--rules", "gate.yaml").code == 1
    _project(tmp_path, settings='[gate]\nanchor = "spring"\n')
    answer = quiz(*gate)
    assert answer.code == 2
    assert "no release named 'spring'" in answer.err.splitlines()[0]


def test_the_worst_answers_stand_beside_a_bound(quiz: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(
        "rules:\n  - {metric: numeric_match, at_least: 0.9}\n", encoding="utf-8"
    )
    answer = quiz(
        "gate", "--base", "good", "--candidate", "bad", "--rules", "gate.yaml",
        "--markdown", "c.md", "--html", "c.html",
    )  # fmt: skip
    assert answer.code == 1
    markdown = (tmp_path / "c.md").read_text(encoding="utf-8")
    assert "<summary>20 worst answers of the new version</summary>" in markdown
    assert '"kind":"worst"' in (tmp_path / "c.html").read_text(encoding="utf-8").replace(" ", "")


def test_a_metric_that_found_nothing_to_compare_with_says_so(steelyard: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "cases.jsonl", [{"id": f"c{n}", "input": "q"} for n in range(10)])
    write_lines(tmp_path / "o.jsonl", [{"id": f"c{n}", "output": "a"} for n in range(10)])
    assert steelyard("bench", "add", "bare", "cases.jsonl").code == 0
    assert steelyard("run", "bare", "--target", "replay:o.jsonl", "--label", "r").code == 0
    answer = steelyard("gate", "--base", "r", "--candidate", "r")
    assert answer.code == 2
    assert "exact_match was skipped on all 10 samples" in answer.err
    assert "'expected'" in answer.err
    assert "same benchmark version" not in answer.err


def test_an_unknown_metric_is_answered_with_names_to_type(quiz: Steelyard) -> None:
    answer = quiz("score", "good", "--metric", "exct_match")
    assert answer.code == 2
    assert "Did you mean exact_match" in answer.err
    assert "numeric_match" in answer.err
    assert "steelyard.metrics" not in answer.err
