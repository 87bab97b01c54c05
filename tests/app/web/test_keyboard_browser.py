"""Where the keyboard is after parts are replaced, and after menus and dialogs close."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.app.web.conftest import hostile_project
from tests.app.web.serving import served

from steelyard.app._project import find_project
from steelyard.store import open_store

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    return hostile_project(tmp_path_factory.mktemp("keyboard"))


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    with served(project) as url:
        yield url


@pytest.fixture
def page() -> Iterator[Any]:
    complaints: list[str] = []
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
    assert complaints == []


def runs_of(project: Path) -> list[str]:
    with open_store(find_project(project).store) as store:
        return [run.id for run in store.list_runs()]


def test_a_list_that_is_filtered_keeps_the_field(address: str, project: Path, page: Any) -> None:
    page.goto(f"{address}/runs/{runs_of(project)[0]}")
    page.wait_for_selector("#samples tbody tr")
    page.focus("#samples select[name=show]")
    with page.expect_response("**/samples?*"):
        page.select_option("#samples select[name=show]", "failures")
    page.wait_for_selector("#samples select[name=show]:focus")
    assert page.input_value("#samples select[name=show]") == "failures"


def test_a_menu_closes_with_escape_and_by_a_click_elsewhere(address: str, page: Any) -> None:
    page.goto(f"{address}/benchmarks/quiz/v1")
    page.focus(".menu summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.menu') !== null")
    page.keyboard.press("Escape")
    assert page.locator(".menu[open]").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Download"
    page.keyboard.press("Enter")
    page.locator(".menu[open]").wait_for()
    page.locator("h1").click()
    assert page.locator(".menu[open]").count() == 0


def test_a_flip_that_is_opened_twice_leads_to_the_answers(address: str, project: Path, page: Any) -> None:
    new, old = runs_of(project)
    page.goto(f"{address}/compare?run={old}&run={new}")
    page.wait_for_selector(".flips a")
    page.focus(".flips a >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flips a[aria-current]")
    assert page.evaluate("document.activeElement.matches('.flips a')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pair:focus")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#pair') !== null")


def test_dialogs_lead_back(address: str, page: Any) -> None:
    page.goto(f"{address}/runs")
    page.keyboard.press("j")
    row = page.evaluate("document.activeElement.textContent")
    for key in ("?", "Control+k"):
        page.keyboard.press(key)
        page.locator("dialog[open]").wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent") == row
