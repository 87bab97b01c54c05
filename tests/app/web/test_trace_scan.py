"""An attribute that no column holds: looked for a part at a time, on the page and in the API."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from steelyard.app._project import find_project
from steelyard.app.web import Site, create_app
from steelyard.app.web._intake import Intake
from steelyard.app.web._upkeep import Upkeep
from steelyard.core import FixedClock
from steelyard.store import open_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = """
[project]
name = "shop"
[traces]
redact = ["email"]
[traces.retention]
span_days = 2
"""


def body(trace: int) -> bytes:
    data = TracesData()
    scope = data.resource_spans.add().scope_spans.add()
    for number in range(60):
        span = scope.spans.add(
            trace_id=trace.to_bytes(16, "big"), span_id=(number + 1).to_bytes(8, "big"), name=f"step {trace}"
        )
        span.attributes.add(key="shop.order").value.string_value = f"o-{trace % 3}"
        span.attributes.add(key="note").value.string_value = "ann@example.org"
    return data.SerializeToString()


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "steelyard.toml").write_text(SETTINGS, encoding="utf-8")
    project = find_project(tmp_path)
    clock = FixedClock(NOW)
    with open_store(project.store) as store:
        site = Site(project=project, store=store, clock=clock)
        transport = httpx.ASGITransport(app=create_app(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as found:
            for trace in range(1, 7):
                headers = {"content-type": "application/x-protobuf"}
                answer = await found.post("/v1/traces", content=body(trace), headers=headers)
                assert answer.status_code == 200
                clock.advance(3600)
            yield found
        site.answers.close()


async def test_the_api_says_how_far_it_got_and_goes_on(client: httpx.AsyncClient) -> None:
    asked = {"attribute": "shop.order", "value": "o-1", "limit": "5"}
    seen: list[str] = []
    scanned, parts, cursor = 0, 0, ""
    while True:
        document = (await client.get("/api/v1/traces", params={**asked, "cursor": cursor})).json()
        scanned += document["scan"]["scanned"]
        parts += 1
        seen += [row["trace"][-1] for row in document["traces"]]
        cursor = document["next"] or ""
        if document["scan"]["complete"]:
            break
        assert document["scan"]["reached"].startswith("2026-03-01T1")
    assert list(dict.fromkeys(seen)) == ["4", "1"]
    assert scanned == 360
    assert parts > 10
    assert cursor == ""


async def test_a_time_window_bounds_the_look(client: httpx.AsyncClient) -> None:
    asked = {
        "attribute": "shop.order",
        "value": "o-0",
        "since": (NOW + timedelta(hours=1)).isoformat(),
        "until": (NOW + timedelta(hours=3)).isoformat(),
        "limit": "500",
    }
    document = (await client.get("/api/v1/traces", params=asked)).json()
    assert document["scan"] == {"scanned": 120, "reached": "2026-03-01T13:00:00+00:00", "complete": True}
    assert [row["trace"][-1] for row in document["traces"]] == ["3"]


async def test_the_page_says_how_far_it_got_and_offers_more(client: httpx.AsyncClient) -> None:
    page = (await client.get("/traces", params={"attribute": "shop.order", "value": "o-1"})).text
    assert "Looked through" in page
    assert "back to 2026-03-01 15:00:00 UTC" in page
    assert "Look further</a>" in page
    assert 'href="/traces?attribute=shop.order&amp;value=o-1&amp;cursor=' in page
    page = (await client.get("/traces", params={"attribute": "shop.order", "value": "never"})).text
    assert "Looked through all 360 spans that were left." in page
    assert "No trace is like that" in page
    asked = {"attribute": "shop.order", "value": "o-1", "limit": "500"}
    for other in ({"q": "nowhere"}, {"disliked": "true"}, {"failed": "true"}, {"user": "nobody"}):
        document = (await client.get("/api/v1/traces", params={**asked, **other})).json()
        assert (document["traces"], document["scan"]["scanned"]) == ([], 360)


async def test_the_settings_take_out_what_comes_in(client: httpx.AsyncClient) -> None:
    found = await client.get(f"/api/v1/traces/{1:032x}", params={"payloads": "true", "limit": "1"})
    assert "[email]" in found.text
    assert "ann@example.org" not in found.text


def test_a_server_lets_go_what_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "steelyard.toml").write_text(SETTINGS, encoding="utf-8")
    project = find_project(tmp_path)
    clock = FixedClock(NOW)
    with open_store(project.store) as store:
        site = Site(project=project, store=store, clock=clock)
        intake = Intake(site)
        intake.ingest.request(body(1), "traces", "protobuf", project="shop")
        clock.advance(3 * 86_400)
        intake.ingest.request(body(2), "traces", "protobuf", project="shop")
        upkeep = Upkeep(site, intake)
        upkeep.begin()
        until = time.monotonic() + 30
        while intake.spans.count_spans("shop") != (60, 1) and time.monotonic() < until:
            time.sleep(0.05)
        upkeep.close()
        assert intake.spans.count_spans("shop") == (60, 1)
        assert intake.spans.sum_up() == 0
        intake.close()
        site.answers.close()
