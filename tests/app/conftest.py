"""A project in a temporary folder, and the program called as a user would."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from steelyard.app.cli._root import run_program


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Steelyard = Callable[..., Answer]


@pytest.fixture
def steelyard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Steelyard:
    """`steelyard("runs", "list", "--json")`, run inside the temporary project."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run_program(list(arguments))
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


def write_lines(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def quiz(tmp_path: Path, steelyard: Steelyard) -> Steelyard:
    """A benchmark `quiz` of 200 cases in two topics and recorded answers of three systems."""
    cases = [
        {
            "id": f"c{n}",
            "input": f"What is {n} + 1?",
            "expected": str(n + 1),
            "slices": {"topic": "even" if n % 2 == 0 else "odd"},
        }
        for n in range(200)
    ]
    write_lines(tmp_path / "cases.jsonl", cases)
    for name, wrong in (("good", 20), ("same", 20), ("bad", 3), ("close", 16)):
        rows = [
            {"id": f"c{n}", "output": f"It is {n + (1 if n % wrong else 2)}", "latency_s": 0.1 + n / 1000}
            for n in range(200)
        ]
        write_lines(tmp_path / f"{name}.jsonl", rows)
    assert steelyard("bench", "add", "quiz", "cases.jsonl").code == 0
    for name in ("good", "same", "bad", "close"):
        answer = steelyard(
            "run", "quiz", "--target", f"replay:{name}.jsonl", "--label", name, "--metric", "numeric_match"
        )
        assert answer.code == 0, answer.err
    return steelyard
