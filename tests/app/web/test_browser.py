"""The pages in a real browser, by keyboard alone: no injected script runs, and nothing is complained of."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.web.conftest import hostile_project

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own process, ended by SIGTERM: it leaves with 0."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    folder = hostile_project(tmp_path_factory.mktemp("hostile"))
    program = [sys.executable, "-m", "steelyard", "serve", "--port", "0", "--project", str(folder)]
    server = subprocess.Popen(
        [*program, "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        yield found.group(0)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        if server.stdout is not None:
            server.stdout.close()


def test_every_page_by_keyboard_alone(address: str) -> None:
    complaints: list[str] = []
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        keys = page.keyboard

        def at(pattern: str) -> None:
            page.wait_for_url(re.compile(pattern))
            page.wait_for_load_state("networkidle")
            assert page.evaluate("window.hit") is None
            assert page.locator("h1").count() >= 1

        page.goto(address)
        at(r"/$")
        keys.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        keys.press("g")
        keys.press("b")
        at(r"/benchmarks$")
        keys.press("j")
        keys.press("Enter")
        at(r"/benchmarks/quiz/v1$")
        keys.press("/")
        assert page.evaluate("document.activeElement.id") == "filter"
        keys.press("Escape")
        keys.press("g")
        keys.press("r")
        at(r"/runs$")
        keys.press("j")
        keys.press("x")
        keys.press("j")
        keys.press("x")
        assert page.locator('input[name="run"]:checked').count() == 2
        keys.press("k")
        page.locator("tr[data-row] a").first.focus()
        keys.press("Enter")
        at(r"/runs/run-")
        page.wait_for_selector("figure[data-spec] .plot svg")
        page.locator(".report .num").first.focus()
        assert "Method" in page.locator("#tip").inner_text()
        page.locator("#samples tr[data-row] a").first.focus()
        keys.press("Enter")
        at(r"/sample\?")
        keys.press("r")
        assert "\\u202e" in page.locator(".payload pre").first.inner_text()
        keys.press("r")
        keys.press("d")
        assert page.locator("#mark-words").get_attribute("aria-pressed") == "true"
        with page.expect_navigation():
            keys.press("]")
        at(r"/sample\?")
        keys.press("Control+k")
        page.wait_for_selector("#palette li")
        keys.type("compare")
        keys.press("Enter")
        at(r"/compare$")
        for _ in range(2):
            keys.press("j")
            keys.press("Space")
        page.locator("#comparing button").focus()
        keys.press("Enter")
        at(r"/compare\?run=")
        page.wait_for_selector(".flips a")
        page.locator(".flips a").first.focus()
        keys.press("Enter")
        page.wait_for_selector("#pair .pair")
        keys.press("d")
        keys.press("?")
        assert page.locator("#help").is_visible()
        keys.press("Escape")
        assert page.evaluate("window.hit") is None
        browser.close()
    assert complaints == []


def test_no_page_is_wider_than_a_narrow_screen(address: str) -> None:
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        for path in ("/", "/benchmarks/quiz", "/runs", "/runs/latest", "/compare"):
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        browser.close()
