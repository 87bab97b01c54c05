"""Judges from the project file to the run's JSON, through the program."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Answer, Steelyard, write_lines
from tests.metrics.judge.conftest import JudgeServer, Prompt, Script, data_of, judge_server, verdict

from steelyard.store import open_store

__all__ = ["judge_server"]

ARENA = Path(__file__).resolve().parents[3] / "shared" / "data" / "arena_hard"
PRICE = "price = {input = 1.0, output = 2.0}"
RUBRIC = """name: kind
criteria:
  - name: tone
    question: Is the answer kind?
    anchors: {1: not at all, 2: half, 3: through and through}
"""


def kind(messages: Prompt) -> str:
    """Three points for a friendly answer; two identical answers are a tie, else the friendly one wins."""
    if '"A" | "B"' in messages[1]["content"]:
        first, second = (data_of(messages, f"answer {letter}") for letter in "AB")
        return verdict(messages, better="tie" if first == second else "A" if "friend" in first else "B")
    return verdict(messages, points=3 if "friend" in data_of(messages) else 1)


@pytest.fixture
def judged(
    steelyard: Steelyard, tmp_path: Path, judge_server: Callable[[Script], JudgeServer]
) -> tuple[Steelyard, JudgeServer]:
    server = judge_server(kind)
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "steelyard.toml").write_text(
        f"""[targets.model]
