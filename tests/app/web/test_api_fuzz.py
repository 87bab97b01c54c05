"""Every operation of the API under generated requests: no answer is an error of the server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.app.web.conftest import hostile_project
from tests.app.web.serving import served


def known(address: str) -> str:
    """Settings with identifiers that are there, so that requests reach further than `404`."""
    found = httpx.get(f"{address}/api/v1/runs").json()["runs"]
    new, old = (run["run"] for run in found)
    return f"""
[parameters]
"path.name" = ["quiz", "later"]
"path.version" = ["v1", "latest"]
"path.other" = "v1"
"path.run" = ["{old}", "{new}", "latest"]
"query.run" = ["{old}", "{new}"]
"query.base" = "{old}"
"query.candidate" = "{new}"
"query.case" = ["c5", "c39"]
"""


@pytest.mark.parametrize(
    ("settings", "examples"),
    [
        pytest.param(known, 4, id="known"),
        pytest.param(known, 60, id="known-thorough", marks=pytest.mark.slow),
        pytest.param(lambda _: "", 60, id="made-up-thorough", marks=pytest.mark.slow),
    ],
)
def test_no_request_is_an_error_of_the_server(
    tmp_path: Path, settings: Callable[[str], str], examples: int
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    hostile_project(folder)
    config = tmp_path / "schemathesis.toml"
    with served(folder) as address:
        config.write_text(settings(address), encoding="utf-8")
        program = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config)]
        asked = subprocess.run(
            [
                *program,
                "run",
                f"{address}/api/v1/openapi.json",
                "--checks=not_a_server_error,content_type_conformance,unsupported_method",
                "--phases=coverage,fuzzing",
                f"--max-examples={examples}",
                "--generation-deterministic",
                "--warnings=off",
                "--no-color",
            ],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
    assert asked.returncode == 0, asked.stdout[-6000:] + asked.stderr
    assert "Operations:" in asked.stdout
    assert " 0 selected" not in asked.stdout
