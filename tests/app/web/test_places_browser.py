"""Home, prompts and settings in a real browser, by keyboard; users, keys and the log after a login."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.app.web.conftest import HOSTILE, PRINTABLE, hostile_project
from tests.app.web.places import sha, told
from tests.app.web.serving import served

from steelyard.app._project import find_project
from steelyard.store import open_store

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "correct horse battery"
OLD, NEW = f"Answer well. {HOSTILE}", f"Answer with a number. {HOSTILE}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scored runs and two versions of a prompt, every text hostile."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    folder = hostile_project(tmp_path_factory.mktemp("places"))
    with open_store(find_project(folder).store) as store:
        told(store, 1, {f"prompts/a{PRINTABLE}.md": OLD})
        told(store, 2, {f"prompts/a{PRINTABLE}.md": NEW})
    return folder


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    with served(project) as url:
        yield url


@pytest.fixture
def page() -> Iterator[Any]:
    """A page that must not complain, nor run what others wrote."""
    complaints: list[str] = []
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        assert opened.evaluate("window.hit") is None
        browser.close()
    assert complaints == []


def at(page: Any, pattern: str) -> None:
    page.wait_for_url(re.compile(pattern))
    page.wait_for_load_state("networkidle")


def test_home_draws_its_trend_and_every_number_says_what_it_is(address: str, page: Any) -> None:
    page.goto(address)
    page.wait_for_selector(".trends figure[data-spec] .plot svg")
    assert page.locator("h1#lead").count() == page.locator("#layers").count() == 1
    assert "exact_match" in page.locator("h1#lead").inner_text()
    numbers = page.locator(".layers .num, .verdicts .num, .trends .num")
    assert numbers.count() >= 4
    for number in range(numbers.count()):
        numbers.nth(number).focus()
        assert "Method" in page.locator("#tip").inner_text()
    page.keyboard.press("p")
    assert not page.locator(".trends .plot").first.is_visible()
    assert page.locator(".trends table").first.is_visible()
    with page.expect_download() as saved:
        page.locator('.trends button[data-save="svg"]').first.click()
    assert saved.value.suggested_filename.endswith(".svg")


def test_prompts_by_keyboard_down_to_the_changed_words(address: str, page: Any) -> None:
    keys = page.keyboard
    page.goto(address)
    keys.press("g")
    keys.press("p")
    at(page, r"/prompts$")
    for _ in range(2):
        keys.press("j")
        keys.press("Space")
    page.locator("form button[type=submit]", has_text="side by side").focus()
    keys.press("Enter")
    at(page, r"/prompts/diff\?")
    assert page.locator("del").all_inner_texts() == ["well"]
    assert "".join(page.locator("ins").all_inner_texts()).split() == ["with", "a", "number"]
    keys.press("d")
    assert page.locator("del").count() == 0
    page.goto(f"{address}/prompts/{sha(NEW)}")
    page.get_by_role("link", name="What changed since the version before").press("Enter")
    at(page, r"/prompts/diff\?")


def test_settings_are_reached_and_filtered_by_keyboard(address: str, page: Any) -> None:
    keys = page.keyboard
    page.goto(address)
    keys.press("g")
    keys.press("s")
    at(page, r"/settings$")
    keys.press("/")
    keys.type("allowed_drop")
    assert page.locator("tr[data-row]:visible").count() == 1
    keys.press("Escape")
    keys.press("Control+k")
    page.wait_for_selector("#palette li")
    keys.type("audit")
    keys.press("Enter")
    at(page, r"/settings/audit$")


def test_none_of_these_pages_is_wider_than_a_narrow_screen(address: str, page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    pair = f"/prompts/diff?version={sha(OLD)}&version={sha(NEW)}"
    for path in ("/", "/prompts", f"/prompts/{sha(OLD)}", pair, "/settings", "/settings/audit?check=1"):
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_an_administrator_changes_users_and_keys_by_keyboard(tmp_path: Path, page: Any) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("ada", "ben"):
        subprocess.run(
            [sys.executable, "-m", "steelyard", "user", "add", name, "--project", str(tmp_path)],
            input=f"{PASSWORD}\n",
            text=True,
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
    with served(tmp_path) as url:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"{url}/settings/users")
        page.keyboard.type("ada")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        at(page, r"/settings/users$")
        page.locator("summary", has_text="Change").press("Enter")
        page.locator('select[name="role"]').select_option("editor")
        page.get_by_role("button", name="Give").press("Enter")
        at(page, r"done=role")
        assert "ben has another role now." in page.locator('[role="status"]').inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_role("link", name="Keys").press("Enter")
        at(page, r"/settings/keys$")
        page.get_by_label("What it is for").fill("nightly")
        page.get_by_role("button", name="Make the key").press("Enter")
        page.wait_for_selector(".token")
        assert re.fullmatch(r"sy_\w{10}_[\w-]+", page.locator(".token .secret").inner_text())
        page.locator("summary", has_text="Revoke").press("Enter")
        page.get_by_role("button", name="for good").press("Enter")
        at(page, r"revoked=")
        assert "opens nothing any more" in page.locator('[role="status"]').inner_text()
        page.get_by_role("link", name="Audit log").press("Enter")
        at(page, r"/settings/audit$")
        page.get_by_role("button", name="Check the whole log").press("Enter")
        at(page, r"check=1")
        assert re.match(r"All \d+ entries are as they were written\.", page.locator("h1").inner_text())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
