"""Agents from cases with files and screenshots to the report, as a user would."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines
from tests.metrics.judge.conftest import JudgeServer, Prompt, Script, data_of, judge_server, verdict

__all__ = ["judge_server"]

TRAJECTORIES = Path(__file__).resolve().parents[3] / "shared/data/tau_bench/gpt-4o-airline.json.gz"
READING = "get_*+search_*+list_*+calculate+think+transfer_*"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

TABLE_AGENT = '''
import csv
from pathlib import Path

USAGE = {"input_tokens": 90, "output_tokens": 10}

def answer(case):
    """Reads the attached table in one call, and adds up in its head."""
    path = case.attachments[0].path
    rows = list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))
    sums = {}
    for row in rows:
        sums[row["item"]] = sums.get(row["item"], 0) + int(row["sold"])
    best = max(sums, key=sums.get)
    trace = [
        {"name": "read_file", "kind": "tool", "input": {"path": path}, "output": f"{len(rows)} rows"},
        {"name": "model", "kind": "llm", "duration_s": 0.5, "attributes": {"usage": USAGE}},
    ]
    return {"output": best, "trace": trace, "latency_s": 1.0}
'''

DESKTOP_AGENT = '''
import tempfile
from pathlib import Path

def act(case, epoch):
    """Renames a file on a desktop of its own; clicks in vain for a file that is not there."""
    with tempfile.TemporaryDirectory() as folder:
        desktop = Path(folder)
        (desktop / "draft.txt").write_text("hello", encoding="utf-8")
        trace = [_step("screenshot", path=case.attachments[0].path)]
        for _ in range(case.input["max_steps"] - 1):
            source = desktop / case.input["source"]
            if source.exists():
                trace.append(_step("click", x=30, y=12))
                source.rename(desktop / case.input["wanted"])
                trace.append(_step("rename", old=case.input["source"], new=case.input["wanted"]))
                break
            trace.append(_step("click", "Error: nothing there", x=5, y=5))
        files = sorted(path.name for path in desktop.iterdir())
        return {"output": "done", "trace": trace, "detail": {"state": {"files": files}}}

def _step(name, result="ok", **arguments):
    span = {"name": name, "kind": "tool", "input": arguments, "output": result, "duration_s": 0.25}
    return {**span, "attributes": {"agent": "hand" if name != "screenshot" else "eye"}}

def renamed(case, output) -> bool:
    return case.input["wanted"] in output.detail["state"]["files"]

def milestones(case, trajectory):
    found = ["looked"] if any(call.name == "screenshot" for call in trajectory.calls) else []
    return found + ["renamed"] * any(call.name == "rename" and not call.error for call in trajectory.calls)
'''


@pytest.mark.skipif(not TRAJECTORIES.exists(), reason="the recorded τ-bench trajectories are not here")
def test_recorded_trajectories_to_success_calls_and_first_wrong_steps(
    steelyard: Steelyard, tmp_path: Path
) -> None:
    shutil.copy(TRAJECTORIES, tmp_path)
    assert steelyard("import", TRAJECTORIES.name, "--name", "airline").code == 0
    scored = steelyard(
        *("score", "latest", "--json", "--metric", "task_success"),
        *("--metric", f"tool_calls:skip={READING},refused=ignore"),
        *("--metric", f"first_wrong_step:skip={READING}"),
    )
    assert scored.code == 0, scored.err
    found = scored.json
    # Counted apart from this program: each task's c successes of 4, averages of C(c, k) / C(4, k).
    powers = {row["name"]: row["value"] for row in found["passes"]["task_success"]}
    assert [powers[f"pass^{k}"] for k in (1, 2, 3, 4)] == pytest.approx([0.42, 0.8200 / 3, 0.22, 0.20])
    assert found["agent"]["trials"] == 200
    assert found["agent"]["success"] == "task_success"
    metrics = {row["name"].partition(":")[0]: row for row in found["metrics"]}
    assert metrics["tool_calls"]["n"] == 200
    # 116 of 200 trials failed. In a few of them every call that changes something is right.
    wrong = sum(row["trials"] for row in found["agent"]["wrong_steps"])
    assert wrong == metrics["first_wrong_step"]["n"]
    assert 105 <= wrong <= 116
    figures = {row["name"]: row for row in found["agent"]["figures"]}
    # 1,164 tool calls in the file, 84 successes.
    assert figures["calls per trial"]["value"] == pytest.approx(1164 / 200)
    assert figures["steps for one success"]["value"] == pytest.approx(1164 / 84)
    assert figures["steps for one success"]["interval"] is not None
    assert "first wrong step" in steelyard("runs", "show", "latest").out


def test_a_question_with_a_table_attached(steelyard: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("item,sold\nCup,3\nTeapot,4\nCup,2\n", encoding="utf-8")
    (tmp_path / "table_agent.py").write_text(TABLE_AGENT, encoding="utf-8")
    question = {
        "id": "sales",
        "input": "Which item sold most in the attached table? Answer with its name alone.",
        "expected": {"text": "cup", "steps": 2},
        "attachments": [{"path": "sales.csv"}],
    }
    write_lines(tmp_path / "assistant.jsonl", [question, {**question, "id": "b", "expected": "teapot"}])
    assert steelyard("bench", "add", "assistant", "assistant.jsonl").code == 0
    answer = steelyard(
        *("run", "assistant", "--target", "python:table_agent:answer", "--json"),
        *("--metric", "exact_match:ignore_case=true", "--metric", "steps", "--metric", "steps:over=expected"),
        *("--metric", "model_share"),
    )
    assert answer.code == 0, answer.err
    values = {row["name"]: row["value"] for row in answer.json["metrics"]}
    assert values["exact_match:ignore_case=true"] == 0.5
    assert (values["steps"], values["steps:over=expected"], values["model_share"]) == (1.0, 0.5, 0.5)
    figures = {row["name"]: row["value"] for row in answer.json["agent"]["figures"]}
    assert figures["tokens for one success"] == 200.0  # 2 × 100 tokens, one success
    assert answer.json["agent"]["success"] == "exact_match:ignore_case=true"


@pytest.fixture
def desktop(steelyard: Steelyard, tmp_path: Path) -> Steelyard:
    """Two tasks on a desktop: one can be done, the other goes round in circles until the step limit."""
    (tmp_path / "screen.png").write_bytes(PIXEL)
    (tmp_path / "desktop_agent.py").write_text(DESKTOP_AGENT, encoding="utf-8")

    def task(name: str, source: str) -> dict[str, object]:
        goal = f"Rename {source} to final.txt"
        return {
            "id": name,
            "input": {"goal": goal, "source": source, "wanted": "final.txt", "max_steps": 6},
            "expected": {
                "state": {"files": ["final.txt"]},
                "milestones": ["looked", "renamed"],
                "rules": {"order": ["screenshot before click"], "max_calls": {"click": 3}},
            },
            "attachments": [{"path": "screen.png"}],
        }

    write_lines(tmp_path / "desktop.jsonl", [task("can", "draft.txt"), task("cannot", "report.txt")])
    assert steelyard("bench", "add", "desktop", "desktop.jsonl").code == 0
    return steelyard


def test_a_task_on_a_desktop_is_checked_by_its_end_state(desktop: Steelyard, tmp_path: Path) -> None:
    answer = desktop(
        *("run", "desktop", "--target", "python:desktop_agent:act", "--epochs", "2", "--json"),
        *("--metric", "task_success", "--metric", "python:desktop_agent:renamed"),
        *("--metric", "python:desktop_agent:milestones", "--metric", "violations", "--metric", "loops"),
        *("--metric", "recovery", "--metric", "first_wrong_step"),
    )
    assert answer.code == 0, answer.err
    values = {row["name"]: row["value"] for row in answer.json["metrics"]}
    assert values["task_success"] == values["python:desktop_agent:renamed"] == 0.5
    assert values["python:desktop_agent:milestones"] == 0.75
    assert values["violations"] == 0.5  # five clicks where three are allowed, in one of two tasks
    assert values["loops"] == pytest.approx((0 + 4 / 6) / 2)
    assert values["recovery"] == 0.0
    assert values["first_wrong_step"] == 5.0  # the fourth click
    agent = answer.json["agent"]
    assert agent["wrong_steps"] == [{"step": 5, "trials": 2}]
    parts = {row["agent"]: row for row in agent["agents"]}
    # Two trials of 3 steps and two of 6: the eye takes the first of each.
    assert (parts["hand"]["steps"], parts["hand"]["errors"], parts["hand"]["wrong"]) == (14, 10, 2)
    assert parts["eye"]["time_share"] == pytest.approx(4 / 18)
    assert [row["step"] for row in agent["latency_by_step"]] == [1, 2, 3, 4, 5, 6]
    assert agent["latency_by_step"][0]["median"]["value"] == 0.25
    shown = desktop("runs", "show", "latest").out
    assert "4 trials of agents, success is task_success." in shown
    assert "hand" in shown
    assert desktop("report", "latest", "-o", "run.html").code == 0
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    for caption in ("Agents", "First wrong step", "Time by step", "By agent"):
        assert caption in page


def test_a_run_without_agent_metrics_has_no_agent_section(desktop: Steelyard) -> None:
    answer = desktop("run", "desktop", "--target", "python:desktop_agent:act", "--json", "--metric", "length")
    assert "agent" not in answer.json


def test_a_judge_reads_the_compacted_steps(
    desktop: Steelyard, tmp_path: Path, judge_server: Callable[[Script], JudgeServer]
) -> None:
    def careful(messages: Prompt) -> str:
        return verdict(messages, points=3 if "failed: Error: nothing there" in data_of(messages) else 1)

    server = judge_server(careful)
    anchors = {"1": "no", "2": "so so", "3": "yes"}
    rubric = {"name": "errors", "criteria": [{"name": "e", "question": "Errors?", "anchors": anchors}]}
    (tmp_path / "errors.yaml").write_text(json.dumps(rubric), encoding="utf-8")
    (tmp_path / "steelyard.toml").write_text(
        f'[judges.errors]\nuri = "openai:mock?base_url={server.url}"\nrubric = "errors.yaml"\n'
        "trajectory = true\nmax_characters = 2000\n",
        encoding="utf-8",
    )
    answer = desktop(
        *("run", "desktop", "--target", "python:desktop_agent:act", "--metric", "judge:errors", "--json")
    )
    assert answer.code == 0, answer.err
    assert answer.json["metrics"][0]["value"] == 2.0  # 3 points for the one with errors, 1 for the other
    assert "1. eye: calls screenshot(" in data_of(server.bodies[0]["messages"])
    assert "It ended with: done" in data_of(server.bodies[0]["messages"])


def test_the_first_wrong_step_by_milestones_and_by_a_judge(
    desktop: Steelyard, tmp_path: Path, judge_server: Callable[[Script], JudgeServer]
) -> None:
    server = judge_server(
        lambda messages: verdict(messages, step=1 if "failed: Error: nothing" in data_of(messages) else 0)
    )
    (tmp_path / "steelyard.toml").write_text(
        f'[judges.careful]\nuri = "openai:mock?base_url={server.url}"\nrubric = "correctness"\n'
        "price = {input = 1.0, output = 2.0}\n",
        encoding="utf-8",
    )
    by_milestones = "first_wrong_step:milestones=python:desktop_agent:milestones,of=all"
    by_judge = "first_wrong_step:judge=careful,of=all"
    answer = desktop(
        *("run", "desktop", "--target", "python:desktop_agent:act", "--json"),
        *("--metric", by_milestones, "--metric", by_judge),
    )
    assert answer.code == 0, answer.err
    judged = next(each for each in answer.json["metrics"] if each["name"] == by_judge)
    assert (judged["n"], judged["value"]) == (1, 1.0)
    assert "Name the first step that is wrong" in server.bodies[0]["messages"][0]["content"]
    assert answer.json["evaluation_cost_usd"] == pytest.approx(2 * 0.0012)  # also where nothing is wrong
    assert answer.json["judges"][by_judge]["unusable"] == 0
    assert answer.json["agent"]["wrong_steps"]
    steps = iter((1, 3, 3) * 2)
    server.script = lambda messages: verdict(messages, step=next(steps))
    (tmp_path / "steelyard.toml").write_text(
        (tmp_path / "steelyard.toml").read_text(encoding="utf-8") + "samples = 3\n", encoding="utf-8"
    )
    several = "first_wrong_step:of=all,judge=careful"
    again = desktop("score", "latest", "--metric", several, "--json")
    assert again.code == 0, again.err
    named = next(each for each in again.json["metrics"] if each["name"] == several)
    assert (named["n"], named["value"]) == (2, 3.0)  # the step that most name, no mean of steps
    assert desktop("report", "latest", "-o", "run.html").code == 0
    refused = desktop(
        *("run", "desktop", "--target", "python:desktop_agent:act"),
        *("--metric", "first_wrong_step:milestones=python:desktop_agent:renamed"),
    )
    assert refused.code == 2
    assert "does not read the steps of an agent" in refused.err
