"""Recorded outputs that do not fit their benchmark are said to, and never read as something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines


@pytest.fixture
def five(steelyard: Steelyard, tmp_path: Path) -> Steelyard:
    """A benchmark `five` of the cases q0 to q4."""
    write_lines(tmp_path / "cases.jsonl", [{"id": f"q{n}", "input": "x", "expected": "x"} for n in range(5)])
    assert steelyard("bench", "add", "five", "cases.jsonl").code == 0
    return steelyard


def _outputs(*ids: str) -> list[dict[str, object]]:
    return [{"id": case_id, "output": "x"} for case_id in ids]


def test_ids_that_repeat_unevenly_are_named_with_their_counts(five: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "o.jsonl", _outputs("q0", "q1", "q0", "q2", "q3", "q0", "q4", "q1"))
    answer = five("run", "five", "--target", "replay:o.jsonl", "--json")
    assert answer.code == 0
    warning = next(line for line in answer.err.splitlines() if line.startswith("warning: "))
    assert "'q0' 3 times, 'q1' 2 times, while 3 ids are there once" in warning
    assert "epochs 1 to 3" in warning
    assert warning.removeprefix("warning: ") in answer.json["notes"]
    shown = five("runs", "show", "latest", "--json").json
    assert warning.removeprefix("warning: ") in shown["notes"]


def test_even_repeats_and_stated_epochs_are_no_reason_to_warn(five: Steelyard, tmp_path: Path) -> None:
    ids = [f"q{n}" for n in range(5)]
    write_lines(tmp_path / "even.jsonl", _outputs(*ids, *ids))
    stated = [{"id": case_id, "output": "x", "epoch": 1} for case_id in ids]
    write_lines(tmp_path / "stated.jsonl", [*stated, {"id": "q0", "output": "x", "epoch": 2}])
    for name in ("even", "stated"):
        answer = five("run", "five", "--target", f"replay:{name}.jsonl", "--json")
        assert answer.json["epochs"] == 2
        assert "warning" not in answer.err


def test_a_case_given_twice_in_one_epoch_is_refused(five: Steelyard, tmp_path: Path) -> None:
    row = {"id": "q0", "output": "x", "epoch": 1}
    write_lines(tmp_path / "o.jsonl", [row, row])
    answer = five("run", "five", "--target", "replay:o.jsonl")
    assert answer.code == 2
    assert "line 2: epoch: case q0 has epoch 1 on line 1 already" in answer.err.splitlines()[0]


def test_ids_that_no_case_has_are_counted_and_named(five: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "o.jsonl", _outputs("q0", "old-1", "old-2", "q1", "old-3", "old-4"))
    answer = five("run", "five", "--target", "replay:o.jsonl", "--json")
    assert answer.code == 0
    said = "4 of 6 recorded ids belong to no case of the benchmark and were not read: "
    said += "'old-1', 'old-2', 'old-3' and 1 more."
    assert f"warning: {said}" in answer.err
    assert said in answer.json["notes"]


def test_a_recording_of_other_cases_is_refused_with_both_sides_ids(five: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "o.jsonl", _outputs("case-0", "case-1"))
    answer = five("run", "five", "--target", "replay:o.jsonl", "--json")
    assert answer.code == 2
    first = answer.err.splitlines()[0]
    assert "no recorded id is the id of a case of this benchmark" in first
    assert "'case-0', 'case-1'" in first
    assert "'q0', 'q1', 'q2'" in first
    assert five("runs", "list", "--json").json["runs"] == []


def test_a_slice_is_no_reason_to_call_the_other_cases_strange(steelyard: Steelyard, tmp_path: Path) -> None:
    rows = [{"id": f"q{n}", "input": "x", "expected": "x", "slices": {"t": str(n % 2)}} for n in range(4)]
    write_lines(tmp_path / "cases.jsonl", rows)
    assert steelyard("bench", "add", "four", "cases.jsonl").code == 0
    write_lines(tmp_path / "o.jsonl", _outputs("q0", "q1", "q2", "q3"))
    answer = steelyard("run", "four", "--target", "replay:o.jsonl", "--slice", "t=1", "--json")
    assert answer.code == 0
    assert "warning" not in answer.err


def test_a_folder_is_called_a_folder(five: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    answer = five("run", "five", "--target", "replay:outputs")
    assert answer.code == 2
    assert "outputs: is a folder, and recorded outputs are one file" in answer.err.splitlines()[0]
