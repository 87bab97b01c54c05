"""`steelyard init` writes a project file, with an allowed drop that its benchmark settles."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.app.conftest import Steelyard, write_lines

from steelyard.app._project import load_project
from steelyard.stats import binary_spread, proposed_drop

PROMPTFOO = {
    "prompts": ["Answer: {{question}}"],
    "providers": ["echo"],
    "tests": [
        {"vars": {"question": f"What is {n} + 1?"}, "assert": [{"type": "equals", "value": str(n + 1)}]}
        for n in range(30)
    ],
}


def test_an_empty_folder_gets_a_project_with_defaults(steelyard: Steelyard, tmp_path: Path) -> None:
    answer = steelyard("init")
    assert answer.code == 0
    assert "Next: steelyard import FILE" in answer.out
    project = load_project(tmp_path / "steelyard.toml")
    assert (project.name, project.gate.allowed_drop) == (tmp_path.name, 0.02)
    assert (tmp_path / ".steelyard" / "steelyard.db").is_file()
    assert steelyard("doctor").code == 0


def test_a_project_that_is_there_stays(steelyard: Steelyard, tmp_path: Path) -> None:
    assert steelyard("init").code == 0
    before = (tmp_path / "steelyard.toml").read_bytes()
    answer = steelyard("init")
    assert answer.code == 2
    assert "there is a project already" in answer.err.splitlines()[0]
    assert (tmp_path / "steelyard.toml").read_bytes() == before


@pytest.mark.parametrize(
    "name", ['a "quoted" name', "back\\slash", "Tiếng Việt 😀", "[table]", "line\nbreak"]
)
def test_any_folder_name_makes_a_readable_file(steelyard: Steelyard, tmp_path: Path, name: str) -> None:
    assert steelyard("init", name).code == 0
    assert load_project(tmp_path / name / "steelyard.toml").name == name.replace("\n", "")


def test_the_allowed_drop_is_one_that_the_cases_settle(steelyard: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "c.jsonl", [{"id": str(n), "input": f"q{n}", "expected": "x"} for n in range(150)])
    answer = steelyard("init", "--from", "c.jsonl", "--json")
    assert answer.json["benchmark"]["cases"] == 150
    project = load_project(tmp_path / "steelyard.toml")
    assert project.gate.allowed_drop == proposed_drop(150, binary_spread())
    power = steelyard("bench", "power", "c", "--json").json
    assert (power["allowed_drop"], power["proposed_drop"]) == (project.gate.allowed_drop,) * 2
    assert power["pass_if_unchanged"] >= 0.8


def test_cases_of_one_group_settle_no_more_than_one_case(steelyard: Steelyard, tmp_path: Path) -> None:
    rows = [{"id": str(n), "input": f"q{n}", "expected": "x", "group": f"g{n // 5}"} for n in range(150)]
    write_lines(tmp_path / "c.jsonl", rows)
    assert steelyard("init", "--from", "c.jsonl").code == 0
    drop = load_project(tmp_path / "steelyard.toml").gate.allowed_drop
    assert drop == proposed_drop(30, binary_spread())
    assert "30 independent cases" in (tmp_path / "steelyard.toml").read_text(encoding="utf-8")


def test_recorded_answers_are_runs_at_once(steelyard: Steelyard, tmp_path: Path) -> None:
    lines = ["id,input,expected,output:v1,output:v2", *(f"{n},q{n},yes,yes,no" for n in range(40))]
    (tmp_path / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    answer = steelyard("init", "--from", "answers.csv")
    assert answer.code == 0, answer.err
    command = answer.out.splitlines()[-1].removeprefix("Next: steelyard ")
    assert steelyard(*command.split()).code == 0


def test_a_broken_file_leaves_no_project(steelyard: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text('{"id": "a"\n', encoding="utf-8")
    answer = steelyard("init", "--from", "c.jsonl")
    assert answer.code == 2
    assert "c.jsonl" in answer.err.splitlines()[0]
    assert not (tmp_path / "steelyard.toml").exists()


def test_a_promptfoo_configuration_is_offered_by_name(steelyard: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "promptfooconfig.yaml").write_text(yaml.safe_dump(PROMPTFOO), encoding="utf-8")
    answer = steelyard("init")
    assert answer.code == 0
    assert "steelyard import promptfooconfig.yaml" in answer.err
    assert load_project(tmp_path / "steelyard.toml").gate.allowed_drop == 0.02


def test_a_promptfoo_configuration_is_imported_when_named(steelyard: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "promptfooconfig.yaml").write_text(yaml.safe_dump(PROMPTFOO), encoding="utf-8")
    answer = steelyard("init", "--from", "promptfooconfig.yaml", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["benchmark"]["cases"] == 30
    assert load_project(tmp_path / "steelyard.toml").gate.allowed_drop == proposed_drop(30, binary_spread())


def test_the_folder_can_be_named_as_in_other_commands(steelyard: Steelyard, tmp_path: Path) -> None:
    assert steelyard("init", "--project", "team").code == 0
    assert (tmp_path / "team" / "steelyard.toml").is_file()
    assert steelyard("runs", "list", "--project", "team").code == 0
