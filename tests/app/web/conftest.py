"""A project with two runs whose every text is hostile, and the application asked in process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from steelyard.app._project import find_project
from steelyard.app.cli._root import run_program
from steelyard.app.web import Site, create_app
from steelyard.store import open_store

HOSTILE = '"\'><img src=x onerror="window.hit=1"><script>window.hit=1</script>{{7*7}}\u202e'
PRINTABLE = "\"'><script>hit()</script><b>{{7*7}}"


def write_lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def hostile_project(folder: Path) -> Path:
    """Forty cases in two slices, one of them sealed; the second run answers some of them worse."""
    (folder / "steelyard.toml").write_text('[project]\nname = "hostile"\n', encoding="utf-8")
    cases: list[dict[str, object]] = [
        {
            "id": f"c{n} {PRINTABLE}" if n < 3 else f"c{n}",
            "input": (
                [{"role": f"user{HOSTILE}", "content": [{"type": "text", "text": f"{HOSTILE} {n}?"}]}]
                if n % 2
                else f"{HOSTILE} {n}?"
            ),
            "expected": [str(n), HOSTILE],
            "context": [HOSTILE],
            "slices": {f"topic{PRINTABLE}": f"{'even' if n % 2 == 0 else 'odd'}{PRINTABLE}"},
            "metadata": {HOSTILE: HOSTILE},
            **({"split": "sealed", "input": "SECRET"} if n == 39 else {}),
        }
        for n in range(40)
    ]
    write_lines(folder / "cases.jsonl", cases)
    for name, wrong in (("old", 5), ("new", 3)):
        outputs: list[dict[str, object]] = [
            {
                "id": case["id"],
                "output": f"{HOSTILE} no" if n % wrong == 0 else str(n),
                "trace": [{"name": HOSTILE, "kind": "tool", "input": HOSTILE, "output": {"a": HOSTILE}}],
                "detail": {"model": HOSTILE},
            }
            for n, case in enumerate(cases)
        ]
        write_lines(folder / f"{name}.jsonl", outputs)
    at = ["--project", str(folder)]
    added = run_program(["bench", "add", "quiz", str(folder / "cases.jsonl"), "--message", HOSTILE, *at])
    assert added == 0
    for name in ("old", "new"):
        target = f"replay:{folder / name}.jsonl"
        done = run_program(["run", "quiz", "--target", target, "--label", f"{name} {HOSTILE}", *at])
        assert done == 0
    return folder


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Site]:
    project = find_project(hostile_project(tmp_path))
    capsys.readouterr()
    with open_store(project.store) as store:
        found = Site(project=project, store=store)
        yield found
        found.answers.close()


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(site), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8321", headers={"accept": "text/html"}
    ) as opened:
        yield opened
