"""The playground in a real browser, by keyboard: tries in order, a wait that is cancelled, a case made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.app.web.endpoint import endpoint
from tests.app.web.serving import served
from tests.app.web.test_playground import play_project

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    folder = tmp_path_factory.mktemp("play")
    with endpoint() as asked:
        play_project(folder, asked.url)
        with served(folder) as url:
            yield url


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    complaints: list[str] = []
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.set_default_timeout(20_000)
        yield opened
        assert opened.evaluate("window.hit") is None
        browser.close()
    assert complaints == []


def write(page: Any, name: str, text: str) -> None:
    page.locator(f'textarea[name="{name}"]').focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def test_tries_by_keyboard(page: Any, address: str) -> None:
    page.goto(f"{address}/runs/latest/sample?case=text")
    page.keyboard.press("e")
    page.wait_for_selector("#play")
    page.wait_for_selector("textarea[name=input]:focus")
    assert "about $" in page.locator("select[name=target] option").first.inner_text()
    write(page, "input", "please say no")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#tries .try")
    first = page.locator("#tries .try").first
    assert "Try 1" in first.inner_text()
    assert "SAY NO" in first.locator(".candidate pre").inner_text()
    assert first.locator(".candidate ins").count() > 0
    assert first.locator(".base del").count() > 0
    write(page, "input", "slow, very slow")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#play-time:has-text('1 s')")
    page.locator("#play-stop").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#play-time:has-text('Cancelled')")
    assert page.locator("#tries .try").count() == 1
    write(page, "input", "again")
    write(page, "system", "Be quick.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#tries .try:nth-child(2)")
    assert "Try 2" in page.locator("#tries .try").first.inner_text()
    assert "another system prompt" in page.locator("#tries .try").first.inner_text()
    page.locator("summary", has_text="Make this a case").first.focus()
    page.keyboard.press("Enter")
    page.locator('.try input[name="id"]').first.fill("made")
    page.locator('.try input[name="id"]').first.press("Enter")
    page.wait_for_url(re.compile(r"/benchmarks/play/v2/case\?id=made"))


def test_hostile_texts_stay_texts_and_nothing_is_wider_than_a_narrow_screen(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for case in ("odd", "messages", "talk"):
        page.goto(f"{address}/runs/latest/sample?case={case}")
        page.keyboard.press("e")
        page.wait_for_selector("#play")
        page.locator("#play .primary").click()
        page.wait_for_selector("#tries .try")
        assert page.evaluate("window.hit") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, case
        assert "asked the same again" in page.locator("#tries .try").first.inner_text()


def test_the_keys_of_the_page_do_nothing_inside_a_field(page: Any, address: str) -> None:
    page.goto(f"{address}/runs/latest/sample?case=text")
    page.keyboard.press("e")
    page.wait_for_selector("textarea[name=input]:focus")
    write(page, "input", "ge]?")
    assert page.locator('textarea[name="input"]').input_value() == "ge]?"
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_selector("textarea[name=input]:focus")
    assert page.locator('textarea[name="input"]').input_value() == "ge]?"
