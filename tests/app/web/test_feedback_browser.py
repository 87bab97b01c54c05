"""Feedback in a real browser: from a page of another origin, and on the trace's page by keyboard alone."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.app.web.serving import served
from tests.app.web.test_traces import a_span, put

playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: no Playwright")

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
TRACE = f"{1:032x}"

SHOP = """<!doctype html><title>Shop</title>
<button id="up">Good</button><button id="down">Bad</button><button id="leave">Leave</button>
<p id="said"></p>
<script type="module">
import { feedback } from "SERVER/assets/feedback.js";
const say = feedback();
const trace = "TRACE";
const show = (text) => (document.getElementById("said").textContent += text);
document.getElementById("up").onclick = async () => show(`up ${await say.thumb(trace, "up")};`);
document.getElementById("down").onclick = async () =>
  show(`down ${await say.thumb(trace, "down", { label: "wrong", text: "<b>late</b>" })};`);
document.getElementById("leave").onclick = () => {
  say.text(trace, "said while leaving");
  location.assign("/other.html");
};
window.refused = () => say.send({ kind: "event", name: "refunded", trace });
</script>
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: the browser's complaints are what counts."""


@contextmanager
def shop(folder: Path) -> Iterator[tuple[str, Path]]:
    """Pages of another origin: the address and the folder that they lie in."""
    pages = folder / "shop"
    pages.mkdir()
    (pages / "other.html").write_text("<!doctype html><title>Other</title>", encoding="utf-8")
    (pages / "favicon.ico").write_bytes(b"")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(pages)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}", pages
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def feedback(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{address}/api/v1/feedback").json()["feedback"]
    return found


def wait_for(address: str, count: int) -> list[dict[str, Any]]:
    ends = time.monotonic() + 20
    while len(found := feedback(address)) < count and time.monotonic() < ends:
        time.sleep(0.05)
    assert len(found) == count
    return found


def settings(folder: Path, origin: str) -> None:
    text = f'[project]\nname = "shop"\n[server]\nfeedback_origins = ["{origin}"]\n'
    (folder / "steelyard.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED IN A BROWSER: no {CHROMIUM}")
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_a_page_of_another_origin_says_what_its_users_think(chromium: Any, tmp_path: Path) -> None:
    with shop(tmp_path) as (origin, pages):
        settings(tmp_path, origin)
        with served(tmp_path) as address:
            text = SHOP.replace("SERVER", address).replace("TRACE", TRACE)
            (pages / "index.html").write_text(text, encoding="utf-8")
            complaints: list[str] = []
            page = chromium.new_page()
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.goto(origin)
            page.locator("#up").click()
            page.locator("#said", has_text="up true;").wait_for()
            page.locator("#down").click()
            page.locator("#said", has_text="down true;").wait_for()
            (thumb,) = feedback(address)
            assert (thumb["value"], thumb["label"], thumb["text"]) == ("down", "wrong", "<b>late</b>")
            assert (thumb["author"], thumb["source"], thumb["user"]) == ("key:page", "user", "")
            assert thumb["revised"] is not None
            page.locator("#leave").click()
            page.wait_for_url(re.compile(r"/other\.html$"))
            said, _ = wait_for(address, 2)
            assert said["text"] == "said while leaving"
            page.goto(origin)
            assert complaints == []
            assert page.evaluate("window.refused()") is False
            assert len(feedback(address)) == 2


def test_a_page_of_an_origin_that_is_not_configured_is_stopped(chromium: Any, tmp_path: Path) -> None:
    with shop(tmp_path) as (origin, pages):
        settings(tmp_path, "https://other.example")
        with served(tmp_path) as address:
            text = SHOP.replace("SERVER", address).replace("TRACE", TRACE)
            (pages / "index.html").write_text(text, encoding="utf-8")
            page = chromium.new_page()
            page.goto(origin)
            page.locator("#up").click()
            page.wait_for_timeout(500)
            assert page.locator("#said").text_content() == ""
            assert feedback(address) == []


def test_feedback_is_given_by_keyboard_alone(chromium: Any, tmp_path: Path) -> None:
    settings(tmp_path, "https://other.example")
    request = ExportTraceServiceRequest()
    put(a_span(request, 1), output__value="It comes tomorrow.")
    put(a_span(request, 2, parent=1), output__value="Tomorrow.")
    with served(tmp_path) as address:
        headers = {"content-type": "application/x-protobuf"}
        httpx.post(f"{address}/v1/traces", content=request.SerializeToString(), headers=headers)
        edit = {"id": "e", "kind": "edit", "trace": TRACE, "text": "It comes today."}
        httpx.post(f"{address}/api/v1/feedback", json=edit)
        complaints: list[str] = []
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        keys = page.keyboard
        page.goto(f"{address}/traces/{TRACE}")
        page.wait_for_load_state("networkidle")
        keys.press("d")
        assert page.locator(".edit del").text_content() == "tomorrow"
        assert page.locator(".edit ins").text_content() == "today"
        keys.press("+")
        page.locator("#feedback [role=status]", has_text="Kept: good.").wait_for()
        keys.press("n")
        keys.type("too late - after all+")
        keys.press("Escape")
        keys.press("-")
        page.locator("#feedback [role=status]", has_text="Kept: bad.").wait_for()
        page.locator("#feedback", has_text="too late - after all+").wait_for()
        keys.press("n")
        keys.type("only a note")
        keys.press("Enter")
        page.locator("#feedback [role=status]", has_text=re.compile(r"Kept\.$")).wait_for()
        page.locator("#span .rating button[value=down]").focus()
        keys.press("Enter")
        page.locator("#feedback", has_text="▼ bad on step 1").wait_for()
        page.goto(f"{address}/traces")
        page.locator('input[name="disliked"]').focus()
        keys.press("Space")
        page.wait_for_url(re.compile(r"/traces\?disliked=1$"))
        page.locator(".traces-table", has_text="▼ 2 negative").wait_for()
        assert complaints == []
        said = [(item["kind"], item["value"], item["text"], item["span"]) for item in feedback(address)]
        assert said == [
            ("thumb", "down", "", f"{1:016x}"),
            ("text", None, "only a note", ""),
            ("thumb", "down", "too late - after all+", ""),
            ("edit", None, "It comes today.", ""),
        ]
