"""Traces in a real browser, by keyboard alone: no injected script runs, and nothing is complained of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.app.web.serving import served
from tests.app.web.test_traces import a_span, hostile_trace

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with one hostile trace, of 700 spans below its root."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    folder = tmp_path_factory.mktemp("traces")
    (folder / "steelyard.toml").write_text('[project]\nname = "traces"\n', encoding="utf-8")
    request = hostile_trace()
    for number in range(3, 700):
        a_span(request, number, parent=1)
    with served(folder) as found:
        headers = {"content-type": "application/x-protobuf"}
        answer = httpx.post(f"{found}/v1/traces", content=request.SerializeToString(), headers=headers)
        assert answer.status_code == 200
        yield found


def test_traces_by_keyboard_alone(address: str) -> None:
    complaints: list[str] = []
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        keys = page.keyboard
        page.goto(address)
        keys.press("g")
        keys.press("t")
        page.wait_for_url(re.compile(r"/traces$"))
        page.wait_for_load_state("networkidle")
        page.locator('input[name="failed"]').focus()
        keys.press("Space")
        page.wait_for_url(re.compile(r"/traces\?failed=1$"))
        keys.press("j")
        keys.press("Enter")
        page.wait_for_url(re.compile(r"/traces/[0-9a-f]{32}$"))
        page.wait_for_load_state("networkidle")
        assert page.locator(".spans li[data-row]").count() == 300
        keys.press("j")
        keys.press("j")
        keys.press("Enter")
        page.wait_for_url(re.compile(r"\?span=0000000000000002$"))
        page.locator("#span", has_text="1,200").wait_for()
        assert page.locator(".spans a[aria-current]").count() == 1
        page.locator(".spans li.more a").focus()
        keys.press("Enter")
        page.locator(".spans li[data-row]").nth(599).wait_for()
        assert page.evaluate("window.hit") is None
        page.reload()
        assert page.locator(".spans a[aria-current]").count() == 1
        page.get_by_role("link", name="Make a case of it").focus()
        keys.press("Enter")
        page.wait_for_url(re.compile(r"/case\?span="))
        page.locator('input[name="benchmark"]').focus()
        keys.type("support")
        keys.press("Enter")
        page.wait_for_url(re.compile(r"/benchmarks/support/v1/case"))
        assert page.evaluate("window.hit") is None
        browser.close()
    assert complaints == []


def test_no_page_of_traces_is_wider_than_a_narrow_screen(address: str) -> None:
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        for path in ("/traces", f"/traces/{1:032x}", f"/traces/{1:032x}/case", "/traces/ledger"):
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        browser.close()
