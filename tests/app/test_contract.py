"""The command contract: exit codes and the JSON keys that pipelines read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

RUN_KEYS = {"run", "status", "benchmark", "counts", "metrics", "slices", "cost_usd", "seconds"}
METRIC_KEYS = {
    "name", "value", "n", "unit", "interval", "level", "method", "missing", "bounds", "estimand", "signature",
}  # fmt: skip
DIFFERENCE_KEYS = {
    "name", "base", "candidate", "difference", "interval", "level", "p_value", "p_adjusted", "method",
    "n_pairs", "n_clusters", "minimum_detectable", "verdict",
}  # fmt: skip


def test_bench_add_says_what_changed(quiz: Steelyard, tmp_path: Path) -> None:
    again = quiz("bench", "add", "quiz", "cases.jsonl", "--json").json
    assert (again["version"], again["added"], again["removed"], again["changed"]) == ("v1", 0, 0, 0)
    write_lines(tmp_path / "more.jsonl", [{"id": "c0", "input": "new?"}, {"id": "z", "input": "hello"}])
    more = quiz("bench", "add", "quiz", "more.jsonl", "--tag", "small", "--json").json
    assert {key: more[key] for key in ("name", "version", "cases", "added", "removed", "changed")} == {
        "name": "quiz", "version": "v2", "cases": 2, "added": 1, "removed": 199, "changed": 1,
    }  # fmt: skip
    listed = quiz("bench", "list", "--json").json["benchmarks"]
    assert [(item["name"], item["version"], item["cases"]) for item in listed] == [("quiz", "v2", 2)]
    for reference in ("quiz@v1", f"quiz@{again['hash'][:8]}"):
        assert quiz("bench", "show", reference, "--json").json["hash"] == again["hash"]
    assert quiz("bench", "show", "quiz@small", "--json").json["version"] == "v2"
    assert len(quiz("bench", "diff", "quiz@v1", "quiz@v2", "--json").json["removed"]) == 199


def test_run_answers_with_every_key(quiz: Steelyard) -> None:
    document = quiz("runs", "show", "good", "--json").json
    assert document.keys() >= RUN_KEYS
    assert document["metrics"][0].keys() >= METRIC_KEYS
    assert document["counts"] == {"scored": 200, "failed": 0, "skipped": 0}
    assert document["metrics"][0]["value"] == pytest.approx(0.95)
    slices = {(row["dimension"], row["value"]): row["estimate"]["value"] for row in document["slices"]}
    assert slices == {("topic", "even"): pytest.approx(0.9), ("topic", "odd"): pytest.approx(1.0)}
    listed = quiz("runs", "list", "--json").json["runs"]
    assert [run["label"] for run in listed] == ["close", "bad", "same", "good"]
    assert listed[0].keys() >= {"run", "benchmark", "target", "status", "started"}


def test_resume_of_a_complete_run_prints_it(quiz: Steelyard) -> None:
    shown = quiz("runs", "show", "good", "--json").json
    resumed = quiz("resume", "good", "--json")
    assert resumed.code == 0
    assert resumed.json == shown


def test_score_adds_a_metric_without_calling(quiz: Steelyard) -> None:
    document = quiz("score", "good", "--metric", "contains", "--json").json
    assert {metric["name"] for metric in document["metrics"]} >= {"numeric_match", "contains"}


def test_compare_lists_differences_slices_and_flips(quiz: Steelyard) -> None:
    document = quiz("compare", "good", "bad", "--json").json
    assert document["metrics"][0].keys() >= DIFFERENCE_KEYS
    assert document["metrics"][0]["verdict"] == "worse"
    assert document["metrics"][0]["difference"] == pytest.approx(-57 / 200)
    assert len(document["flips"]["broken"]) == 63
    assert len(document["flips"]["fixed"]) == 6
    assert {row["value"] for row in document["slices"]} == {"even", "odd"}


def test_compare_ranks_three_runs(quiz: Steelyard) -> None:
    document = quiz("compare", "good", "bad", "close", "--json").json
    ranks = {run["label"]: run["rank"] for run in document["ranking"][0]["runs"]}
    assert ranks == {"good": [1, 2], "close": [1, 2], "bad": [3, 3]}


@pytest.mark.parametrize(
    ("base", "candidate", "code", "verdict"),
    [("good", "same", 0, "PASS"), ("good", "bad", 1, "FAIL"), ("good", "close", 3, "INCONCLUSIVE")],
)
def test_gate_ends_with_the_code_of_its_verdict(
    quiz: Steelyard, tmp_path: Path, base: str, candidate: str, code: int, verdict: str
) -> None:
    files = ("--junit", "g.xml", "--markdown", "g.md", "--html", "g.html")
    answer = quiz("gate", "--base", base, "--candidate", candidate, "--json", *files)
    assert (answer.code, answer.json["verdict"]) == (code, verdict)
    rule = answer.json["rules"][0]
    assert rule.keys() >= {"rule", "verdict", "difference", "interval", "margin", "needs_cases"}
    if verdict == "INCONCLUSIVE":
        assert rule["needs_cases"].keys() == {"expected", "range", "towards"}
    assert all((tmp_path / name).stat().st_size > 100 for name in ("g.xml", "g.md", "g.html"))


def test_inconclusive_can_be_made_to_fail(quiz: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("on_inconclusive: fail\n", encoding="utf-8")
    assert quiz("gate", "--base", "good", "--candidate", "close", "--rules", "gate.yaml").code == 1


def test_text_answers_begin_with_the_answer(quiz: Steelyard) -> None:
    assert quiz("gate", "--base", "good", "--candidate", "bad").out.startswith("FAIL: don't ship.")
    assert quiz("compare", "good", "bad").out.startswith("bad is worse on numeric_match")
    assert "95" in quiz("runs", "show", "good").out.splitlines()[0]


def test_runs_export_can_be_replayed(quiz: Steelyard, tmp_path: Path) -> None:
    assert quiz("runs", "export", "bad", "-o", "out.jsonl").code == 0
    again = quiz("run", "quiz", "--target", "replay:out.jsonl", "--metric", "numeric_match", "--json").json
    assert again["metrics"][0]["value"] == quiz("runs", "show", "bad", "--json").json["metrics"][0]["value"]


def test_a_report_is_one_file(quiz: Steelyard, tmp_path: Path) -> None:
    assert quiz("report", "good", "-o", "run.html").code == 0
    assert quiz("report", "good..bad", "-o", "both.html", "--redact").code == 0
    assert "What is 3 + 1?" in (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "What is 3 + 1?" not in (tmp_path / "both.html").read_text(encoding="utf-8")


def test_a_release_becomes_an_anchor(quiz: Steelyard, tmp_path: Path) -> None:
    assert quiz("release", "good", "--name", "autumn").code == 0
    assert quiz("release", "bad", "--name", "autumn").code == 2
    (tmp_path / "gate.yaml").write_text("anchor: autumn\n", encoding="utf-8")
    answer = quiz("gate", "--base", "bad", "--candidate", "bad", "--rules", "gate.yaml", "--json")
    assert [rule["verdict"] for rule in answer.json["rules"]] == ["PASS", "FAIL"]


def test_releases_are_listed_to_a_limit(quiz: Steelyard) -> None:
    for name in ("one", "two", "three"):
        assert quiz("release", "good", "--name", name).code == 0
    listed = quiz("release", "--limit", "2", "--json").json["releases"]
    assert [item["name"] for item in listed] == ["two", "three"]


def test_power_says_what_can_be_settled(quiz: Steelyard) -> None:
    document = quiz("bench", "power", "quiz", "--json").json
    assert document["settled_drop"] == pytest.approx(2.8016 * 0.1**0.5 / 200**0.5, rel=1e-3)
    text = quiz("bench", "power", "quiz", "--run", "good..close").out
    assert "measured between good and close" in text


def test_help_names_every_verb(steelyard: Steelyard) -> None:
    text = steelyard("--help").out
    for verb in (
        "init",
        "import",
        "doctor",
        "demo",
        "bench",
        "run",
        "resume",
        "score",
        "compare",
        "gate",
        "report",
    ):
        assert f"\n  {verb} " in text


def test_a_target_that_only_fails_says_why(steelyard: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "c.jsonl", [{"id": f"c{n}", "input": "x", "expected": "y"} for n in range(3)])
    (tmp_path / "broken_target.py").write_text(
        "def boom(case):\n    raise ValueError('boom')\n", encoding="utf-8"
    )
    assert steelyard("bench", "add", "c", "c.jsonl").code == 0
    document = steelyard("run", "c", "--target", "python:broken_target:boom", "--json").json
    assert document["counts"] == {"scored": 3, "failed": 0, "skipped": 0}
    assert "3 answers are errors of the target: exception: ValueError: boom" in document["notes"]
    assert steelyard("gate", "--base", "latest", "--candidate", "latest").code == 3


def test_a_metric_that_only_fails_says_why(steelyard: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "c.jsonl", [{"id": f"c{n}", "input": "x", "expected": "y"} for n in range(3)])
    write_lines(tmp_path / "o.jsonl", [{"id": f"c{n}", "output": "y"} for n in range(3)])
    assert steelyard("bench", "add", "c", "c.jsonl").code == 0
    document = steelyard("run", "c", "--target", "replay:o.jsonl", "--metric", "tool_calls", "--json").json
    assert document["counts"] == {"scored": 0, "failed": 3, "skipped": 0}
    said = "tool_calls: scoring failed: the expectation is not a list of calls with names"
    assert said in document["notes"]
