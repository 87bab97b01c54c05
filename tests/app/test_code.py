"""Code answers from import to pass@k, as a user would."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

from steelyard.metrics.code import check_sandbox

needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap (bwrap) is not installed")
RIGHT = (4, 2, 0)
"""Right answers of each problem, in four epochs."""


@pytest.fixture
def problems(steelyard: Steelyard, tmp_path: Path) -> Steelyard:
    """Three problems in HumanEval's own form, and four recorded answers to each."""
    rows = [
        {
            "task_id": f"Test/{n}",
            "prompt": f"def add_{n}(x):\n",
            "entry_point": f"add_{n}",
            "canonical_solution": f"    return x + {n}\n",
            "test": f"\n\ndef check(candidate):\n    assert candidate(1) == {n + 1}\n",
        }
        for n in range(3)
    ]
    with gzip.open(tmp_path / "problems.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    answers = [
        {"id": f"Test/{n}", "epoch": epoch, "output": f"    return x + {n if epoch < right else n + 1}\n"}
        for n, right in enumerate(RIGHT)
        for epoch in range(4)
    ]
    write_lines(tmp_path / "answers.jsonl", answers)
    assert steelyard("bench", "add", "problems", "problems.jsonl.gz").code == 0
    return steelyard


@needs_bwrap
def test_epochs_give_pass_at_k(problems: Steelyard) -> None:
    answer = problems(
        "run", "problems", "--target", "replay:answers.jsonl", "--metric", "code_pass", "--json"
    )
    assert answer.code == 0
    assert answer.json["counts"] == {"scored": 12, "failed": 0, "skipped": 0}
    shown = problems("runs", "show", answer.json["run"], "--json").json
    found = {row["name"]: row["value"] for row in shown["passes"]["code_pass"]}
    # Chen et al. 2021, equation 1: 1 - C(n - c, k) / C(n, k) for n = 4 and c = 4, 2, 0, averaged by hand.
    assert found["pass@1"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found["pass@2"] == pytest.approx((1 + (1 - 1 / 6) + 0) / 3)
    assert found["pass@3"] == pytest.approx((1 + 1 + 0) / 3)
    assert found["pass@4"] == pytest.approx((1 + 1 + 0) / 3)
    assert "pass@2" in problems("runs", "show", answer.json["run"]).out


@needs_bwrap
def test_a_stored_run_can_be_scored_later(problems: Steelyard) -> None:
    run = problems("run", "problems", "--target", "replay:answers.jsonl", "--metric", "length", "--json").json
    scored = problems("score", run["run"], "--metric", "code_pass:timeout_s=5", "--json")
    assert scored.code == 0
    assert scored.json["counts"]["failed"] == 0
    values = {row["name"]: row["value"] for row in scored.json["metrics"]}
    assert values["code_pass:timeout_s=5"] == pytest.approx(0.5)


def test_without_a_sandbox_no_run_begins(problems: Steelyard, monkeypatch: pytest.MonkeyPatch) -> None:
    check_sandbox.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")
    answer = problems(
        "run", "problems", "--target", "replay:answers.jsonl", "--metric", "code_pass", "--json"
    )
    assert answer.code == 2
    assert answer.json["error"]["kind"] == "config"
    assert "apt-get install bubblewrap" in answer.json["error"]["hint"]
    assert problems("runs", "list", "--json").json["runs"] == []
