"""What a try may change, and what it is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from steelyard.app._playground import Changes, Playground, changed_case
from steelyard.app._project import Project
from steelyard.core import BenchmarkRef, Case, UsageError
from steelyard.runs import RunRecord
from steelyard.store import open_store

CASE = Case(id="a", input="What?")


def record(uri: str, **settings: Any) -> RunRecord:
    return RunRecord(
        id="run-1",
        benchmark=BenchmarkRef(name="b", version="v1", hash="0" * 64, cases=1),
        target={"name": uri, "uri": uri, "settings": settings, "prompts": {"system": "0" * 64}},
        metrics=(),
        epochs=1,
        seed=0,
        started=datetime(2026, 11, 1, tzinfo=UTC),
        prompts={"system": "Be kind."},
    )


def problem(folder: Path, uri: str, *, executes: bool = False) -> str:
    with open_store("sqlite://") as store:
        ground = Playground(project=Project(folder=folder), store=store, executes=executes)
        return ground.choices(record(uri), CASE)[0].problem


@pytest.mark.parametrize("uri", ["replay:x.jsonl", "import:openai/gpt-4o"])
def test_recorded_answers_are_not_asked_again(tmp_path: Path, uri: str) -> None:
    assert "recorded" in problem(tmp_path, uri)


@pytest.mark.parametrize("uri", ["command:id", "python:os:getcwd", "Command:id", "mine:x", "", "command"])
def test_what_is_no_plain_request_is_never_started_unasked(tmp_path: Path, uri: str) -> None:
    assert "does not allow that" in problem(tmp_path, uri)


def test_a_run_on_a_bare_address_is_asked_with_what_it_recorded(tmp_path: Path) -> None:
    run = record("openai:m?base_url=http://127.0.0.1:9/v1", model="m", temperature=0.5, max_tokens=7)
    with open_store("sqlite://") as store:
        ground = Playground(project=Project(folder=tmp_path), store=store, executes=False)
        (choice,) = ground.choices(run, CASE)
        assert (choice.problem, choice.system, choice.takes_parameters) == ("", "Be kind.", True)
        assert choice.cost_usd is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (Changes(input="x" * 1_000_001), "more than"),
        (Changes(turns=({"role": "user", "content": "x" * 1_000_001},)), "more than"),
        (Changes(system="x" * 1_000_001), "more than"),
    ],
)
def test_too_much_is_refused(changes: Changes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        changed_case(CASE, changes)


def test_a_sealed_case_is_refused() -> None:
    with pytest.raises(UsageError, match="sealed"):
        changed_case(Case(id="a", input="x", split="sealed"), Changes())
