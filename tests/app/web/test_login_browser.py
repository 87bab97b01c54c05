"""Logging in and out in a real browser, by keyboard alone, at 360 pixels."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "correct horse battery"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    program = [sys.executable, "-m", "steelyard"]
    at = ["--project", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [*program, "user", "add", "ada", *at],
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    with subprocess.Popen(
        [*program, "serve", "--port", "0", *at],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as server:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        yield found.group(0)
        server.terminate()


def test_a_login_by_keyboard_and_the_way_out(address: str) -> None:
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 640})

        def give(password: str) -> None:
            assert page.evaluate("document.activeElement.id") == "name"
            page.keyboard.type("ada")
            page.keyboard.press("Tab")
            page.keyboard.type(password)
            page.keyboard.press("Enter")

        page.goto(f"{address}/runs")
        page.wait_for_url("**/login?next=%2Fruns")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.locator("main").bounding_box()["width"] > 300
        give("not the password")
        page.get_by_role("alert").wait_for()
        give(PASSWORD)
        page.wait_for_url("**/runs")
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Log out ada").press("Enter")
        page.wait_for_url("**/login")
        page.goto(f"{address}/runs")
        page.wait_for_url("**/login?next=%2Fruns")
        browser.close()
