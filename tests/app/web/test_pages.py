"""Every page in process: it answers, and what people and models wrote is data."""

from __future__ import annotations

import hashlib
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
import pytest

from steelyard.app.web import Site


class Elements(HTMLParser):
    """Tags and attribute names of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def addresses(site: Site) -> list[str]:
    new, old = site.store.list_runs()
    case = site.store.cases_at(site.store.versions("quiz")[0], [0])[0].id
    one = urlencode({"case": case})
    pair = urlencode([("run", old.id), ("run", new.id)])
    return [
        "/",
        "/benchmarks",
        "/benchmarks/quiz",
        "/benchmarks/quiz/v1",
        "/benchmarks/quiz/v1?q=c1",
        "/benchmarks/quiz/v1/check",
        "/benchmarks/quiz/v1/diff/v1",
        f"/benchmarks/quiz/v1/case?{urlencode({'id': case})}",
        "/runs",
        f"/runs/{new.id}",
        f"/runs/{new.id}/figures",
        f"/runs/{new.id}/samples",
        f"/runs/{new.id}?show=failures&order=case",
        f"/runs/{new.id}/sample?{one}",
        "/compare",
        f"/compare?{pair}",
        f"/compare/figures?{pair}",
        f"/compare/pair?{pair}&{one}",
    ]


async def test_no_text_becomes_markup_on_any_page(site: Site, client: httpx.AsyncClient) -> None:
    for address in addresses(site):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        page = Elements(answer.text)
        assert not [tag for tag, given in page.tags if "onerror" in given or given.get("src") == "x"], address
        assert all(given.get("src") for tag, given in page.tags if tag == "script"), address
        assert not [tag for tag, given in page.tags if tag == "style" or "style" in given], address


async def test_every_answer_carries_the_policy(site: Site, client: httpx.AsyncClient) -> None:
    for address in ("/", "/nowhere", "/api/v1/runs", "/healthz"):
        answer = await client.get(address)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_sealed_texts_are_on_no_page(site: Site, client: httpx.AsyncClient) -> None:
    run = site.store.list_runs()[0].id
    for address in (
        "/benchmarks/quiz/v1",
        "/benchmarks/quiz/v1/case?id=c39",
        f"/runs/{run}/sample?case=c39",
        f"/runs/{run}?q=c39",
        "/api/v1/benchmarks/quiz/versions/v1/cases",
        f"/api/v1/runs/{run}/samples?q=c39",
        f"/api/v1/runs/{run}/sample?case=c39",
    ):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert "SECRET" not in answer.text, address
        assert "sealed" in answer.text, address


async def test_the_run_page_says_the_answer_first(site: Site, client: httpx.AsyncClient) -> None:
    run = site.store.list_runs()[0]
    answer = await client.get(f"/runs/{run.id}/figures")
    headline = Elements(answer.text).text.split("How this was measured")[0]
    assert "exact_match" in headline
    assert "over 40 cases" in headline.replace("\u00a0", " ")


async def test_failures_come_first_and_the_address_holds_the_list(
    site: Site, client: httpx.AsyncClient
) -> None:
    run = site.store.list_runs()[0].id
    part = await client.get(f"/runs/{run}/samples?show=failures&order=worst&q=c1")
    assert part.headers["hx-replace-url"] == f"/runs/{run}?show=failures&q=c1"
    assert "✗ 0" in part.text
    assert "✓ 1" not in part.text


@pytest.mark.parametrize("path", ["/runs/none", "/benchmarks/none", "/compare?run=none", "/nowhere"])
async def test_what_is_not_there_is_a_page_that_says_so(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert '<section class="answer' in answer.text


async def test_pictures_are_shown_and_everything_else_is_downloaded(
    site: Site, client: httpx.AsyncClient
) -> None:
    data = b"<svg onload=alert(1)>"
    digest = hashlib.sha256(data).hexdigest()
    site.store.put_attachment(digest, data)
    for kind in ("image/svg+xml", "text/html", ""):
        answer = await client.get(f"/attachments/{digest}", params={"type": kind})
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
    assert (await client.get("/attachments/../etc")).status_code == 404


async def test_a_page_of_another_site_reaches_nothing(client: httpx.AsyncClient) -> None:
    refused = await client.get("/runs", headers={"host": "steelyard.example"})
    assert refused.status_code == 403
    body = {"cases": [{"id": "a", "input": "b"}]}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await client.post("/api/v1/benchmarks/quiz/versions", json=body, headers=headers)
        assert answer.status_code == 403, headers
