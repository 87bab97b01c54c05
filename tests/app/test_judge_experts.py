"""A model judge, from nobody's word to the experts', and back when the judge changes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines
from tests.metrics.judge.conftest import JudgeServer, Prompt, Script, data_of, judge_server, verdict

__all__ = ["judge_server"]

CASES = 60
RUBRIC = """name: kind
criteria:
  - name: tone
    question: Is the answer kind?
    anchors: {{0: {low}, 1: through and through}}
"""


def kind(messages: Prompt) -> str:
    return verdict(messages, points=1 if "friend" in data_of(messages) else 0)


@pytest.fixture
def judged(steelyard: Steelyard, tmp_path: Path, judge_server: Callable[[Script], JudgeServer]) -> Steelyard:
    server = judge_server(kind)
    (tmp_path / "rubric.yaml").write_text(RUBRIC.format(low="not at all"), encoding="utf-8")
    (tmp_path / "steelyard.toml").write_text(
        f'[judges.tone]\nuri = "openai:mock?base_url={server.url}"\nrubric = "rubric.yaml"\n',
        encoding="utf-8",
    )
    write_lines(tmp_path / "cases.jsonl", [{"id": f"c{n}", "input": f"Question {n}?"} for n in range(CASES)])
    assert steelyard("bench", "add", "chat", "cases.jsonl").code == 0
    for name, every in (("warm", 3), ("cold", 2)):
        rows = [
            {"id": f"c{n}", "output": f"Dear friend, {n}" if n % every else f"Well then, {n}"}
            for n in range(CASES)
        ]
        write_lines(tmp_path / f"{name}.jsonl", rows)
        run = ("run", "chat", "--target", f"replay:{name}.jsonl", "--label", name, "--metric", "judge:tone")
        assert steelyard(*run).code == 0
    return steelyard


def label(tmp_path: Path, steelyard: Steelyard, run: str) -> None:
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("item", "rater", "criterion", "value"))
        writer.writerows((f"c{n}", "ann", "tone", int(n % 3 != 0 and n % 7 != 0)) for n in range(40))
    call = ("study", "import", "r.csv", "--name", f"s-{run}", "--run", run, "--rubric", "rubric.yaml")
    assert steelyard(*call).code == 0
    assert steelyard("study", "calibrate", run, "--study", f"s-{run}").code == 0


def test_a_judge_that_nobody_held_against_experts_is_flagged_and_decides_nothing(judged: Steelyard) -> None:
    (shown,) = judged("runs", "show", "warm", "--json").json["metrics"]
    assert shown["gateable"] is False
    assert shown["judge"]["calibration"]["status"] == "none"
    assert shown["note"].startswith("judge only – not held against experts")
    answer = judged("gate", "--base", "warm", "--candidate", "cold", "--json")
    assert (answer.code, answer.json["verdict"]) == (3, "INCONCLUSIVE")
    (rule,) = answer.json["rules"]
    assert rule["reason"] == "judge-not-held"
    assert "steelyard study calibrate" in rule["text"]
    text = judged("gate", "--base", "warm", "--candidate", "cold").out
    assert "hold the judge against experts first" in " ".join(text.split())


def test_what_nobody_changed_passes_without_experts(judged: Steelyard) -> None:
    answer = judged("gate", "--base", "warm", "--candidate", "warm", "--json")
    assert (answer.code, answer.json["rules"][0]["reason"]) == (0, "unchanged")


def test_another_rubric_ends_what_experts_said_of_the_judge(judged: Steelyard, tmp_path: Path) -> None:
    label(tmp_path, judged, "warm")
    (shown,) = judged("runs", "show", "warm", "--json").json["metrics"]
    assert (shown["judge"]["calibration"]["status"], shown["judge"]["labels"]) == ("valid", 40)
    (tmp_path / "rubric.yaml").write_text(RUBRIC.format(low="hardly"), encoding="utf-8")
    for name in ("warm", "cold"):
        assert judged("score", name, "--metric", "judge:tone").code == 0
    (shown,) = judged("runs", "show", "warm", "--json").json["metrics"]
    assert shown["judge"]["calibration"]["status"] == "expired"
    assert "its rubric has changed" in shown["note"]
    answer = judged("gate", "--base", "warm", "--candidate", "cold", "--json")
    assert (answer.code, answer.json["rules"][0]["reason"]) == (3, "calibration-expired")
    assert "its rubric has changed" in answer.json["rules"][0]["text"]
    assert judged("study", "calibrate", "warm", "--study", "s-warm").code == 0
    (shown,) = judged("runs", "show", "warm", "--json").json["metrics"]
    assert shown["judge"]["calibration"]["status"] == "valid"
