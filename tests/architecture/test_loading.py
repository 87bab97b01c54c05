"""What loads when: the façade and the command line start light, and scipy never comes."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import steelyard

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "steelyard"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
HEAVY = (
    "numpy",
    "click",
    "sqlalchemy",
    "alembic",
    "argon2",
    "aiohttp",
    "rich",
    "jinja2",
    "sacrebleu",
    "yaml",
    "pyarrow",
)
ORACLES = ("scipy", "sklearn", "statsmodels", "rouge_score", "pandas", "hypothesis", "pytest", "IPython")
EXTRAS = {"pyarrow", "openpyxl", "psycopg", "tokenizers", "xllamacpp", "authlib", "httpx2", "joserfc"}
NOT_FOR_A_PLAIN_RUN = (
    "aiohttp",
    "alembic",
    "jinja2",
    "regex._regex_core",
    "rich.console",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "steelyard.app._judge_table",
    "steelyard.app._judge_task",
    "steelyard.app._judging",
    "steelyard.bench._tabular",
    "steelyard.bench.check",
    "steelyard.bench.contamination._index",
    "steelyard.bench.importers",
    "steelyard.core._agent_report",
    "steelyard.core._comparison",
    "steelyard.core._contamination",
    "steelyard.core._verdict",
    "steelyard.gates._store",
    "steelyard.metrics.agent._trajectory",
    "steelyard.metrics.code",
    "steelyard.metrics.grounding",
    "steelyard.metrics.judge._judge",
    "steelyard.metrics.judge._summary",
    "steelyard.reports.html",
    "steelyard.reports._junit",
    "steelyard.reports._markdown",
    "steelyard.review._evidence",
    "steelyard.review._record",
    "steelyard.runs._agents",
    "steelyard.runs._consistency",
    "steelyard.runs._robustness",
    "steelyard.runs.perturbation",
    "steelyard.stats._corpus",
    "steelyard.stats._planning",
    "steelyard.stats.agreement._result",
    "steelyard.stats.judging._evidence",
    "steelyard.stats.preferences",
    "steelyard.store._span_schema",
    "steelyard.store.spans",
    "steelyard.traces",
    "yaml.loader",
)
"""Modules that only other commands, judges, agents or experts need: each costs start-up time."""
PACKAGES = {
    "argon2-cffi": "argon2",
    "lazy-loader": "lazy_loader",
    "opentelemetry-api": "opentelemetry",
    "opentelemetry-proto": "opentelemetry",
    "prometheus-client": "prometheus_client",
    "protobuf": "google",
    "pyyaml": "yaml",
}


def _loaded(program: str) -> set[str]:
    """Top-level modules in `sys.modules` after a program ran in a fresh interpreter."""
    listed = "sorted({name.partition('.')[0] for name in sys.modules})"
    text = f"{program}\nimport json, sys\nprint(json.dumps({listed}))"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=False, cwd=ROOT / "src"
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_the_facade_offers_what_it_lists() -> None:
    assert sorted(steelyard.__all__) == steelyard.__all__ == dir(steelyard)
    assert {"__version__", *steelyard._HOMES} == set(steelyard.__all__)
    for name in steelyard.__all__:
        assert getattr(steelyard, name) is not None


def test_the_facade_refuses_what_it_does_not_have() -> None:
    with pytest.raises(AttributeError, match="module 'steelyard' has no attribute 'runn'"):
        _ = steelyard.runn


def test_importing_steelyard_loads_nothing_heavy() -> None:
    assert _loaded("import steelyard").isdisjoint(HEAVY)


def test_the_root_command_loads_click_and_no_more() -> None:
    loaded = _loaded("import steelyard.app.cli")
    assert "click" in loaded
    assert loaded.isdisjoint(set(HEAVY) - {"click"})


def test_help_loads_no_verb() -> None:
    program = "from steelyard.app.cli._root import run_program\nassert run_program(['--help']) == 0"
    assert _loaded(program).isdisjoint(set(HEAVY) - {"click"})


def test_a_replay_never_loads_the_web_or_the_page_templates() -> None:
    program = "import steelyard.app.cli._run"
    assert _loaded(program).isdisjoint({"aiohttp", "jinja2", "pyarrow", "openpyxl", "psycopg", "IPython"})


def test_a_plain_run_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    case = {"id": "a", "input": "6 × 7?", "expected": "42", "output": "42"}
    (tmp_path / "cases.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")
    added = ["bench", "add", "b", "cases.jsonl"]
    answered = ["run", "b", "--target", "replay:cases.jsonl"]
    loaded: set[str] = set()
    for words in (added, answered):
        program = (
            "import json, sys\nfrom steelyard.app.cli._root import run_program\n"
            f"assert run_program([*{words!r}, '--json']) == 0\nprint(json.dumps(sorted(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(SOURCE.parent)},
        )
        assert done.returncode == 0, done.stderr
        loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "steelyard.runs._execute" in loaded
    for name in NOT_FOR_A_PLAIN_RUN:
        path = SOURCE.parent.joinpath(*name.split("."))
        assert not name.startswith("steelyard.") or path.is_dir() or path.with_suffix(".py").is_file(), name
    assert sorted(loaded.intersection(NOT_FOR_A_PLAIN_RUN)) == []


def test_nothing_imports_the_oracles_of_the_tests() -> None:
    for path in MODULES:
        assert _imports(path).isdisjoint(ORACLES), path


def test_every_module_loads_and_scipy_stays_away() -> None:
    names = [
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if path.name != "__main__.py" and not path.name.startswith("_server_")
    ]
    loaded = _loaded("import importlib\nfor name in " + repr(names) + ":\n    importlib.import_module(name)")
    assert "scipy" not in loaded
    assert "sklearn" not in loaded


def test_what_is_imported_is_what_is_declared() -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {line.split(">")[0].split(";")[0].split("[")[0].strip() for line in project["dependencies"]}
    known = {PACKAGES.get(name, name) for name in declared} | EXTRAS
    foreign = set().union(*map(_imports, MODULES)) - set(sys.stdlib_module_names) - {"steelyard"}
    assert foreign - known == set(), "imported and not declared in pyproject.toml"
    text = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    unused = {name for name in known - foreign if name not in text}
    assert unused == set(), "declared and never used"