uri = "openai:mock?base_url={server.url}"
system = "file:absent.md"
temperature = 1.5
{PRICE}
[judges.tone]
target = "model"
rubric = "rubric.yaml"
[judges.pair]
target = "model"
rubric = "rubric.yaml"
mode = "pairwise"
[judges.panel]
rubric = "rubric.yaml"
panel = ["tone", "other"]
[judges.other]
uri = "openai:other?base_url={server.url}"
rubric = "rubric.yaml"
{PRICE}
""",
        encoding="utf-8",
    )
    rows = [{"id": f"c{n}", "input": f"Question {n}?", "expected": "x"} for n in range(12)]
    write_lines(tmp_path / "cases.jsonl", rows)
    for name, every in (("warm", 1), ("cold", 3)):
        write_lines(
            tmp_path / f"{name}.jsonl",
            [
                {"id": f"c{n}", "output": f"Dear friend, {n}" if n % every == 0 else f"{n}.", "cost_usd": 0.5}
                for n in range(12)
            ],
        )
    assert steelyard("bench", "add", "chat", "cases.jsonl").code == 0
    return steelyard, server


def run(steelyard: Steelyard, name: str, *options: str) -> Answer:
    return steelyard("run", "chat", "--target", f"replay:{name}.jsonl", "--label", name, "--json", *options)


def test_a_run_is_judged_and_its_judge_paid_apart(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, server = judged
    done = run(steelyard, "cold", "--metric", "judge:tone", "--metric", "exact_match")
    assert done.code == 0, done.err
    metric = done.json["metrics"][0]
    assert metric["name"] == "judge:tone"
    assert metric["value"] == pytest.approx((4 * 3 + 8 * 1) / 12)
    assert metric["measure"] == "points"
    assert done.json["cost_usd"] == pytest.approx(6.0)
    assert done.json["evaluation_cost_usd"] == pytest.approx(12 * 0.0012)
    body = server.bodies[0]
    assert body["temperature"] == 0
    assert body["response_format"]["json_schema"]["schema"]["properties"]["points"] == {"enum": [1, 2, 3]}
    assert body["messages"][0]["content"].startswith("You are a careful evaluator")


def test_judges_can_be_named_without_a_table(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, _ = judged
    done = run(steelyard, "warm", "--metric", "judge:completeness:target=model,samples=2")
    assert done.code == 0, done.err
    assert done.json["metrics"][0]["name"] == "judge:completeness:target=model,samples=2"
    assert done.json["metrics"][0]["n"] == 12


def test_a_pair_is_judged_against_a_stored_run(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, server = judged
    assert run(steelyard, "cold").code == 0
    assert run(steelyard, "warm").code == 0
    done = steelyard("score", "warm", "--metric", "judge:pair:against=cold", "--json")
    assert done.code == 0, done.err
    value = {metric["name"]: metric["value"] for metric in done.json["metrics"]}["judge:pair:against=cold"]
    assert value == pytest.approx((4 * 0.5 + 8) / 12)
    assert len(server.bodies) == 24
    assert any(
        "0.0 % (0.0 to 24.2 %) of 12 pairs changed their verdict" in note for note in done.json["notes"]
    )


def test_a_panel_says_how_far_it_agrees(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, _ = judged
    done = run(steelyard, "cold", "--metric", "judge:panel")
    assert done.code == 0, done.err
    said = next(note for note in done.json["notes"] if "two of its judges" in note)
    assert "the same points on 'tone' in 100 (" in said
    assert "Krippendorff's α is 1.00" in said


def test_failed_verdicts_are_told_and_asked_for_again(
    judged: tuple[Steelyard, JudgeServer],
) -> None:
    steelyard, server = judged
    broken: Script = lambda m: "no idea" if data_of(m).startswith("Dear") else kind(m)  # noqa: E731
    server.script = broken
    done = run(steelyard, "cold", "--metric", "judge:tone")
    assert done.code == 0, done.err
    assert done.json["counts"] == {"scored": 8, "failed": 4, "skipped": 0}
    assert done.json["metrics"][0]["missing"] == 4
    assert any("4 of 12 verdicts could not be had" in note for note in done.json["notes"])
    asked = len(server.bodies)
    server.script = kind
    again = steelyard("score", "cold", "--metric", "judge:tone", "--missing", "--json")
    assert again.code == 0, again.err
    assert again.json["counts"]["scored"] == 12
    assert len(server.bodies) == asked + 4
    assert again.json["metrics"][0]["value"] == pytest.approx((4 * 3 + 8 * 1) / 12)


def test_cached_verdicts_cost_nothing(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, server = judged
    assert run(steelyard, "warm", "--metric", "judge:tone", "--cache").code == 0
    asked = len(server.bodies)
    again = run(steelyard, "warm", "--metric", "judge:tone", "--cache")
    assert again.json["evaluation_cost_usd"] == 0.0
    assert len(server.bodies) == asked


def test_resume_refuses_another_judge(judged: tuple[Steelyard, JudgeServer], tmp_path: Path) -> None:
    steelyard, _ = judged
    (tmp_path / "app.py").write_text(
        "import pathlib\n"
        "def answer(text):\n"
        "    if pathlib.Path('down').exists(): raise SystemExit\n"
        "    return 'friend'\n",
        encoding="utf-8",
    )
    started = steelyard(
        "run",
        "chat",
        "--target",
        "python:app:answer",
        "--metric",
        "judge:tone",
        "--max-requests",
        "5",
        "--json",
    )
    assert started.json["status"] == "partial"
    (tmp_path / "rubric.yaml").write_text(RUBRIC.replace("kind?", "very kind?"), encoding="utf-8")
    refused = steelyard("resume", started.json["run"])
    assert refused.code == 2
    assert (
        "judge:tone is another judge now: prompt_hash, rubric_hash changed since the run began" in refused.err
    )
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    resumed = steelyard("resume", started.json["run"], "--json")
    assert resumed.code == 0, resumed.err
    assert (resumed.json["status"], resumed.json["metrics"][0]["n"]) == ("complete", 12)


def test_an_estimate_names_the_judge_apart(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, server = judged
    done = run(steelyard, "warm", "--metric", "judge:tone", "--estimate")
    row = done.json["evaluation"][0]
    assert (row["judge"], row["requests"]) == ("judge:tone", 12)
    assert row["expected"] > 0
    assert server.bodies == []
    text = steelyard(
        "run", "chat", "--target", "replay:warm.jsonl", "--metric", "judge:tone", "--estimate"
    ).out
    assert "Beside it, judge:tone: about $" in text


def test_check_tells_what_a_judge_is_worth(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, _ = judged
    done = steelyard("judge", "check", "tone", "--json", "--attacks", "8")
    assert done.code == 0, done.err
    found = done.json
    assert found["reachable"] is True
    assert found["readable"]["value"] == 1.0
    assert (found["fooled"]["hits"], found["fooled"]["n"]) == (0, 8)
    assert found["inconsistent"]["n"] == 12
    text = steelyard("judge", "check", "pair", "--attacks", "2").out
    assert "attacks that fooled it" in text


def test_the_last_check_stands_under_the_scores_of_that_judge(judged: tuple[Steelyard, JudgeServer]) -> None:
    steelyard, _ = judged
    assert run(steelyard, "warm", "--metric", "judge:tone").code == 0
    assert "attacks fooled it" not in steelyard("runs", "show", "warm").out
    assert steelyard("judge", "check", "tone", "--attacks", "8").code == 0
    shown = " ".join(steelyard("runs", "show", "warm").out.split())
    assert "judge:tone: 0 of 8 attacks fooled it (likely 0.0 to 32.4 %) when it was tried on" in shown
    kept = steelyard("runs", "show", "warm", "--json").json["judges"]["judge:tone"]["check"]
    assert (kept["fooled"]["hits"], kept["fooled"]["n"]) == (0, 8)
    assert "0 of 8 attacks" not in steelyard("study", "list").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("judge:tune", "no judge named 'tune'. Did you mean 'tone'?"),
        ("judge:tone:sampels=2", "Did you mean samples?"),
        ("judge:tone:samples=0", "'samples' must be a whole number of at least 1"),
        ("judge:tone:mode=dirct", "'mode' must be one of direct, classification"),
        ("judge:tone:rubric=absent", "no rubric 'absent'"),
        ("judge:tone:criteria=voice", "rubric kind has no criterion 'voice'. It has: tone"),
        ("judge:tone:target=nobody", "no target named 'nobody'. Known: model"),
        ("judge:correctness", "the judge has no model"),
        ("judge:pair", "a pairwise judge needs 'against'"),
        ("judge:tone:mode=classification", "a classification judge needs 'question'"),
    ],
)
def test_mistakes_say_what_to_do(judged: tuple[Steelyard, JudgeServer], text: str, message: str) -> None:
    steelyard, _ = judged
    done = run(steelyard, "warm", "--metric", text)
    assert done.code == 2
    assert message in done.err


def test_a_judge_that_is_not_there_ends_the_run(
    judged: tuple[Steelyard, JudgeServer], tmp_path: Path
) -> None:
    steelyard, server = judged
    server.close()
    done = run(steelyard, "warm", "--metric", "judge:tone")
    assert done.code == 2
    assert "127.0.0.1" in done.err


STUB = """
import hashlib, math, re

