"""Every page that links lead to, in a real browser: no injected script, no complaint, nothing wider than a
narrow screen, and nothing that axe finds against WCAG 2.2 AA, in light and dark."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from starlette.routing import Match, Route
from tests.app.web.conftest import HOSTILE, PRINTABLE, hostile_project
from tests.app.web.places import decide, told
from tests.app.web.serving import served
from tests.app.web.test_traces import hostile_trace

from steelyard.app._project import find_project
from steelyard.app.cli._root import run_program
from steelyard.app.web._app import routes
from steelyard.store import open_store

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="NOT TESTED: no axe")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
EACH = 2
"""Addresses of one route that are opened."""
SCREENSHOTS = Path(__file__).resolve().parents[3] / "build" / "screenshots"
"""Where the last look at every page is kept, by route: light, dark and narrow."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NOT_PAGES = {
    *("healthz", "readyz", "metrics", "openapi", "palette", "asset", "feedback_module"),
    *("attachment", "download", "trace_case_line", "login_provider", "login_return", "benchmark"),
}
"""Routes of GET that answer programs, with files, another server, or with the way to another page."""
PARTS = {
    *("home_figures", "run_figures", "run_samples", "comparison", "pair"),
    *("trace_rows", "trace_span", "trace_feedback", "playground"),
}
"""Routes that answer with a part of a page, which its script asks for."""


@dataclass(frozen=True)
class Place:
    """A server, and where to begin."""

    address: str
    starts: tuple[str, ...]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server whose benchmarks, runs, prompts, decisions, traces, feedback and views are all hostile."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    folder = hostile_project(tmp_path_factory.mktemp("every"))
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "later.jsonl").write_text(
        "".join([*lines[5:], lines[3].replace("c3", "c40")]), encoding="utf-8"
    )
    later = ["bench", "add", "quiz", str(folder / "later.jsonl"), "--message", HOSTILE]
    assert run_program([*later, "--project", str(folder)]) == 0
    with open_store(find_project(folder).store) as store:
        newer, older = store.list_runs()[:2]
        decide(store, older, newer, at=datetime(2026, 3, 1, tzinfo=UTC))
        told(store, 1, {f"prompts/a{PRINTABLE}.md": f"Answer well. {HOSTILE}"})
        told(store, 2, {f"prompts/a{PRINTABLE}.md": f"Answer with a number. {HOSTILE}"})
    with served(folder) as found, httpx.Client(base_url=found) as client:
        yield Place(address=found, starts=("/", "/login", "/settings/users", "/settings/keys", _fill(client)))


def _fill(client: httpx.Client) -> str:
    """Send a trace, feedback and a view; answers with the page of a file that waits to be added."""
    binary = {"content-type": "application/x-protobuf"}
    said = {"id": "f1", "kind": "text", "trace": f"{1:032x}", "text": HOSTILE, "name": PRINTABLE}
    for answer in (
        client.post("/v1/traces", content=hostile_trace().SerializeToString(), headers=binary),
        client.post("/api/v1/feedback", json=said),
        client.post("/api/v1/views", json={"name": PRINTABLE, "query": {"q": HOSTILE}}),
    ):
        assert answer.status_code < 300, answer.text
    line = json.dumps({"id": f"n {PRINTABLE}", "input": HOSTILE, "slices": {HOSTILE: PRINTABLE}})
    sent = client.post(
        "/benchmarks/-/upload", files={"file": (f"{PRINTABLE}.jsonl", line)}, data={"name": "quiz"}
    )
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def route_of(path: str) -> str:
    """The name of the route that answers a path."""
    scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    found = [route for route in routes() if route.matches(scope)[0] is Match.FULL]
    assert isinstance(found[0], Route)
    return found[0].name


def crawl(place: Place, links: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """Route name to addresses of pages that are found by following links."""
    found: dict[str, list[str]] = {}
    waiting, seen = list(place.starts), set(place.starts)
    while waiting:
        here = waiting.pop(0)
        name = route_of(urlsplit(here).path)
        if len(found.get(name, [])) >= EACH:
            continue
        answer = httpx.get(
            urljoin(place.address, here), headers={"accept": "text/html"}, follow_redirects=True
        )
        assert answer.status_code == 200, here
        if "<html" not in answer.text[:200]:
            continue
        found.setdefault(name, []).append(here)
        for link in links(here):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    return found


def test_every_page(place: Place) -> None:
    complaints: list[str] = []
    problems: list[str] = []
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

        def links(here: str) -> list[str]:
            page.goto(urljoin(place.address, here))
            page.wait_for_load_state("networkidle")
            hrefs = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
            own = (urlsplit(href) for href in hrefs if href.startswith(f"{place.address}/"))
            if page.evaluate("window.hit") is not None:
                problems.append(f"{here}: a script ran")
            if page.locator("h1").count() != 1:
                problems.append(f"{here}: {page.locator('h1').count()} headings of the first level")
            return [f"{each.path}?{each.query}" if each.query else each.path for each in own]

        found = crawl(place, links)
        for name, addresses in found.items():
            problems += _looked_at(page, urljoin(place.address, addresses[0]), name)
        browser.close()
    assert "\n".join(complaints + problems) == ""
    pages = {
        route.name
        for route in routes()
        if isinstance(route, Route) and "GET" in (route.methods or ()) and not route.path.startswith("/api/")
    }
    assert sorted(pages - NOT_PAGES - PARTS - set(found)) == []


def _looked_at(page: Any, url: str, name: str) -> list[str]:
    problems = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png", full_page=True)
        for each in axe.Axe().run(page, options={"runOnly": RULES}).response["violations"]:
            first = each["nodes"][0]
            problems.append(f"{name} ({scheme}): {each['id']}: {first['target']} {first['failureSummary']}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SCREENSHOTS / f"{name}-narrow.png", full_page=True)
    if page.evaluate("document.documentElement.scrollWidth") > 360:
        problems.append(f"{name}: wider than a narrow screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    return problems
