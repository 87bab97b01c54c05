"""Home: what is live, what was decided, where the numbers go, and what is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.app.web.places import decide
from tests.app.web.test_pages import Elements

from steelyard.app.web import Site, create_app
from steelyard.app.web._layers import ago
from steelyard.core import FixedClock, Rating
from steelyard.review import Study, StudyRating


async def told(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/home")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def at(site: Site, days: float) -> dict[str, Any]:
    """What home says so many days after the newest run."""
    later = FixedClock(site.store.list_runs()[0].started + timedelta(days=days))
    app = create_app(replace(site, clock=later))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8321"
    ) as client:
        return await told(client)


def layer(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in document["layers"] if each["layer"] == name)
    return found


async def test_what_is_not_there_is_said(client: httpx.AsyncClient) -> None:
    page = Elements((await client.get("/")).text).text
    assert "Attack campaigns and live policies are not part of this version." in page
    assert "No trace of production has come." in page
    assert "steelyard study import FILE" in page
    document = await told(client)
    assert [layer(document, name)["state"] for name in ("experts", "red_team", "production")] == ["off"] * 3


async def test_the_last_evidence_has_its_interval_and_its_record(client: httpx.AsyncClient) -> None:
    found = layer(await told(client), "automated")
    assert found["state"] == "live"
    assert found["estimate"]["interval"][0] < found["estimate"]["value"] < found["estimate"]["interval"][1]
    page = Elements((await client.get("/")).text)
    facts = [json.loads(str(given["data-facts"])) for tag, given in page.tags if "data-facts" in given]
    assert facts
    assert all(dict(each)["Method"] for each in facts)


@pytest.mark.parametrize(("days", "state"), [(29, "live"), (31, "stale")])
async def test_evidence_grows_old(site: Site, days: float, state: str) -> None:
    found = layer(await at(site, days), "automated")
    assert found["state"] == state
    assert ("older than 30 days" in found["why"]) == (state == "stale")
    assert bool(found["command"]) == (state == "stale")


async def test_a_new_version_of_the_benchmark_makes_evidence_stale(
    site: Site, client: httpx.AsyncClient
) -> None:
    body = {"cases": [{"id": "new", "input": "1+1", "expected": "2"}]}
    added = await client.post("/api/v1/benchmarks/quiz/versions", json=body)
    assert added.status_code in (200, 201)
    found = layer(await told(client), "automated")
    assert found["state"] == "stale"
    assert "quiz@v2 was added since" in found["why"]
    assert found["command"].startswith("steelyard run quiz@v2 --target ")


async def test_ratings_are_evidence_until_newer_answers_come(site: Site, client: httpx.AsyncClient) -> None:
    new, old = site.store.list_runs()
    rated = [
        StudyRating(
            rating=Rating(item=f"c{n}", rater=rater, criterion="good", value=float(n % 2), rated=old.started),
            run=old.id,
        )
        for n in range(3, 33)
        for rater in ("ada", "ben")
    ]
    site.store.save_study(Study(name="first", created=old.started, runs=(old.id,)), ratings=rated)
    found = layer(await told(client), "experts")
    assert found["state"] == "stale"
    assert "were rated by nobody" in found["why"]
    assert found["estimate"]["value"] == 1.0
    site.store.save_study(Study(name="first", created=old.started, runs=(new.id,)))
    assert layer(await told(client), "experts")["state"] == "live"


async def test_traces_are_counted_and_grow_old(site: Site) -> None:
    now = site.store.list_runs()[0].started
    spans = [
        {
            "traceId": f"{n:032x}",
            "spanId": f"{n:016x}",
            "name": "call",
            "startTimeUnixNano": "1",
            "endTimeUnixNano": "2",
            "status": {"code": 2 if n <= 5 else 1},
        }
        for n in range(1, 21)
    ]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    states = []
    for hours in (0, 23, 25):
        app = create_app(replace(site, clock=FixedClock(now + timedelta(hours=hours))))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8321"
        ) as client:
            if hours == 0:
                sent = await client.post("/v1/traces", json=body)
                assert sent.status_code == 200
            found = layer(await told(client), "production")
            states.append((found["state"], found["estimate"] and found["estimate"]["value"]))
    assert states == [("partly", 0.25), ("partly", 0.25), ("stale", None)]


async def test_a_decision_comes_before_what_nobody_decided(site: Site, client: httpx.AsyncClient) -> None:
    new, old = site.store.list_runs()
    before = (await told(client))["verdicts"]
    assert [line["verdict"] for line in before] == [None]
    assert before[0]["base"] == old.id
    decide(site.store, old, new, at=new.started)
    after = (await told(client))["verdicts"]
    assert [(line["verdict"], line["base"], line["candidate"]) for line in after] == [
        ("FAIL", old.id, new.id)
    ]
    assert after[0]["difference"]["interval"]
    page = Elements((await client.get("/home/figures")).text).text
    assert "gate decided" in page


async def test_the_first_line_is_the_newest_decision(site: Site, client: httpx.AsyncClient) -> None:
    new, old = site.store.list_runs()
    decide(site.store, old, new, at=new.started)
    await client.get("/home/figures")
    page = Elements((await client.get("/")).text).text
    assert page.index("FAIL by its rules: No clear difference") < page.index("Automated metrics")


async def test_a_trend_joins_the_runs_of_a_benchmark(site: Site, client: httpx.AsyncClient) -> None:
    new, old = site.store.list_runs()
    decide(site.store, old, new, at=new.started)
    trend = (await told(client))["trends"][0]
    assert [point["run"] for point in trend["points"]] == [old.id, new.id]
    part = (await client.get("/home/figures")).text
    assert "released: 2026-03" in part
    assert "exact_match over runs" in part


def test_a_past_moment_is_said_in_the_unit_that_fits() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    said = [ago(now - timedelta(seconds=each), now) for each in (5, 61, 7200, 90_000, 86400 * 40)]
    assert said == ["just now", "1 minute ago", "2 hours ago", "1 day ago", "40 days ago"]
