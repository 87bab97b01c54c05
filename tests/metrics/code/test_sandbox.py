from __future__ import annotations

import os
import shutil
import socket
import textwrap
import time
from pathlib import Path

import pytest
from tests.metrics.code.attacks import CHEATS, DAEMON, ESCAPES, FORKS, GREEDY, KERNEL_CALLS

from steelyard.core import ConfigError
from steelyard.metrics.code import Limits, Outcome, check_sandbox, run_tests

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap (bwrap) is not installed")

RIGHT = "def check(candidate):\n    assert candidate() == 42\n"
SHORT = Limits(wall_s=2.0, memory_bytes=256 << 20)
PROJECT = Path(__file__).resolve().parents[3]


def _solve(body: str, *, limits: Limits = SHORT, test: str = RIGHT, before: str = "") -> Outcome:
    text = f"{before}\ndef solve():\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"
    return run_tests([("completion", text)], test=test, entry_point="solve", limits=limits)


def _ours() -> set[str]:
    """Processes of this machine that a sandbox started and that still run."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"The program inside the sandbox" in words:
            found.add(folder.name)
    return found


def test_a_right_answer_passes_and_says_by_which_rule() -> None:
    outcome = _solve("return 42")
    assert (outcome.word, outcome.detail) == ("passed", "completion")


def test_a_wrong_answer_fails_with_the_line_of_the_test() -> None:
    outcome = _solve("return 41")
    assert outcome.word == "failed"
    assert outcome.detail == "AssertionError at assert candidate() == 42"


def test_an_exception_is_told_in_one_line() -> None:
    outcome = _solve("print('almost\\x1b[31m', flush=True); raise ValueError('two\\nlines')")
    assert outcome.word == "failed"
    assert outcome.detail == "ValueError: two lines at assert candidate() == 42"
    assert outcome.printed == "almost\\x1b[31m"


def test_what_does_not_compile_is_a_syntax_error() -> None:
    outcome = _solve("return (42")
    assert outcome.word == "syntax error"
    assert "'(' was never closed" in outcome.detail


def test_a_missing_function_is_said() -> None:
    outcome = run_tests([("completion", "x = 1\n")], test=RIGHT, entry_point="solve")
    assert (outcome.word, outcome.detail) == ("failed", "no function 'solve' is defined")


@pytest.mark.parametrize("test", ["def check(:", "x = 1\n"])
def test_tests_that_cannot_be_used_are_the_cases_fault(test: str) -> None:
    assert _solve("return 42", test=test).word == "case"


def test_the_standard_library_works_and_installed_packages_are_not_there() -> None:
    body = """
        import collections, dataclasses, decimal, hashlib, itertools, math, random, re, subprocess, typing
        import importlib.util
        assert importlib.util.find_spec("numpy") is None
        Point = collections.namedtuple("Point", "x y")
        assert hashlib.md5(b"x").hexdigest()
        assert subprocess.run(["/bin/true"], check=False).returncode if False else True
        return 42
    """
    outcome = _solve(body)
    assert outcome.word == "passed", outcome


@pytest.mark.parametrize("name", sorted(ESCAPES))
def test_no_way_leads_out(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEELYARD_TEST_SECRET", "SECRET")
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    secret.chmod(0o644)
    with socket.socket() as server, socket.socket(socket.AF_UNIX) as local:
        server.bind(("127.0.0.1", 0))
        server.listen()
        local.bind("\0steelyard-test")
        local.listen()
        known = {
            "KERNEL_CALLS": KERNEL_CALLS,
            "PROJECT": str(PROJECT),
            "SECRET_FILE": str(secret),
            "PARENT": os.getpid(),
        }
        before = "\n".join(f"{key} = {value!r}" for key, value in known.items())
        before += f"\nPORT = {server.getsockname()[1]}"
        outcome = _solve(textwrap.dedent(ESCAPES[name]) + "\nreturn 42", before=before)
    if name == "kills what is not its own":
        assert outcome.word in {"passed", "killed"}, outcome
    else:
        assert outcome.word == "passed", outcome


@pytest.mark.parametrize("name", sorted(GREEDY))
def test_greed_is_contained_and_named(name: str) -> None:
    body, word = GREEDY[name]
    began = time.monotonic()
    outcome = _solve(body)
    assert outcome.word == word, outcome
    assert time.monotonic() - began < 10
    assert not _ours()


@pytest.mark.parametrize("name", sorted(FORKS))
def test_bombs_are_contained_and_nothing_stays(name: str) -> None:
    began = time.monotonic()
    outcome = _solve(FORKS[name], limits=Limits(wall_s=1.5, memory_bytes=512 << 20))
    assert outcome.word in {"timed out", "memory", "failed", "killed"}, outcome
    assert time.monotonic() - began < 15
    assert not _ours()


def test_a_grandchild_that_hides_dies_with_the_sandbox() -> None:
    outcome = _solve(DAEMON)
    assert outcome.word == "passed", outcome
    assert outcome.seconds < 2
    assert not _ours()


@pytest.mark.parametrize("name", sorted(CHEATS))
def test_no_trick_passes(name: str) -> None:
    outcome = _solve(CHEATS[name])
    assert outcome.word not in {"passed", "sandbox", "case"}, outcome


def test_a_missing_bubblewrap_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ConfigError, match=r"no sandbox to run code in\. Install bubblewrap"):
        _solve("return 42")


def test_the_sandbox_holds_here() -> None:
    assert check_sandbox() < 10
