"""A real small model answers two-turn conversations and judges them: the machinery, not its wisdom."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Steelyard, write_lines

from steelyard.app.demo._packages import installed, packages_folder
from steelyard.app.demo._server import model_server
from steelyard.app.demo._server_process import ALIAS

MT_BENCH = Path(__file__).resolve().parents[3] / "shared" / "data" / "mt_bench" / "question.jsonl"
QUESTIONS = int(os.environ.get("STEELYARD_MT_BENCH", "3"))
"""How many of the 80 questions are played."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MT_BENCH.is_file(), reason="the questions of MT-Bench are not here"),
    pytest.mark.skipif(
        not installed(packages_folder()), reason="the demo's model is not installed: run steelyard demo once"
    ),
]


def test_two_turn_conversations_are_played_and_judged_by_a_real_model(
    steelyard: Steelyard, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in MT_BENCH.read_text(encoding="utf-8").splitlines()[:QUESTIONS]]
    cases = [
        {
            "id": f"mt-{row['question_id']}",
            "turns": [{"role": "user", "content": turn[:600]} for turn in row["turns"]],
            "slices": {"category": row["category"]},
        }
        for row in rows
    ]
    write_lines(tmp_path / "cases.jsonl", cases)
    assert steelyard("bench", "add", "mt", "cases.jsonl").code == 0
    with model_server(packages_folder()) as address:
        (tmp_path / "steelyard.toml").write_text(
            f"""[targets.small]
uri = "openai:{ALIAS}?base_url={address}"
max_tokens = 60
temperature = 0
timeout = 1200
price = {{input = 0.01, output = 0.02}}

[judges.use]
target = "small"
rubric = "helpfulness"
criteria = ["usefulness"]
max_characters = 1200
max_tokens = 120
max_connections = 4
""",
            encoding="utf-8",
        )
        run: Any = (
            "run",
            "mt",
            "--target",
            "small",
            "--metric",
            "judge:use",
            "--cache",
            "--max-connections",
            "4",
        )
        first = steelyard(*run, "--json")
        again = steelyard(*run, "--json")
    print(json.dumps({key: first.json[key] for key in ("counts", "notes", "seconds", "evaluation_cost_usd")}))
    print(json.dumps(first.json["metrics"][0]))
    assert first.code == 0, first.err
    assert first.json["status"] == "complete"
    assert sum(first.json["counts"].values()) == QUESTIONS
    assert first.json["metrics"][0]["n"] + first.json["metrics"][0]["missing"] == QUESTIONS
    assert first.json["evaluation_cost_usd"] > 0
    assert again.json["evaluation_cost_usd"] == 0.0
    assert again.json["metrics"][0]["value"] == first.json["metrics"][0]["value"]
