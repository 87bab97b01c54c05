"""Figures that are kept: nothing that is shown is older than what experts said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.app.conftest import Steelyard, write_lines
from tests.app.test_study import judged, label

from steelyard.app._project import find_project
from steelyard.app.web import Site, create_app
from steelyard.app.web._figures import Figures
from steelyard.runs import RunRecord
from steelyard.store import open_store


@pytest.fixture
def opened(tmp_path: Path, steelyard: Steelyard) -> Iterator[tuple[Site, dict[str, list[bool]]]]:
    truth = judged(tmp_path, steelyard)
    project = find_project(tmp_path)
    with open_store(project.store) as store:
        site = Site(project=project, store=store)
        yield site, truth
        site.answers.close()


async def shown(site: Site, run: str) -> float:
    transport = httpx.ASGITransport(create_app(site), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as client:
        answer = await client.get(f"/api/v1/runs/{run}")
    return float(json.loads(answer.text)["metrics"][0]["value"])


async def test_a_headline_moves_with_ratings_and_calibrations(
    tmp_path: Path, steelyard: Steelyard, opened: tuple[Site, dict[str, list[bool]]]
) -> None:
    site, truth = opened
    raw = await shown(site, "old")
    label(tmp_path, steelyard, truth, "old")
    call = ("study", "calibrate", "old", "--study", "s-old", "--metric", "recorded:judge")
    assert steelyard(*call).code == 0
    corrected = await shown(site, "old")
    assert corrected < raw
    label(tmp_path, steelyard, truth, "old", count=200)
    assert await shown(site, "old") != corrected


def test_what_is_kept_of_a_run_changes_with_the_run_its_judge_was_held_on(
    tmp_path: Path, steelyard: Steelyard, opened: tuple[Site, dict[str, list[bool]]]
) -> None:
    site, truth = opened
    label(tmp_path, steelyard, truth, "old")
    call = ("study", "calibrate", "old", "--study", "s-old", "--metric", "recorded:judge")
    assert steelyard(*call).code == 0
    new = site.store.get_run("new")
    before = revision(site, new)
    lines = [{"id": f"x{n}", "input": f"{n}"} for n in range(3)]
    write_lines(tmp_path / "other.jsonl", lines)
    write_lines(tmp_path / "answers.jsonl", [{**line, "output": "a"} for line in lines])
    assert steelyard("bench", "add", "other", "other.jsonl").code == 0
    assert steelyard("run", "other", "--target", "replay:answers.jsonl", "--metric", "length").code == 0
    assert revision(site, new) == before
    assert steelyard("score", "old", "--metric", "recorded:judge").code == 0
    assert revision(site, new) != before


def revision(site: Site, run: RunRecord) -> object:
    return Figures(site).revisions([run])
