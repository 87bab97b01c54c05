"""Feedback on the pages of traces: shown as data, given with a key, found in the list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.app.web.conftest import HOSTILE
from tests.app.web.test_access import Place
from tests.app.web.test_pages import Elements
from tests.app.web.test_traces import PRINTABLE, a_span, put, send

from steelyard.app._project import find_project
from steelyard.app.accounts import Role
from steelyard.app.web import Site, create_app
from steelyard.store import open_store

TRACE = f"{1:032x}"
PAGE = f"/traces/{TRACE}"
SPAN = f"{2:016x}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "steelyard.toml").write_text('[project]\nname = "said"\n', encoding="utf-8")
    project = find_project(tmp_path)
    with open_store(project.store) as store:
        found = Site(project=project, store=store)
        yield found
        found.answers.close()


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(site), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8321", headers={"accept": "text/html"}
    ) as opened:
        await send(opened, a_trace(1))
        yield opened


def a_trace(number: int) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    put(a_span(request, 1, trace=number), session__id="s1", output__value="It comes tomorrow.")
    put(a_span(request, 2, trace=number, parent=1), output__value="Tomorrow, I think.")
    return request


async def say(client: httpx.AsyncClient, **more: Any) -> None:
    answer = await client.post("/api/v1/feedback", json={"kind": "text", "trace": TRACE, **more})
    assert answer.json()["accepted"] == 1, answer.text


def text_of(page: httpx.Response) -> str:
    return " ".join(Elements(page.text).text.split())


async def test_a_trace_shows_what_was_said_of_it_its_spans_and_its_session(client: httpx.AsyncClient) -> None:
    assert "Nobody said anything of this answer yet" in text_of(await client.get(PAGE))
    await say(client, id="a", kind="thumb", value="down", label="wrong", text="It was late.", user="u1")
    await say(client, id="b", kind="score", value=4, name="stars", span=SPAN, time="2026-01-01T08:00:00Z")
    await say(client, id="c", kind="event", name="refunded", value=12.5, trace=None, session="s1")
    await say(client, id="d", kind="edit", text="It comes on Friday.")
    await say(client, id="e", text="Elsewhere", trace=f"{9:032x}", session="s1")
    page = await client.get(PAGE)
    text = text_of(page)
    for words in (
        "▼ bad wrong",
        "It was late.",
        "a user (u1)",
        "stars: 4 on step 2",
        "2026-01-01 08:00:00, came",
        "▼ refunded 12.5 on the session s1 · a program",
        "It comes tomorrow.",
        "It comes on Friday.",
    ):
        assert words in text, words
    assert "Elsewhere" not in text
    links = [given.get("href") for tag, given in Elements(page.text).tags if tag == "a"]
    assert f"{PAGE}?span={SPAN}" in links
    found = (await client.get(f"/api/v1{PAGE}")).json()["feedback"]
    assert [item["id"] for item in found] == ["d", "b", "a"]


async def test_no_text_that_was_said_becomes_markup(client: httpx.AsyncClient) -> None:
    words = dict.fromkeys(("name", "label", "user", "session"), PRINTABLE)
    await say(client, id=HOSTILE, kind="edit", text=HOSTILE, **words)
    await say(client, id="x", kind="thumb", value="down", text=HOSTILE, span="ff" * 8, **words)
    for address in (PAGE, f"{PAGE}/feedback", "/traces?disliked=1"):
        page = Elements((await client.get(address)).text)
        assert not [tag for tag, given in page.tags if "onerror" in given or given.get("src") == "x"], address
        assert all(given.get("src") for tag, given in page.tags if tag == "script"), address


async def test_a_thumb_given_again_replaces_the_first_and_notes_add_up(client: httpx.AsyncClient) -> None:
    first = await client.post(f"{PAGE}/feedback", data={"value": "up", "text": ""})
    assert (first.status_code, first.headers["location"]) == (303, PAGE)
    part = await client.post(
        f"{PAGE}/feedback", data={"value": "down", "text": "After all"}, headers={"hx-request": "true"}
    )
    assert "Kept: bad." in text_of(part)
    assert "<html" not in part.text
    for _ in range(2):
        await client.post(f"{PAGE}/feedback", data={"value": "", "text": "A note", "span": SPAN})
    found = (await client.get("/api/v1/feedback")).json()["feedback"]
    assert [(item["kind"], item["value"], item["text"], item["span"], item["source"]) for item in found] == [
        ("text", None, "A note", SPAN, "expert"),
        ("text", None, "A note", SPAN, "expert"),
        ("thumb", "down", "After all", "", "expert"),
    ]


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"value": "", "text": " "}, 422, "Choose a thumb, or write a note"),
        ({"value": "maybe"}, 422, "must be 'up' or 'down'"),
        ({"value": "up", "span": "00"}, 404, "no such span"),
        ({"value": "up", "text": "x" * 2001}, 422, "at most 2,000 characters"),
    ],
    ids=str,
)
async def test_what_cannot_be_kept_is_said(
    client: httpx.AsyncClient, form: dict[str, str], status: int, words: str
) -> None:
    answer = await client.post(f"{PAGE}/feedback", data=form)
    assert answer.status_code == status
    assert words in text_of(answer)


async def test_the_list_is_filtered_by_negative_feedback_and_marks_it(client: httpx.AsyncClient) -> None:
    await send(client, a_trace(2))
    await say(client, id="a", kind="thumb", value="down")
    await say(client, id="b", kind="thumb", value="up")
    await say(client, id="c", kind="thumb", value="up", trace=f"{2:032x}")
    listed = text_of(await client.get("/traces"))
    assert "▼ 1 negative" in listed
    assert listed.count("▲ 1 positive") == 2
    page = await client.get("/traces?disliked=1")
    assert page.text.count("<tr data-row>") == 1
    rows = (await client.get("/api/v1/traces?disliked=true")).json()["traces"]
    assert [(row["trace"], row["feedback"]) for row in rows] == [
        (TRACE, {"total": 2, "negative": 1, "positive": 1})
    ]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        made = Place(store)
        made.add("ada", Role.admin)
        made.add("rita", Role.rater)
        made.add("vic", Role.viewer)
        yield made


async def test_a_rater_may_say_something_and_a_viewer_may_read_it(place: Place) -> None:
    async with place.by_key(place.key(Role.editor)[1]) as client:
        await send(client, a_trace(1))
    async with place.session("rita") as client:
        page = Elements((await client.get(PAGE, headers={"accept": "text/html"})).text)
        forms = [given.get("action") for tag, given in page.tags if tag == "form"]
        assert forms.count(f"{PAGE}/feedback") == 2
        assert (await client.post(f"{PAGE}/feedback", data={"value": "down"})).status_code == 303
        del client.headers["x-csrf-token"]
        assert (await client.post(f"{PAGE}/feedback", data={"value": "up"})).status_code == 403
    async with place.session("vic") as client:
        shown = await client.get(PAGE, headers={"accept": "text/html"})
        assert "an expert, sent by rita" in text_of(shown)
        assert f"{PAGE}/feedback" not in shown.text
        assert (await client.post(f"{PAGE}/feedback", data={"value": "up"})).status_code == 403
    assert ("rita", "trace_feedback_post", "done") in place.audit()
