"""The examples run, and answer as the page says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from steelyard.app.cli._root import run_program

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"# exit code (\d+)")


@dataclass(frozen=True)
class Block:
    language: str
    text: str


def _blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [Block(language, body) for language, body in _BLOCK.findall(text)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder to stand in; modules found there are forgotten again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "90")
    path, modules = list(sys.path), set(sys.modules)
    yield tmp_path
    sys.path[:] = path
    for name in ("polite", "my_app"):
        if name not in modules:
            sys.modules.pop(name, None)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Run one line of a shell block; returns what it printed."""

    def run(line: str) -> str:
        wanted = _EXIT.search(line)
        capsys.readouterr()
        code = run_program(shlex.split(line, comments=True)[1:])
        captured = capsys.readouterr()
        assert code == (int(wanted.group(1)) if wanted else 0), f"{line}\n{captured.err}"
        return captured.out

    return run


def _support(folder: Path, say: Callable[[str], str]) -> None:
    """What the README takes for granted: a benchmark, a system, and its first run."""
    cases = [{"id": f"c{n}", "input": f"question {n}", "expected": f"please {n}"} for n in range(40)]
    (folder / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    (folder / "my_app.py").write_text(
        "def answer(input):\n    return 'please ' + input.split()[1]\n", encoding="utf-8"
    )
    say("steelyard bench add support cases.jsonl")
    say("steelyard run support --target python:my_app:answer --metric exact_match --label v1")


def test_the_tutorial_answers_as_it_says(project: Path, say: Callable[[str], str]) -> None:
    printed = ""
    for block in _blocks("docs/tutorial.md"):
        if block.language == "csv":
            (project / "answers.csv").write_text(block.text, encoding="utf-8")
        elif block.language == "yaml":
            (project / "gate.yaml").write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            printed = "".join(say(line) for line in block.text.splitlines())
        elif block.language == "text":
            for line in block.text.splitlines():
                assert line == "…" or line.rstrip() in printed, f"{line}\nis not in\n{printed}"
    assert (project / "comment.md").is_file()
    assert (project / "gate.html").is_file()


def test_the_readme_s_python_runs(project: Path, say: Callable[[str], str]) -> None:
    _support(project, say)
    names: dict[str, object] = {}
    for block in _blocks("README.md"):
        if block.language == "python":
            exec(compile(block.text, "README.md", "exec"), names)
    verdict = names["verdict"]
    assert getattr(verdict, "verdict", "") == "PASS"
    assert callable(names["polite"]) or hasattr(names["polite"], "score")


def test_the_readme_s_commands_run_without_a_model(project: Path, say: Callable[[str], str]) -> None:
    _support(project, say)
    say("steelyard run support --target python:my_app:answer --metric exact_match --label v2")
    lines = [
        line for block in _blocks("README.md") if block.language == "sh" for line in block.text.splitlines()
    ]
    wanted = ("steelyard init", "steelyard bench", "steelyard gate --base v1")
    chosen = [line for line in lines if line.startswith(wanted)]
    assert len(chosen) == 5
    for line in chosen:
        say(line)
    assert (project / "gate.html").is_file()


def test_a_judge_is_held_against_experts(project: Path, say: Callable[[str], str]) -> None:
    blocks = _blocks("docs/how-to/experts.md")
    exec(compile(blocks[0].text, "experts.md", "exec"), {})
    printed = [say(line) for line in blocks[1].text.splitlines()]
    assert "Krippendorff's α" in printed[3]
    assert "corrected" in printed[4]
    assert "judge alone" in printed[5]


def test_the_metric_of_one_s_own_runs(project: Path, say: Callable[[str], str]) -> None:
    _support(project, say)
    (project / "steelyard.toml").write_text('[targets.v1]\nuri = "python:my_app:answer"\n', encoding="utf-8")
    blocks = _blocks("docs/how-to/add-a-metric.md")
    (project / "polite.py").write_text(blocks[0].text, encoding="utf-8")
    assert "polite" in say(blocks[1].text.strip())


def test_the_traced_example_runs_with_and_without_settings(tmp_path: Path) -> None:
    blocks = [block.text for block in _blocks("docs/how-to/traces.md") if block.language == "python"]
    (example,) = [text for text in blocks if "@steelyard.trace" in text]
    (settings,) = [text for text in blocks if "configure_trace" in text]
    (tmp_path / "traced.py").write_text(settings + example, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "traced.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("It is late.\n", "")
