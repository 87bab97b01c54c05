"""Names that a user types become targets and metrics."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from steelyard.app._project import find_project
from steelyard.app._wiring import code_revision, make_metrics, make_target, suite_of
from steelyard.core import Case, ConfigError, NotFoundError, Output, Scored, SystemClock, UsageError
from steelyard.targets import Caller, Limits, Request, Target


@pytest.fixture(autouse=True)
def modules_are_forgotten() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("wired_"):
            del sys.modules[name]


def _project_file(folder: Path, text: str) -> None:
    (folder / "steelyard.toml").write_text(text, encoding="utf-8")


def _ask(target: Target, question: str) -> Output:
    async def main() -> Output:
        caller = Caller(target, Limits(), clock=SystemClock(), rng=random.Random(0))
        async with caller:
            return await caller.call(Request(case=Case(id="a", input=question)))

    return asyncio.run(main())


def test_a_target_is_found_by_its_name_with_its_settings(tmp_path: Path) -> None:
    _project_file(
        tmp_path, '[targets.mine]\nuri = "openai:m?base_url=http://127.0.0.1:9/v1"\ntemperature = 0\n'
    )
    info = make_target(find_project(tmp_path), "mine").info
    assert info.name == "mine"
    assert "temperature" in str(info.as_json())


def test_a_setting_that_a_target_does_not_know_is_refused(tmp_path: Path) -> None:
    _project_file(
        tmp_path, '[targets.mine]\nuri = "openai:m?base_url=http://127.0.0.1:9/v1"\ntemprature = 0\n'
    )
    with pytest.raises(ConfigError, match=r"temprature.*Did you mean temperature"):
        make_target(find_project(tmp_path), "mine")


def test_a_target_without_a_uri_is_an_error(tmp_path: Path) -> None:
    _project_file(tmp_path, "[targets.mine]\ntemperature = 0\n")
    with pytest.raises(UsageError, match=r"\[targets.mine\]: the target has no 'uri'"):
        make_target(find_project(tmp_path), "mine")


def test_a_name_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    _project_file(tmp_path, '[targets.mine]\nuri = "replay:a.jsonl"\n')
    with pytest.raises(NotFoundError, match=r"no target named 'yours'.*Known targets: mine.*replay:"):
        make_target(find_project(tmp_path), "yours")


def test_a_python_target_lies_in_the_project_folder(tmp_path: Path) -> None:
    (tmp_path / "wired_app.py").write_text("def answer(text):\n    return text.upper()\n", encoding="utf-8")
    target = make_target(find_project(tmp_path), "python:wired_app:answer")
    assert _ask(target, "hi").value == "HI"


def test_the_project_folder_never_hides_an_installed_package(tmp_path: Path) -> None:
    (tmp_path / "wired_metric.py").write_text(
        "def same(case, output):\n    return output.text == case.expected\n", encoding="utf-8"
    )
    (tmp_path / "click.py").write_text("raise RuntimeError('the wrong click')\n", encoding="utf-8")
    make_metrics(find_project(tmp_path), ["python:wired_metric:same"])
    assert sys.path.index(str(tmp_path)) == len(sys.path) - 1


def test_a_metric_of_one_s_own_is_found_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "wired_polite.py").write_text(
        "from steelyard import metric\n\n"
        "@metric(name='polite', scale='binary')\n"
        "def polite(case, output):\n    return 'please' in output.text\n",
        encoding="utf-8",
    )
    made = make_metrics(find_project(tmp_path), ["python:wired_polite:polite"])[0]
    score = made.score(Case(id="a", input="x"), Output(value="yes, please"))
    assert isinstance(score, Scored)
    assert score.value == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:\n", "cannot be loaded: SyntaxError"),
        ("raise OSError('no disk')\n", "cannot be loaded: OSError: no disk"),
        ("import wired_nothing\n", "cannot be loaded: ModuleNotFoundError"),
        ("g = 1\n", "cannot be loaded: AttributeError"),
    ],
)
def test_a_broken_module_is_the_user_s_mistake(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "wired_broken.py").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        make_metrics(find_project(tmp_path), ["python:wired_broken:f"])


def test_no_metric_means_exact_match(tmp_path: Path) -> None:
    assert [item.spec.key for item in make_metrics(find_project(tmp_path), [])] == ["exact_match"]


def test_a_suite_is_found_by_name(tmp_path: Path) -> None:
    _project_file(tmp_path, '[suites.smoke]\nbenchmark = "support"\n')
    project = find_project(tmp_path)
    assert suite_of(project, "smoke") == {"benchmark": "support"}
    with pytest.raises(NotFoundError, match=r"no suite named 'fire'.*Known suites: smoke"):
        suite_of(project, "fire")


def test_the_revision_is_the_commit_and_says_when_files_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    project = find_project(tmp_path)
    assert code_revision(project) == ""

    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "-q")
    assert code_revision(project) == ""
    (tmp_path / "app.py").write_text("a = 1\n", encoding="utf-8")
    git("add", "app.py")
    git("commit", "-q", "-m", "first")
    commit = git("rev-parse", "HEAD")
    assert code_revision(project) == commit
    (tmp_path / "new.txt").write_text("not in the commit", encoding="utf-8")
    assert code_revision(project) == commit
    (tmp_path / "app.py").write_text("a = 2\n", encoding="utf-8")
    assert code_revision(project) == commit + "+dirty"


def test_without_git_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_revision(find_project(tmp_path)) == ""
