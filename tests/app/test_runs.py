"""Runs as they stand: one whose process was killed is partial, and an export is whole or not there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

KILLER = """
import os, signal

def answer(text):
    if text == "x7":
        os.kill(os.getpid(), signal.SIGKILL)
    return text
"""


@pytest.fixture
def killed(steelyard: Steelyard, tmp_path: Path) -> Steelyard:
    """A benchmark `many` whose only run was killed while it worked."""
    cases = [{"id": f"c{n}", "input": f"x{n}", "expected": f"x{n}"} for n in range(40)]
    write_lines(tmp_path / "cases.jsonl", cases)
    assert steelyard("bench", "add", "many", "cases.jsonl").code == 0
    (tmp_path / "killer.py").write_text(KILLER, encoding="utf-8")
    command = [sys.executable, "-m", "steelyard", "run", "many", "--target", "python:killer:answer"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    return steelyard


def test_a_killed_run_is_listed_as_partial_with_the_way_on(killed: Steelyard) -> None:
    listed = killed("runs", "list", "--json").json["runs"]
    assert [row["status"] for row in listed] == ["partial"]
    text = killed("runs", "list").out
    assert "partial" in text
    assert f"steelyard resume {listed[0]['run']}" in text


def test_a_killed_run_is_shown_as_partial_with_the_way_on(killed: Steelyard) -> None:
    shown = killed("runs", "show", "latest", "--json").json
    assert shown["status"] == "partial"
    assert any("Nobody works on this run any more" in note for note in shown["notes"])
    text = " ".join(killed("runs", "show", "latest").out.split())
    assert "is running" not in text
    assert "steelyard resume run_" in text or f"steelyard resume {shown['run']}" in text


def test_an_export_is_written_beside_its_place_and_then_renamed(quiz: Steelyard, tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.jsonl"
    assert quiz("runs", "export", "good", "-o", "new/out.jsonl").code == 0
    first = path.stat().st_ino
    assert len([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]) == 200
    assert quiz("runs", "export", "bad", "-o", "new/out.jsonl").code == 0
    assert path.stat().st_ino != first
    assert [each.name for each in path.parent.iterdir()] == ["out.jsonl"]