def draw(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64

def judge(messages):
    text = messages[1]["content"]
    code = re.findall(r'The value of "code" is "([A-Z0-9]+)"', text)[-1]
    form = r"\\[\\[BEGIN answer %s ([0-9A-F]+)\\]\\]\\n(.*?)\\n\\[\\[END answer %s \\1\\]\\]"
    parts = [re.search(form % (letter, letter), text, re.S).group(2) for letter in "AB"]
    lean = POSITION + LENGTH * (math.log(len(parts[0]) + 1) - math.log(len(parts[1]) + 1))
    better = "A" if draw(text) < 1 / (1 + math.exp(-lean)) else "B"
    return '{"code": "%s", "reason": "seen", "better": "%s"}' % (code, better)
"""


@pytest.mark.skipif(not ARENA.is_dir(), reason="the questions of arena_hard are not here")
def test_position_and_length_bias_stand_in_the_stored_verdicts(steelyard: Steelyard, tmp_path: Path) -> None:
    position, length = 0.8, 1.5
    (tmp_path / "stub.py").write_text(f"POSITION, LENGTH = {position}, {length}\n{STUB}", encoding="utf-8")
    questions = _lines(ARENA / "question.jsonl.gz")[:200]
    cases = [{"id": row["question_id"], "input": row["turns"][0]["content"]} for row in questions]
    write_lines(tmp_path / "cases.jsonl", cases)
    assert steelyard("bench", "add", "arena", "cases.jsonl").code == 0
    wanted = {row["id"] for row in cases}
    for model in ("gpt-4-0314", "gpt-3.5-turbo-0125"):
        rows = [
            {"id": row["question_id"], "output": row["choices"][0]["turns"][0]["content"]}
            for row in _lines(ARENA / f"{model}.jsonl.gz")
            if row["question_id"] in wanted
        ]
        write_lines(tmp_path / f"{model}.jsonl", rows)
        done = steelyard("run", "arena", "--target", f"replay:{model}.jsonl", "--label", model)
        assert done.code == 0, done.err
    (tmp_path / "steelyard.toml").write_text(
        '[judges.pair]\nmode = "pairwise"\nuri = "python:stub:judge"\n', encoding="utf-8"
    )
    done = steelyard("score", "gpt-4-0314", "--metric", "judge:pair:against=gpt-3.5-turbo-0125", "--json")
    assert done.code == 0, done.err
    assert done.json["metrics"][-1]["n"] == 200
    seen = done.json["judges"]["judge:pair:against=gpt-3.5-turbo-0125"]
    # The position alone: e^0.8 / (1 + e^0.8) = 0.69 where lengths are equal, less where they differ.
    assert seen["first_wins"]["interval"][0] > 0.5
    assert seen["inconsistent"]["n"] == 200
    votes = _stored_votes(tmp_path)
    assert len(votes) == 400
    slope = _logistic(votes)
    assert slope[0] == pytest.approx(position, abs=3 * slope[2])
    assert slope[1] == pytest.approx(length, abs=3 * slope[3])


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _stored_votes(folder: Path) -> list[tuple[float, float]]:
    """(log ratio of lengths, first over second; 1 where the first won) of every stored verdict."""
    found = []
    with open_store(f"sqlite:///{folder}/.steelyard/steelyard.db") as store:
        record = store.get_run("gpt-4-0314")
        table = store.score_table(record.id, record.metrics[-1].key, details=True)
    for detail in table.details:
        row: Any = detail
        ratio = math.log(row["lengths"]["candidate"] + 1) - math.log(row["lengths"]["other"] + 1)
        points = row["votes"][0]["points"]
        found.append((ratio, points["candidate first"]))
        found.append((-ratio, 1 - points["candidate second"]))
    return found


def _logistic(rows: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Intercept, slope and their standard errors by Newton's method."""
    a = b = 0.0
    for _ in range(30):
        g = [0.0, 0.0]
        h = [0.0, 0.0, 0.0]
        for x, y in rows:
            p = 1 / (1 + math.exp(-(a + b * x)))
            w = p * (1 - p)
            g[0] += y - p
            g[1] += (y - p) * x
            h[0] += w
            h[1] += w * x
            h[2] += w * x * x
        det = h[0] * h[2] - h[1] ** 2
        a += (h[2] * g[0] - h[1] * g[1]) / det
        b += (h[0] * g[1] - h[1] * g[0]) / det
    return a, b, math.sqrt(h[2] / det), math.sqrt(h[0] / det)


def test_the_judge_behind_groundedness_is_paid_and_summed_up_like_any(
    steelyard: Steelyard, tmp_path: Path, judge_server: Callable[[Script], JudgeServer]
) -> None:
    server = judge_server(lambda messages: verdict(messages, label="supported"))
    (tmp_path / "steelyard.toml").write_text(
        f'[judges.grounded]\nuri = "openai:mock?base_url={server.url}"\nrubric = "correctness"\n{PRICE}\n',
        encoding="utf-8",
    )
    tower = "The tower was designed by the company of Gustave Eiffel. It is 330 metres tall."
    unclear = "The tower was planned by the company of Eiffel and friends."
    write_lines(tmp_path / "cases.jsonl", [{"id": f"t{n}", "input": "?", "context": [tower]} for n in (1, 2)])
    answers = [{"id": "t1", "output": unclear}, {"id": "t2", "output": "It is 330 metres tall."}]
    write_lines(tmp_path / "answers.jsonl", answers)
    assert steelyard("bench", "add", "towers", "cases.jsonl").code == 0
    key = "groundedness:judge=grounded,embeddings=off"
    done = steelyard("run", "towers", "--target", "replay:answers.jsonl", "--metric", key, "--json")
    assert done.code == 0, done.err
    assert done.json["metrics"][0]["value"] == 1.0
    assert len(server.bodies) == 1
    assert done.json["evaluation_cost_usd"] == pytest.approx(0.0012)
    found = done.json["judges"][key]
    assert (found["samples"], found["unusable"], found["votes"]) == (1, 0, 1)
    again = steelyard("score", "latest", "--metric", key, "--json")
    assert again.code == 0, again.err
