"""Records are drawn as HTML by the real IPython."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.app.conftest import Steelyard

import steelyard as api
from steelyard.app.library import open_project, show_in_notebooks

interactiveshell = pytest.importorskip(
    "IPython.core.interactiveshell", reason="NOT TESTED IN A NOTEBOOK: IPython is not installed"
)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
    made = interactiveshell.InteractiveShell.instance()
    made.history_manager.enabled = False
    yield made
    interactiveshell.InteractiveShell.clear_instance()


def _html(shell: Any, record: object) -> str:
    formats, _ = shell.display_formatter.format(record)
    return str(formats.get("text/html", ""))


def test_runs_comparisons_and_verdicts_have_html(quiz: Steelyard, shell: Any) -> None:
    with open_project() as project:
        summary = project.summary("good")
        comparison = project.compare("good", "bad")
    assert "numeric_match" in _html(shell, summary)
    assert "<table>" in _html(shell, comparison)
    assert "FAIL" in _html(shell, api.gate("good", "bad"))


def test_the_text_form_stays(quiz: Steelyard, shell: Any) -> None:
    with open_project() as project:
        formats, _ = shell.display_formatter.format(project.summary("good"))
    assert formats["text/plain"].startswith("RunSummary(")


def test_a_cell_of_a_real_notebook_shell_runs(quiz: Steelyard, shell: Any) -> None:
    cell = 'import steelyard\nsteelyard.run("quiz", target="replay:good.jsonl", metrics="numeric_match")\n'
    ran = shell.run_cell(cell, store_history=False)
    assert ran.success, ran.error_in_exec
    assert ran.result.scored == 200
    assert "numeric_match" in _html(shell, ran.result)


def test_without_a_notebook_nothing_is_registered_and_nothing_imported() -> None:
    program = (
        "import sys\nfrom steelyard.app.library import show_in_notebooks\n"
        "assert show_in_notebooks() is False\nassert 'IPython' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_imported_but_idle_ipython_is_no_notebook() -> None:
    interactiveshell.InteractiveShell.clear_instance()
    assert show_in_notebooks() is False
