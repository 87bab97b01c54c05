from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import read_cases
from steelyard.core import InputError, Scored
from steelyard.metrics import make_metric, score_output

SAMPLE = Path(__file__).parent / "samples/tau.json"


def test_tasks_trials_rewards_and_expected_calls() -> None:
    imported = read_cases(SAMPLE)
    (case,) = imported.cases
    (run,) = imported.runs
    assert (case.id, case.input) == ("3", "Book a flight.")
    assert case.expected == {"tool_calls": [{"name": "book", "arguments": {"day": "Monday"}}]}
    good, failed = run.outputs["3", 1], run.outputs["3", 2]
    assert (good.text, good.scores) == ("Booked.", {"reward": 1.0, "r_actions": 1.0})
    assert [(span.name, span.input, span.output) for span in good.trace] == [
        ("book", {"day": "Monday"}, "ok")
    ]
    assert failed.fault is not None
    assert failed.scores == {}
    assert imported.metrics == ("recorded:reward", "recorded:r_actions", "tool_calls:extra=ignore")
    assert any("missing here, a reward of 0 in τ-bench: 1" in note for note in imported.notes)


def test_real_trajectories(shared_data: Path) -> None:
    imported = read_cases(shared_data / "tau_bench/gpt-4o-airline.json.gz")
    (run,) = imported.runs
    assert imported.format == "tau-bench"
    assert (len(imported.cases), len(run.outputs), run.epochs) == (50, 200, 4)
    # .42: gpt-4o on airline, pass^1, README of github.com/sierra-research/tau-bench.
    assert sum(output.scores["reward"] for output in run.outputs.values()) / 200 == 0.42
    metric = make_metric("tool_calls:extra=ignore")
    scores = [
        score_output(metric, case, run.outputs[case.id, epoch])
        for case in imported.cases
        for epoch in range(1, 5)
    ]
    assert all(isinstance(score, Scored) for score in scores)


def test_trials_that_count_from_one_and_broken_ones(tmp_path: Path) -> None:
    rows = json.loads(SAMPLE.read_text(encoding="utf-8"))
    path = tmp_path / "tau.json"
    path.write_text(json.dumps([{**row, "trial": row["trial"] + 1} for row in rows]), encoding="utf-8")
    (run,) = read_cases(path).runs
    assert sorted(epoch for _, epoch in run.outputs) == [1, 2]
    path.write_text(json.dumps([rows[0], {**rows[0], "trial": "x"}, rows[0], 5]), encoding="utf-8")
    with pytest.raises(InputError, match="the first of 3 problems") as caught:
        read_cases(path)
    assert [detail.split(":")[0] for detail in caught.value.details] == [
        "line 2, trial",
        "line 3, output",
        "line 4",
    ]
