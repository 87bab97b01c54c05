from __future__ import annotations

import json
from pathlib import Path

from tests.app.conftest import Steelyard


def _table(path: Path) -> None:
    path.write_text("query,verdict,model one,model two\nhi?,yes,yes,no\nho?,no,no,no\n", encoding="utf-8")


def test_recorded_answers_become_runs_and_can_be_compared(steelyard: Steelyard, tmp_path: Path) -> None:
    _table(tmp_path / "answers.csv")
    answer = steelyard(
        "import", "answers.csv", "--json", "--metric", "exact_match",
        "--map", "input=query", "--map", "expected=verdict",
        "--map", "output:one=model one", "--map", "output:two=model two",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    values = {run["label"]: run["metrics"][0]["value"] for run in answer.json["runs"]}
    assert values == {"one": 1.0, "two": 0.5}
    assert steelyard("compare", "one", "two", "--json").json["metrics"][0]["difference"] == -0.5


def test_a_mapping_is_saved_and_used_again(steelyard: Steelyard, tmp_path: Path) -> None:
    _table(tmp_path / "answers.csv")
    overrides = ("--map", "input=query", "--map", "expected=verdict", "--map", "ignore=model two")
    first = steelyard("import", "answers.csv", "--json", *overrides)
    saved = tmp_path / ".steelyard" / "mappings" / "answers.json"
    assert str(saved) in first.err
    assert json.loads(saved.read_text(encoding="utf-8")) == first.json["mapping"]
    again = steelyard("import", "answers.csv", "--json", "--mapping", str(saved))
    assert again.json["mapping"]["columns"] == first.json["mapping"]["columns"]
    assert again.json["benchmark"]["hash"] == first.json["benchmark"]["hash"]


def test_a_dry_run_stores_nothing(steelyard: Steelyard, tmp_path: Path) -> None:
    _table(tmp_path / "answers.csv")
    assert steelyard("import", "answers.csv", "--dry-run").code == 0
    assert steelyard("bench", "list", "--json").json == {"benchmarks": []}


def test_a_broken_mapping_file_is_named(steelyard: Steelyard, tmp_path: Path) -> None:
    _table(tmp_path / "answers.csv")
    (tmp_path / "m.json").write_text("[]", encoding="utf-8")
    answer = steelyard("import", "answers.csv", "--mapping", "m.json")
    assert answer.code == 2
    assert "m.json" in answer.err.splitlines()[0]
