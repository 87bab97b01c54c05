"""The HTML file opened in a real browser: plots drawn, keys work, nothing fetched, no policy broken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.reports.conftest import Records

from steelyard.reports.html import Distribution, ExampleRow, render_html

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("NOT TESTED IN A BROWSER: no Chromium on PATH; install the package `chromium`")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="NOT TESTED IN A BROWSER: playwright is not installed"
    )
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Opened:
    """A page with everything it complained about and asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def opened(browser: Any, folder: Path, text: str, **context: Any) -> Opened:
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_page(**context)
    result = Opened(page)
    page.on("console", lambda message: result.complaints.append(message.text))
    page.on("pageerror", lambda error: result.complaints.append(str(error)))
    page.on("dialog", lambda dialog: result.complaints.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: result.requests.append(request.url))
    page.goto(path.as_uri())
    figures = page.locator("figure[data-figure]").count()
    page.wait_for_function(
        f"document.querySelectorAll('.plot[data-ready] svg').length === {figures}", timeout=20_000
    )
    return result


def quiet(result: Opened) -> bool:
    return not result.complaints and all(
        url.startswith(("file:", "data:", "blob:")) for url in result.requests
    )


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("unsure", "light"),
        ("unsure", "dark"),
        ("failed", "dark"),
        ("passed", "light"),
        ("run", "light"),
        ("comparison", "dark"),
    ],
)
def test_pages_draw_without_complaint(
    browser: Any, tmp_path: Path, records: Records, name: str, scheme: str
) -> None:
    spread = Distribution(name="latency", measure="s", base=(1.0, 2.0, 3.0), candidate=(1.5, 2.5, 2.0))
    if name == "comparison":
        text = render_html(records.unsure().comparison, ranking=records.ranking(), distributions=[spread])
    else:
        text = render_html(getattr(records, name)())
    result = opened(browser, tmp_path, text, color_scheme=scheme)
    assert quiet(result), (result.complaints, result.requests)
    assert result.page.locator(".plot svg").count() >= 1
    assert result.page.get_by_role("heading", level=1).is_visible()
    result.page.close()


def test_keys_move_filter_mark_and_explain(browser: Any, tmp_path: Path, records: Records) -> None:
    result = opened(browser, tmp_path, render_html(records.unsure()))
    page = result.page
    title = page.locator(".detail h3")
    assert title.inner_text() == "gsm8k-0000"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert title.inner_text() == "gsm8k-0001"
    assert "case=gsm8k-0001" in page.url
    page.keyboard.press("d")
    assert page.locator(".payload.candidate ins").first.inner_text() == "13"
    assert page.locator(".payload.base del").count() >= 1
    page.keyboard.press("r")
    assert "\\n" in page.locator(".payload.base pre").inner_text()
    page.keyboard.press("/")
    page.keyboard.type("gsm8k-0150")
    assert page.locator("#rows li").count() == 1
    assert "q=gsm8k-0150" in page.url
    page.keyboard.press("Escape")
    assert page.locator("#rows li").count() == 209
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.locator("#help").wait_for(state="hidden")
    page.locator("#rows").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.className === 'detail'")
    assert quiet(result), result.complaints
    page.close()


def test_the_address_holds_the_state(browser: Any, tmp_path: Path, records: Records) -> None:
    result = opened(browser, tmp_path, render_html(records.unsure()))
    page = result.page
    page.goto(f"{(tmp_path / 'report.html').as_uri()}#kind=fixed&case=gsm8k-2003&diff=1")
    page.reload()
    assert page.locator(".detail h3").inner_text() == "gsm8k-2003"
    assert page.get_by_role("button", name="Fixed 152").get_attribute("aria-pressed") == "true"
    page.close()


def test_numbers_explain_themselves_on_focus(browser: Any, tmp_path: Path, records: Records) -> None:
    result = opened(browser, tmp_path, render_html(records.unsure()))
    page = result.page
    number = page.locator(".num", has_text="−4.3 points").first
    number.focus()
    tip = page.get_by_role("tooltip")
    assert tip.is_visible()
    assert "Tango; exact McNemar" in tip.inner_text()
    assert "Signature" in tip.inner_text()
    page.close()


def test_tables_sort_by_number(browser: Any, tmp_path: Path, records: Records) -> None:
    result = opened(browser, tmp_path, render_html(records.unsure()))
    page = result.page
    table = page.locator("figure[data-figure='slice-steps-1'] table")
    table.get_by_role("button", name="difference").click()
    assert table.locator("tbody th").all_inner_texts() == ["6 or more", "4 or 5", "2 or 3"]
    page.close()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_plots_can_be_saved(browser: Any, tmp_path: Path, records: Records, kind: str) -> None:
    result = opened(browser, tmp_path, render_html(records.unsure()))
    page = result.page
    with page.expect_download() as download:
        page.locator(f"[data-save='{kind}']").first.click()
    saved = Path(download.value.path()).read_bytes()
    assert saved.startswith(b"\x89PNG" if kind == "png" else b"<svg")
    assert download.value.suggested_filename.endswith(f".{kind}")
    assert quiet(result), result.complaints
    page.close()


def test_the_theme_can_be_turned(browser: Any, tmp_path: Path, records: Records) -> None:
    result = opened(browser, tmp_path, render_html(records.unsure()), color_scheme="light")
    page = result.page
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 28)"
    assert quiet(result), result.complaints
    page.close()


def test_hostile_text_runs_nothing(browser: Any, tmp_path: Path, records: Records) -> None:
    bad = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x00\ud800${alert(3)}"
    row = ExampleRow(
        case_id=bad, kind="worst", input=bad, outputs=(bad, bad + " x"), expected=bad, reason=bad
    )
    comparison = records.comparison(records.worse(), bad, bad, notes=(bad,), broken=(), fixed=())
    result = opened(browser, tmp_path, render_html(comparison, examples=[row], title=bad))
    page = result.page
    page.keyboard.press("d")
    page.keyboard.press("r")
    assert "⟨U+202E⟩" in page.locator(".detail h3").inner_text()
    assert "\\u202e" in page.locator(".payload pre").first.inner_text()
    assert page.locator("main img").count() == 0
    assert quiet(result), result.complaints
    page.close()


@pytest.mark.parametrize("width", [360, 1100])
def test_nothing_runs_over_the_edge(browser: Any, tmp_path: Path, records: Records, width: int) -> None:
    viewport = {"width": width, "height": 800}
    result = opened(browser, tmp_path, render_html(records.unsure()), viewport=viewport)
    assert result.page.evaluate("document.documentElement.scrollWidth") <= width
    result.page.close()


def test_tables_remain_without_scripts(browser: Any, tmp_path: Path, records: Records) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(records.unsure()), encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.goto(path.as_uri())
    assert page.get_by_role("row", name="6 or more").is_visible()
    page.close()
