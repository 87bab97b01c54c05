"""A mistake ends with exit code 2 and one clear first line: what, where, what to do."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tests.app.conftest import Answer, Steelyard, write_lines

CASE = {"id": "a", "input": "hi", "expected": "hi"}


@pytest.fixture
def one(steelyard: Steelyard, tmp_path: Path) -> Steelyard:
    write_lines(tmp_path / "cases.jsonl", [CASE])
    assert steelyard("bench", "add", "one", "cases.jsonl").code == 0
    return steelyard


def _is_mistake(answer: Answer, *words: str) -> None:
    assert answer.code == 2, answer.err
    first = answer.err.splitlines()[0]
    assert first.startswith("error: ")
    for word in words:
        assert word in first


def test_a_mistyped_target_is_answered_with_its_likely_meaning(one: Steelyard) -> None:
    _is_mistake(one("run", "one", "--target", "opnai:gpt"), "opnai", "openai")
    _is_mistake(one("run", "one", "--target", "v2"), "no target named 'v2'", "replay:")


def test_a_mistyped_metric_benchmark_run_or_verb(one: Steelyard) -> None:
    _is_mistake(
        one("run", "one", "--target", "replay:x", "--metric", "exact_mach"), "exact_mach", "exact_match"
    )
    _is_mistake(one("bench", "show", "two"), "no benchmark named 'two'", "one")
    _is_mistake(one("compare", "x", "y"), "x")
    _is_mistake(one("comare", "x", "y"), "comare")
    _is_mistake(one("gate", "--base", "x"), "--candidate")


def test_an_unreachable_server_ends_within_five_seconds(one: Steelyard) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    began = time.monotonic()
    answer = one("run", "one", "--target", f"openai:m?base_url=http://127.0.0.1:{port}/v1", "--json")
    assert time.monotonic() - began < 5
    _is_mistake(answer, "127.0.0.1", str(port))
    assert answer.json["error"].keys() >= {"kind", "message", "where", "hint"}
    assert one("runs", "list", "--json").json["runs"] == []


def test_a_missing_key_names_the_variable(one: Steelyard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    _is_mistake(one("run", "one", "--target", "openai:gpt-4o-mini"), "OPENAI_API_KEY")
    _is_mistake(one("run", "one", "--target", "anthropic:claude"), "ANTHROPIC_API_KEY")


def test_malformed_json_at_line_812_is_found_and_nothing_is_stored(one: Steelyard, tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"c{n}", "input": "x"}) for n in range(1, 1_001)]
    lines[811] = '{"id": "c812", "input": '
    (tmp_path / "broken.jsonl").write_text("\n".join(lines), encoding="utf-8")
    answer = one("bench", "add", "broken", "broken.jsonl", "--json")
    _is_mistake(answer, "broken.jsonl", "812")
    assert [item["name"] for item in one("bench", "list", "--json").json["benchmarks"]] == ["one"]


def test_a_broken_project_file_names_the_key(one: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "steelyard.toml").write_text("[gate]\nalowed_drop = 0.1\n", encoding="utf-8")
    _is_mistake(one("runs", "list"), "steelyard.toml", "alowed_drop", "allowed_drop")
    (tmp_path / "steelyard.toml").write_text("[gate\n", encoding="utf-8")
    _is_mistake(one("runs", "list"), "steelyard.toml")


def test_a_locked_database_says_so(one: Steelyard, tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / ".steelyard" / "steelyard.db", isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        write_lines(tmp_path / "more.jsonl", [CASE, {"id": "b", "input": "x"}])
        _is_mistake(one("bench", "add", "one", "more.jsonl"), "locked")
    finally:
        holder.close()
    assert one("bench", "add", "one", "more.jsonl").code == 0


def test_a_file_that_is_no_database_is_left_alone(one: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but precious", encoding="utf-8")
    (tmp_path / "steelyard.toml").write_text('[project]\nstore = "sqlite:///notes.txt"\n', encoding="utf-8")
    _is_mistake(one("runs", "list"), "notes.txt")
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "not a database, but precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_read_only_folder_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    for parent in tmp_path.parents:
        if parent.is_relative_to(tempfile.gettempdir()) and parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)
    program = (
        "import os, sys; from steelyard.app.cli._root import run_program; import steelyard.app.cli._runs;"
        "import steelyard.store; os.setgid(65534); os.setuid(65534);"
        f"sys.exit(run_program(['runs', 'list', '--project', {str(tmp_path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert str(tmp_path) in done.stderr.splitlines()[0]


def test_json_errors_are_one_object_on_stdout(one: Steelyard) -> None:
    answer = one("bench", "show", "two", "--json")
    assert answer.json["error"]["kind"] == "not-found"
    assert answer.json["error"]["where"] == "two"


def test_hostile_names_cannot_steer_the_terminal(one: Steelyard) -> None:
    answer = one("bench", "show", "\x1b[31mred\x07")
    assert "\x1b" not in answer.err
    assert "\x07" not in answer.err
