"""Cases uploaded, edited and looked through in a real browser, by keyboard; saved views open by digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.web.conftest import HOSTILE, PRINTABLE, hostile_project, write_lines
from tests.app.web.serving import served as serving

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server of its own process, and the folder of its project."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    folder = hostile_project(tmp_path_factory.mktemp("hostile"))
    with serving(folder) as address:
        yield address, folder


def test_cases_are_uploaded_edited_and_found_by_keyboard(served: tuple[str, Path]) -> None:
    address, folder = served
    rows: list[dict[str, object]] = [
        {"id": f"k{n}", "input": f"Line one {n}\n\nline three", "slices": {"topic": PRINTABLE}}
        for n in range(4)
    ]
    rows[3] |= {"expected": HOSTILE}
    file = write_lines(folder / "keys.jsonl", rows)
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

        page.goto(address)
        keys.press("Control+k")
        page.wait_for_selector("#palette li")
        keys.type("upload")
        keys.press("Enter")
        at(r"/benchmarks/-/upload$")
        page.set_input_files('input[type="file"]', file)
        page.locator('input[name="name"]').focus()
        keys.type("keys")
        keys.press("Enter")
        at(r"/benchmarks/-/upload/.+name=keys")
        page.wait_for_selector("text=keys.jsonl holds 4 cases")
        page.locator('input[name="message"]').focus()
        keys.type("By keyboard")
        keys.press("Enter")
        at(r"/benchmarks/keys/v1$")
        keys.press("/")
        keys.type("one 2")
        page.wait_for_selector("text=1 of 4 cases")
        assert page.evaluate("document.activeElement.id") == "filter"
        page.wait_for_url(re.compile(r"q=one\+2"))
        page.locator("#cases tr[data-row] a").first.focus()
        keys.press("Enter")
        at(r"/case\?id=k2")
        keys.press("e")
        at(r"/edit\?id=k2")
        page.locator("#expected").focus()
        keys.type("two\nlines")
        page.locator('button[value="save"]').focus()
        keys.press("Enter")
        at(r"/benchmarks/keys/v2/case\?id=k2")
        assert page.locator(".payload.expected pre, .payload pre").last.inner_text() == "two\nlines"
        assert page.locator(".payload pre").first.inner_text() == "Line one 2\n\nline three"
        page.goto(f"{address}/benchmarks/keys/v2/edit?id=k3")
        assert page.locator("#expected_as, [name=expected_as]").input_value() == "json"
        page.goto(f"{address}/benchmarks/keys/v2/coverage")
        page.wait_for_selector("h1")
        assert page.evaluate("window.hit") is None
        keys.press("Control+k")
        page.wait_for_selector("#palette li")
        assert page.locator("#palette li").first.inner_text().startswith("keys")
        browser.close()
    assert complaints == []


def test_a_view_is_saved_opened_by_its_digit_and_deleted(served: tuple[str, Path]) -> None:
    address, _ = served
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        keys = page.keyboard
        page.goto(f"{address}/traces?failed=1&window=24h")
        page.locator(".views summary", has_text="Save this view").focus()
        keys.press("Enter")
        page.locator('.views input[name="name"]').focus()
        keys.type(f"Today {PRINTABLE}")
        keys.press("Enter")
        page.wait_for_selector('a[data-view="1"][aria-current="true"]')
        page.goto(f"{address}/traces?window=7d")
        keys.press("1")
        page.wait_for_url(re.compile(r"failed=1&window=24h"))
        assert page.evaluate("window.hit") is None
        page.locator(".views summary", has_text="Delete views").focus()
        keys.press("Enter")
        page.locator(".views .choices button").first.focus()
        keys.press("Enter")
        page.wait_for_selector('a[data-view="1"]', state="detached")
        browser.close()


def test_no_page_is_wider_than_a_narrow_screen(served: tuple[str, Path]) -> None:
    address, folder = served
    table = folder / "table.csv"
    table.write_text("a,b\n" + f"{'x' * 300},{'y' * 300}\n" * 3, encoding="utf-8")
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        for path in (
            "/benchmarks",
            "/benchmarks/quiz/v1?q=c1",
            "/benchmarks/quiz/v1/case?id=c4",
            "/benchmarks/quiz/v1/edit?id=c4",
            "/benchmarks/quiz/v1/edit?id=c4&raw=1",
            "/benchmarks/quiz/v1/new",
            "/benchmarks/quiz/v1/coverage",
            "/benchmarks/quiz/v1/check",
            "/benchmarks/-/upload",
            "/traces?failed=1",
        ):
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            page.evaluate("document.querySelectorAll('main details').forEach((each) => (each.open = true))")
            assert page.evaluate(WIDTH) <= 360, path
        page.goto(f"{address}/benchmarks/-/upload")
        page.set_input_files('input[type="file"]', table)
        page.click("button.primary")
        page.wait_for_selector("#upload")
        page.evaluate("document.querySelectorAll('main details').forEach((each) => (each.open = true))")
        assert page.evaluate(WIDTH) <= 360
        browser.close()
