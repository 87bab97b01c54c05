"""Saved views of traces: named by editors, opened by everybody, their texts data."""

from __future__ import annotations

import httpx
import pytest
from tests.app.web.test_pages import Elements

from steelyard.app.web import Site
from steelyard.traces import MOST_VIEWS

NAME = "\"'><b>late & wrong"


@pytest.fixture
async def saved(client: httpx.AsyncClient) -> httpx.AsyncClient:
    answer = await client.post("/traces/views?failed=1&model=m%22%3E&cursor=9", data={"name": f"  {NAME} "})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/traces?failed=1&model=m%22%3E"
    return client


async def test_a_saved_view_stands_beside_the_list_and_opens_by_a_digit(saved: httpx.AsyncClient) -> None:
    page = Elements((await saved.get("/traces?failed=1&model=m%22%3E")).text)
    chosen = [given for tag, given in page.tags if tag == "a" and given.get("data-view") == "1"]
    assert [(given["href"], given.get("aria-current")) for given in chosen] == [
        ("/traces?failed=1&model=m%22%3E", "true")
    ]
    assert "saved by local, 20" in str(chosen[0]["title"])
    assert NAME in page.text
    other = Elements((await saved.get("/traces?failed=1")).text)
    assert "Save this view" in other.text
    assert "Save this view" not in page.text


async def test_a_view_is_deleted_and_the_list_stays(saved: httpx.AsyncClient) -> None:
    gone = await saved.post("/traces/views/delete?failed=1", data={"name": NAME})
    assert (gone.status_code, gone.headers["location"]) == (303, "/traces?failed=1")
    assert (await saved.get("/api/v1/views")).json() == {"views": []}
    again = await saved.post("/traces/views/delete", data={"name": NAME})
    assert again.status_code == 404


async def test_the_palette_lists_views_then_benchmarks_then_runs(saved: httpx.AsyncClient) -> None:
    places = (await saved.get("/palette")).json()["places"]
    kinds = list(dict.fromkeys(place["kind"] for place in places))
    assert kinds == ["page", "traces", "benchmark", "run on quiz"]
    assert {"name": NAME, "kind": "traces", "url": "/traces?failed=1&model=m%22%3E"} in places


async def test_the_api_saves_lists_and_deletes(client: httpx.AsyncClient) -> None:
    body = {"name": "slow", "query": {"window": "24h", "path": "x"}}
    made = await client.post("/api/v1/views", json=body)
    assert made.status_code == 201
    assert (made.json()["url"], made.json()["made_by"]) == ("/traces?path=x&window=24h", "local")
    assert (await client.get("/api/v1/views")).json()["views"] == [made.json()]
    assert (await client.post("/api/v1/views", json=body)).status_code == 400
    assert (await client.get("/traces")).status_code == 200
    assert (await client.delete("/api/v1/views/slow")).json() == {"deleted": "slow"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/traces/views", "unfiltered"),
        ("/traces/views?failed=1", " "),
        ("/traces/views?failed=1", "x" * 81),
        ("/traces/views?failed=1", "a\x00b"),
        (f"/traces/views?q={'x' * 1001}", "long"),
        ("/traces/views?" + "&".join(f"k{n}=1" for n in range(21)), "many"),
    ],
)
async def test_what_cannot_be_saved_is_refused(client: httpx.AsyncClient, path: str, name: str) -> None:
    answer = await client.post(path, data={"name": name})
    assert answer.status_code == 400
    assert (await client.get("/api/v1/views")).json() == {"views": []}


async def test_a_project_has_a_bounded_number_of_views(site: Site, client: httpx.AsyncClient) -> None:
    for n in range(MOST_VIEWS):
        made = await client.post("/api/v1/views", json={"name": f"v{n}", "query": {"failed": "1"}})
        assert made.status_code == 201
    page = await client.get("/traces?window=1h")
    assert page.text.count("data-view=") == 9
    more = await client.post("/api/v1/views", json={"name": "one more", "query": {"failed": "1"}})
    assert f"{MOST_VIEWS} views already" in more.json()["error"]["message"]
