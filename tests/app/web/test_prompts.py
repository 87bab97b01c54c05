"""Prompts: names, versions, texts, and which runs were told them."""

from __future__ import annotations

import httpx
import pytest
from tests.app.web.conftest import HOSTILE, PRINTABLE
from tests.app.web.places import sha, told
from tests.app.web.test_pages import Elements

from steelyard.app.web import Site
from steelyard.core import MetricSpec

OLD, NEW = f"Answer as well as you can. {HOSTILE}", "Answer with one number."


@pytest.fixture
def prompted(site: Site) -> Site:
    store = site.store
    told(store, 1, {"prompts/a.md": OLD})
    told(store, 2, {"prompts/a.md": NEW, "system": f"Inline {PRINTABLE}"})
    told(store, 3, {"prompts/a.md": NEW}, target="v2", keep=False)
    return site


async def test_a_version_has_its_first_and_last_use_and_its_runs(
    prompted: Site, client: httpx.AsyncClient
) -> None:
    rows = (await client.get("/api/v1/prompts")).json()["prompts"]
    named = {(row["name"], row["hash"]): row for row in rows}
    assert rows[0]["name"] == "prompts/a.md"
    newest = named["prompts/a.md", sha(NEW)]
    assert newest["runs"] == ["run-told-3", "run-told-2"]
    assert newest["targets"] == ["v2", "v1"]
    assert newest["first_used"] < newest["last_used"]
    assert named["system of v1", sha(f"Inline {PRINTABLE}")]["runs"] == ["run-told-2"]


async def test_a_version_is_found_by_the_beginning_of_its_hash(
    prompted: Site, client: httpx.AsyncClient
) -> None:
    found = (await client.get(f"/api/v1/prompts/{sha(NEW)[:8]}")).json()
    assert (found["hash"], found["text"]) == (sha(NEW), NEW)
    assert (await client.get("/api/v1/prompts/00000000")).status_code == 404
    assert (await client.get(f"/prompts/{sha(NEW)[:3]}")).status_code == 404


async def test_every_page_shows_texts_as_data(prompted: Site, client: httpx.AsyncClient) -> None:
    for address in (
        "/prompts",
        f"/prompts/{sha(OLD)}",
        f"/prompts/diff?version={sha(NEW)}&version={sha(OLD)}",
    ):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        page = Elements(answer.text)
        assert not [tag for tag, given in page.tags if "onerror" in given or given.get("src") == "x"], address
        assert all(given.get("src") for tag, given in page.tags if tag == "script"), address


async def test_the_older_version_stands_on_the_left(prompted: Site, client: httpx.AsyncClient) -> None:
    page = Elements((await client.get(f"/prompts/diff?version={sha(NEW)}&version={sha(OLD)}")).text)
    folds = [given["class"] for tag, given in page.tags if tag == "details" and given.get("class")]
    assert folds == ["payload base", "payload candidate"]
    assert page.text.index("as well as you can") < page.text.index("with one number")


async def test_a_version_leads_to_the_one_before(prompted: Site, client: httpx.AsyncClient) -> None:
    later = (await client.get(f"/prompts/{sha(NEW)}")).text
    assert f"version={sha(OLD)}&amp;version={sha(NEW)}" in later
    assert "since the version before" not in (await client.get(f"/prompts/{sha(OLD)}")).text


async def test_a_text_that_no_run_kept_is_said(site: Site, client: httpx.AsyncClient) -> None:
    told(site.store, 1, {"prompts/a.md": OLD}, keep=False)
    page = await client.get(f"/prompts/{sha(OLD)}")
    assert "No run kept this text, only its hash." in page.text
    assert (await client.get(f"/api/v1/prompts/{sha(OLD)}")).json()["text"] is None


async def test_a_judge_s_wording_is_a_version_too(site: Site, client: httpx.AsyncClient) -> None:
    spec = MetricSpec(name="judge:helpful", version="1", settings={"prompt_hash": "f" * 64})
    told(site.store, 1, {}, metrics=(spec,))
    row = (await client.get("/api/v1/prompts")).json()["prompts"][0]
    assert (row["name"], row["kind"], row["hash"]) == ("judge:helpful", "judge", "f" * 64)
    assert "Only the hash of this judge" in (await client.get(f"/prompts/{'f' * 64}")).text


async def test_without_prompts_the_page_says_how_to_get_some(client: httpx.AsyncClient) -> None:
    page = Elements((await client.get("/prompts")).text).text
    assert "No run was told a prompt yet." in page
    assert "file:prompts/v2.md" in page


@pytest.mark.parametrize("query", ["", f"version={'a' * 64}", "version=a&version=b&version=c"])
async def test_only_two_versions_are_held_side_by_side(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/prompts/diff?{query}")).status_code == 400
