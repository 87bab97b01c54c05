"""What reaches stdout: one object under --json, whoever else prints, and whoever stops reading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard

FULL = Path("/dev/full")


def _program(*arguments: str, folder: Path, stdout: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "steelyard", *arguments],
        cwd=folder,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def _nobody_reads(*arguments: str, folder: Path) -> tuple[int, str]:
    """Exit code and stderr of a program whose reader has left before it prints."""
    program = _program(*arguments, folder=folder, stdout=subprocess.PIPE)
    assert program.stdout is not None
    program.stdout.close()
    assert program.stderr is not None
    told = program.stderr.read()
    program.stderr.close()
    return program.wait(), told


def test_what_a_target_prints_stays_out_of_the_json(quiz: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "chatty.py").write_text(
        "print('loaded')\ndef answer(text):\n    print('thinking')\n    return '1'\n", encoding="utf-8"
    )
    answer = quiz("run", "quiz", "--target", "python:chatty:answer", "--json")
    assert answer.code == 0
    assert answer.json["counts"] == {"scored": 200, "failed": 0, "skipped": 0}
    assert "loaded" in answer.err
    assert "thinking" in answer.err


def test_an_export_under_json_is_one_object(quiz: Steelyard) -> None:
    exported = quiz("runs", "export", "good", "--json").json
    assert len(exported["samples"]) == 200
    assert exported["run"].startswith("run-")


def test_a_module_that_ends_the_program_is_the_users_mistake(quiz: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(1)\n", encoding="utf-8")
    answer = quiz("run", "quiz", "--target", "python:leaves:answer")
    assert answer.code == 2
    assert "SystemExit: 1" in answer.err


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end in another way")
def test_a_reader_who_leaves_changes_no_exit_code(quiz: Steelyard, tmp_path: Path) -> None:
    assert _nobody_reads("runs", "export", "good", folder=tmp_path) == (0, "")
    assert _nobody_reads("--help", folder=tmp_path) == (0, "")
    code, told = _nobody_reads("gate", "--base", "good", "--candidate", "bad", folder=tmp_path)
    assert (code, told) == (1, "")
    code, told = _nobody_reads("runs", "show", "nobody", "--json", folder=tmp_path)
    assert code == 2
    assert "Traceback" not in told


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is a device of Linux")
def test_a_full_disk_behind_stdout_is_said(quiz: Steelyard, tmp_path: Path) -> None:
    with FULL.open("w", encoding="utf-8") as full:
        program = _program("runs", "list", folder=tmp_path, stdout=full.fileno())
        _, told = program.communicate()
    assert program.returncode == 2
    assert told.startswith("error: standard output: cannot be written: No space left")
