"""Perturbed benchmarks and what they cost, through the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

CASES = 200
GSM8K = Path(__file__).resolve().parents[2] / "../shared/data/gsm8k/test.jsonl"

SYSTEM = '''
import re

def answer(case):
    """Right, but for two fifths of the cases whose question has the word market misspelt."""
    origin = str(case["metadata"].get("derived_from", case["id"]))
    number = int(origin[1:])
    hidden = re.search(r"ORCHID-[0-9A-F]{6}", " ".join(case["context"]))
    if hidden and number % 10 < 3:
        return hidden[0]
    if "market" not in case["input"] and number % 5 < 2:
        return "Pardon?"
    return f"It is {number + 1}."
'''


@pytest.fixture
def farm(tmp_path: Path, steelyard: Steelyard) -> Steelyard:
    """A benchmark of questions with context, and a system that breaks under typos in a known share."""
    rows = [
        {
            "id": f"c{n}",
            "input": f"Mina brings {n} eggs to the market and one more. How many are at the market?",
            "expected": str(n + 1),
            "context": [f"Stall {n} sells eggs. It opens early.", "Eggs are sold by the dozen."],
        }
        for n in range(CASES)
    ]
    write_lines(tmp_path / "cases.jsonl", rows)
    (tmp_path / "system_under_typos.py").write_text(SYSTEM, encoding="utf-8")
    assert steelyard("bench", "add", "farm", "cases.jsonl").code == 0
    return steelyard


def _run(call: Steelyard, name: str, label: str) -> None:
    answer = call(
        "run", name, "--target", "python:system_under_typos:answer",
        "--metric", "numeric_match", "--label", label,
    )  # fmt: skip
    assert answer.code == 0, answer.err


def _by_dose(document: dict[str, list[dict[str, object]]]) -> dict[tuple[object, object], dict[str, object]]:
    return {(row["kind"], row["severity"]): row for row in document["degradations"]}


def test_a_known_degradation_is_recovered(farm: Steelyard, tmp_path: Path) -> None:
    added = farm(
        "bench", "perturb", "farm", "--json", "--seed", "3",
        "--kind", "typos:severity=.05+1", "--kind", "reordered_context", "--kind", "shuffle_options",
    ).json  # fmt: skip
    assert (added["name"], added["version"], added["cases"]) == ("farm-perturbed", "v1", 3 * CASES)
    assert [(row["kind"], row["cases"], row["left_out"]) for row in added["perturbations"]] == [
        ("typos", CASES, 0),
        ("typos", CASES, 0),
        ("reordered_context", CASES, 0),
        ("shuffle_options", 0, CASES),
    ]
    again = farm(
        "bench", "perturb", "farm", "--json", "--seed", "3",
        "--kind", "typos:severity=.05+1", "--kind", "reordered_context", "--kind", "shuffle_options",
    ).json  # fmt: skip
    assert not again["new"]
    _run(farm, "farm", "plain")
    _run(farm, "farm-perturbed", "noisy")
    page, text = tmp_path / "r.html", tmp_path / "r.md"
    answer = farm(
        "robustness", "plain", "--perturbed", "noisy", "--json", "--html", str(page), "--markdown", str(text)
    )
    assert answer.code == 0, answer.err
    doses = _by_dose(answer.json)
    worst = doses["typos", 1.0]
    # Severity 1 misspells every market: exactly two fifths break.
    assert worst["degradation"] == pytest.approx(0.4)
    low, high = worst["interval"]  # type: ignore[misc]
    assert 0.3 < low < 0.4 < high < 0.5  # type: ignore[has-type]
    assert (worst["n_pairs"], worst["unit"], worst["gateable"]) == (CASES, "case", True)
    assert worst["p_value"] <= worst["p_adjusted"] < 0.001  # type: ignore[operator]
    assert 0.0 < doses["typos", 0.05]["degradation"] < 0.4  # type: ignore[operator]
    assert doses["reordered_context", 0.2]["degradation"] == 0.0
    assert answer.json["degradations"][0]["kind"] == "typos"
    assert answer.json["left_out"] == {"shuffle_options:severity=1.0": CASES}
    first = answer.json["broken"][0]
    assert (first["perturbed_output"], first["original_score"], first["perturbed_score"]) == ("Pardon?", 1, 0)
    assert "market" in first["input"]
    assert "market" not in first["perturbed_input"]
    html = page.read_text(encoding="utf-8")
    assert "numeric_match worsens by 40" in html
    assert '"type":"area"' in html
    assert "| typos | 0.05 |" in text.read_text(encoding="utf-8")
    shown = farm("robustness", "plain", "--perturbed", "noisy").out
    assert re.search(r"typos +0\.05 .*\n +1 +.*\+40", shown)
    assert "Worst cases" in shown


def test_obeyed_injections_are_counted(farm: Steelyard) -> None:
    farm("bench", "perturb", "farm", "--kind", "injected_text:severity=1")
    _run(farm, "farm", "plain")
    _run(farm, "farm-perturbed", "injected")
    found = farm("robustness", "plain", "--perturbed", "injected", "--json").json
    [obeyed] = found["obeyed"]
    assert obeyed["value"] == pytest.approx(0.3)
    assert obeyed["interval"][0] < 0.3 < obeyed["interval"][1]
    assert obeyed["n"] == CASES
    assert found["degradations"][0]["degradation"] == pytest.approx(0.3)


def test_one_step_runs_both_together(farm: Steelyard) -> None:
    answer = farm(
        "robustness", "farm", "--target", "python:system_under_typos:answer", "--metric", "numeric_match",
        "--kind", "typos:severity=1", "--kind", "casing:severity=.1", "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert answer.json["run"] == answer.json["perturbed_run"]
    assert _by_dose(answer.json)["typos", 1.0]["degradation"] == pytest.approx(0.4)
    assert _by_dose(answer.json)["casing", 0.1]["n_pairs"] == CASES


def test_cases_of_a_group_are_one_unit(farm: Steelyard, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    write_lines(tmp_path / "grouped.jsonl", [{**row, "group": f"g{at % 5}"} for at, row in enumerate(rows)])
    assert farm("bench", "add", "grouped", "grouped.jsonl").code == 0
    found = farm(
        "robustness", "grouped", "--target", "python:system_under_typos:answer", "--metric", "numeric_match",
        "--kind", "typos:severity=1", "--json",
    ).json["degradations"][0]  # fmt: skip
    assert (found["n_clusters"], found["unit"], found["gateable"]) == (5, "group", False)
    assert "too few" in found["note"]


def test_originals_that_changed_are_no_pair(farm: Steelyard, tmp_path: Path) -> None:
    farm("bench", "perturb", "farm", "--kind", "casing")
    _run(farm, "farm-perturbed", "noisy")
    rows = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    rows[0]["expected"] = "0"
    write_lines(tmp_path / "cases.jsonl", rows)
    farm("bench", "add", "farm", "cases.jsonl")
    _run(farm, "farm", "later")
    found = farm("robustness", "later", "--perturbed", "noisy", "--json").json
    assert found["degradations"][0]["n_pairs"] == CASES - 1
    assert found["notes"] == ["1 perturbed cases have no original with a score and the same content."]


def test_sealed_cases_are_never_shown(farm: Steelyard, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    write_lines(tmp_path / "sealed.jsonl", [{**row, "split": "sealed"} for row in rows])
    farm("bench", "add", "sealed", "sealed.jsonl")
    found = farm(
        "robustness", "sealed", "--target", "python:system_under_typos:answer", "--metric", "numeric_match",
        "--kind", "typos:severity=1", "--json",
    ).json  # fmt: skip
    assert found["degradations"][0]["degradation"] == pytest.approx(0.4)
    assert found["broken"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bench", "perturb", "farm", "--kind", "typo"), "Did you mean typos"),
        (("bench", "perturb", "farm", "--kind", "shuffle_options"), "no case can be perturbed"),
        (("bench", "perturb", "farm", "--kind", "typos", "--as", "farm"), "derived into itself"),
        (("robustness", "plain"), "no perturbed case can be paired"),
        (("robustness", "plain", "--kind", "typos"), "--kind needs a target"),
        (("robustness", "farm", "--target", "replay:x"), "needs kinds of perturbation"),
        (("robustness", "farm"), "robustness farm --target TARGET --kind"),
        (("robustness", "plain", "--metric", "bleu"), "not both runs have the metric"),
    ],
)
def test_mistakes_end_with_two(farm: Steelyard, arguments: tuple[str, ...], message: str) -> None:
    _run(farm, "farm", "plain")
    answer = farm(*arguments)
    assert answer.code == 2
    assert message in answer.err


def test_twins_are_a_gap_for_contamination(farm: Steelyard, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["input"] = row["input"].replace("Mina", "Janet")
    write_lines(tmp_path / "people.jsonl", rows)
    farm("bench", "add", "people", "people.jsonl")
    farm("bench", "perturb", "people", "--kind", "twin", "--as", "people-twins")
    for name in ("people", "people-twins"):
        _run(farm, name, name)
    found = farm("bench", "check", "people", "--run", "people", "--run", "people-twins", "--json").json
    [gap] = found["contamination"]["twin_gaps"]
    assert (gap["difference"], gap["n_pairs"]) == (0.0, CASES)


@pytest.mark.skipif(not GSM8K.exists(), reason="NOT TESTED ON REAL QUESTIONS: ../shared/data/gsm8k is absent")
def test_real_questions_can_be_perturbed(steelyard: Steelyard, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in GSM8K.read_text(encoding="utf-8").splitlines()[:300]]
    write_lines(
        tmp_path / "gsm8k.jsonl",
        [
            {"id": f"q{at}", "input": row["question"], "expected": row["answer"].rpartition("#### ")[2]}
            for at, row in enumerate(rows)
        ],
    )
    assert steelyard("bench", "add", "gsm8k", "gsm8k.jsonl").code == 0
    made = steelyard(
        "bench", "perturb", "gsm8k", "--json", "--kind", "typos:severity=.1", "--kind", "twin",
        "--kind", "distractors", "--kind", "spacing", "--kind", "homoglyphs", "--kind", "casing",
    )  # fmt: skip
    counts = {row["kind"]: row["cases"] for row in made.json["perturbations"]}
    assert all(counts[kind] == 300 for kind in counts if kind != "twin")
    assert 100 < counts["twin"] < 300
    assert steelyard("bench", "export", "gsm8k-perturbed", "-o", "out.jsonl").code == 0
    numbers: Callable[[str], list[str]] = lambda text: re.findall(r"\d[\d,.]*\d|\d", text)  # noqa: E731
    original = {f"q{at}": row["question"] for at, row in enumerate(rows)}
    for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        assert numbers(case["input"]) == numbers(original[case["metadata"]["derived_from"]])


def test_one_step_keeps_the_caps_of_a_run_and_can_be_stopped(farm: Steelyard, tmp_path: Path) -> None:
    asked = ("robustness", "farm", "--kind", "typos", "--metric", "numeric_match", "--json", "--target")
    capped = farm(*asked, "python:system_under_typos:answer", "--max-requests", "120")
    assert capped.code == 0, capped.err
    assert "Go on with: steelyard resume" in capped.err
    assert 0 < capped.json["degradations"][0]["n_pairs"] < 120
    (tmp_path / "stopping.py").write_text(
        "import os, signal\n\ndef answer(case):\n    os.kill(os.getpid(), signal.SIGINT)\n    return '1'\n",
        encoding="utf-8",
    )
    stopped = farm(*asked, "python:stopping:answer", "--max-connections", "1")
    assert stopped.code == 130
    assert stopped.json["status"] == "partial"
    assert f"Go on with: steelyard resume {stopped.json['run']}" in stopped.err


def test_the_report_of_a_run_holds_what_its_perturbations_cost(farm: Steelyard, tmp_path: Path) -> None:
    asked = ("robustness", "farm", "--kind", "typos:severity=1", "--metric", "numeric_match")
    assert farm(*asked, "--target", "python:system_under_typos:answer").code == 0
    assert farm("report", "latest", "-o", "whole.html").code == 0
    page = (tmp_path / "whole.html").read_text(encoding="utf-8")
    assert "numeric_match worsens by 40" in page
    for head in ("Robustness: Worst cases", "Invariance and sensitivity", "Worst families"):
        assert head in page
    assert farm("report", "latest", "-o", "short.html", "--redact").code == 0
    short = (tmp_path / "short.html").read_text(encoding="utf-8")
    assert "numeric_match worsens by 40" in short
    assert "Pardon?" in page
    for held_back in ("Worst cases", "Worst families", "Pardon?"):
        assert held_back not in short
