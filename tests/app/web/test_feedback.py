"""Feedback over HTTP: from programs, from pages of other origins, and what neither may do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.app.web.conftest import HOSTILE
from tests.app.web.test_access import Place

from steelyard.app.accounts import Role
from steelyard.store import open_store

PATH = "/api/v1/feedback"
SHOP = "https://shop.example"
TRACE = f"{1:032x}"
SPAN = f"{2:016x}"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A server that others can reach, which takes feedback from the pages of a shop."""
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        made = Place(store)
        made.server["feedback_origins"] = [SHOP]
        made.add("ada", Role.admin)
        yield made


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Place]:
    """A server for this machine alone, that nobody needs to log in to."""
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        yield Place(
            store,
            url="http://127.0.0.1:8321",
            is_local=True,
            server={"feedback_origins": ["http://localhost:3000"]},
        )


def thumb(feedback_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": feedback_id, "kind": "thumb", "trace": TRACE, "value": "down", **more}


async def page(place: Place, **headers: str) -> httpx.AsyncClient:
    """What a browser sends from a page of another origin."""
    return place.client(origin=SHOP, sec_fetch_site="cross-site", content_type="text/plain", **headers)


def public_key(place: Place) -> str:
    return place.key(Role.rater, scopes=("feedback",))[1]


async def test_one_or_a_list_comes_in_and_goes_out(place: Place) -> None:
    async with place.by_key(place.key(Role.editor)[1]) as client:
        one = await client.post(PATH, json=thumb(time="2026-03-01T11:59:00+01:00", user="u1"))
        assert one.json() == {"accepted": 1, "revised": 0, "duplicates": 0, "rejected": []}
        items = [
            thumb(user="u1"),
            {"id": "b", "kind": "score", "name": "stars", "value": 4, "trace": TRACE, "span": SPAN},
            {"id": "c", "kind": "event", "name": "refunded", "session": "s1", "value": 12.5},
            {"id": "d", "kind": "thumb", "trace": "zz", "value": "up"},
            {"id": "e", "kind": "edit", "trace": TRACE, "text": HOSTILE},
            5,
        ]
        many = (await client.post(PATH, json=items)).json()
        assert (many["accepted"], many["duplicates"]) == (3, 1)
        assert many["rejected"] == [
            {"index": 3, "id": "d", "reason": "'trace' must be 32 hexadecimal digits"},
            {"index": 5, "id": "", "reason": "an item must be an object"},
        ]
        found = (await client.get(PATH)).json()["feedback"]
        assert [item["id"] for item in found] == ["e", "c", "b", "a"]
        assert found[0]["text"] == HOSTILE
        assert (found[3]["value"], found[3]["tone"], found[3]["time"], found[3]["received"]) == (
            "down",
            "negative",
            "2026-03-01T10:59:00+00:00",
            "2026-03-01T12:00:00+00:00",
        )
        assert (found[1]["tone"], found[1]["source"], found[1]["value"]) == ("negative", "system", 12.5)
        assert found[3]["author"].startswith("key:")
        for query, wanted in (
            (f"trace={TRACE}", "eba"),
            (f"trace={TRACE.upper()}&span={SPAN}", "b"),
            ("session=s1", "c"),
            ("user=u1", "a"),
            ("kind=edit", "e"),
            ("tone=negative", "ca"),
            ("until=2026-03-01", ""),
            ("since=0001-01-01", "ecba"),
            ("since=9999-01-01", ""),
        ):
            answer = await client.get(f"{PATH}?{query}")
            assert "".join(item["id"] for item in answer.json()["feedback"]) == wanted, query
        first = (await client.get(f"{PATH}?limit=3")).json()
        rest = (await client.get(f"{PATH}?limit=3&cursor={first['next']}")).json()
        assert ([item["id"] for item in rest["feedback"]], rest["next"]) == (["a"], None)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({}, "'kind' must be one of"),
        ({"kind": "like"}, "'kind' must be one of"),
        (thumb(id=None), "needs an 'id' of your choice"),
        (thumb(id=5), "'id' must be text"),
        (thumb(id="x" * 201), "'id' has more than 200 characters"),
        (thumb(value=1), "must be 'up' or 'down'"),
        (thumb(value=None), "a thumb needs a 'value'"),
        (thumb(trace="0" * 32), "32 hexadecimal digits"),
        (thumb(trace=None), "needs a 'trace', a 'session' or a 'user'"),
        (thumb(span="1"), "'span' must be 16 hexadecimal digits"),
        (thumb(trace=None, session="s", span=SPAN), "a 'span' needs its 'trace'"),
        (thumb(kind="score", value=True), "'value' must be a number"),
        (thumb(kind="score", value=1e200), "of at most 1e100"),
        (thumb(kind="edit", value=None), "an edit needs a 'text'"),
        (thumb(kind="text", text="x"), "only a thumb, a score or an event has a 'value'"),
        (thumb(kind="event", value=None), "an event needs a 'name'"),
        (thumb(time="yesterday"), "'time' must be ISO 8601"),
        (thumb(time="0001-01-01"), "'time' must be ISO 8601"),
        (thumb(tone="angry"), "'tone' must be one of"),
        (thumb(text="x" * 50_001), "more than 50,000 characters"),
        (thumb(stars=5), "there is an unknown field"),
    ],
    ids=str,
)
async def test_what_is_wrong_with_an_item_is_said(place: Place, item: dict[str, Any], reason: str) -> None:
    async with place.by_key(place.key(Role.editor)[1]) as client:
        answer = await client.post(PATH, json=item)
        assert answer.status_code == 422
        assert reason in answer.json()["error"]["message"]
        ledger = (await client.get("/api/v1/spans/ledger")).json()["ledger"]
        assert [key.startswith("feedback: ") for key in ledger["rejected"]] == [True]


async def test_a_request_that_cannot_be_read_is_refused(place: Place) -> None:
    async with place.by_key(place.key(Role.editor)[1]) as client:
        json_type = {"content-type": "application/json"}
        assert (await client.post(PATH, content=b"{", headers=json_type)).status_code == 422
        assert (await client.post(PATH, content=b"[" * 90_000, headers=json_type)).status_code == 422
        assert (await client.post(PATH, content=b"\xff\xfe\xff", headers=json_type)).status_code == 422
        assert (
            await client.post(PATH, content=b"[]", headers={"content-type": "text/csv"})
        ).status_code == 415
        assert (await client.post(PATH, content=b" " * (4 * 2**20 + 1), headers=json_type)).status_code == 413
        packed = {**json_type, "content-encoding": "gzip"}
        bomb = gzip.compress(b" " * (5 * 2**20))
        assert (await client.post(PATH, content=bomb, headers=packed)).status_code == 413
        assert (await client.post(PATH, content=b"[]", headers=packed)).status_code == 422
        zipped = gzip.compress(json.dumps(thumb("zipped")).encode())
        assert (await client.post(PATH, content=zipped, headers=packed)).json()["accepted"] == 1
        assert (await client.post(PATH, json=[], headers={"content-encoding": "br"})).status_code == 415
        assert (await client.post(PATH, json=[])).json()["accepted"] == 0
        many = (await client.post(PATH, json=[thumb(str(n)) for n in range(1001)])).json()
        assert (many["accepted"], many["rejected"][0]["reason"]) == (
            1000,
            "a request has at most 1,000 items",
        )


async def test_items_without_an_id_are_known_by_the_key_of_their_request(place: Place) -> None:
    async with place.by_key(place.key(Role.editor)[1]) as client:
        items = [thumb(id=None), thumb(id=None, value="up")]
        for key, accepted in (("k1", 2), ("k1", 0), ("k2", 2)):
            answer = await client.post(PATH, json=items, headers={"idempotency-key": key})
            assert answer.json()["accepted"] == accepted


async def test_shares_over_time_come_with_their_n(place: Place) -> None:
    async with place.by_key(place.key(Role.editor)[1]) as client:
        await client.post(PATH, json=[thumb("a"), thumb("b"), thumb("c", value="up")])
        (cell,) = (await client.get(f"{PATH}/series?until=2026-03-02&by=model&by=slice")).json()["series"]
        assert (cell["n"], cell["negative"], cell["traces"], cell["start"]) == (
            3,
            2,
            1,
            "2026-03-01T12:00:00+00:00",
        )
        assert (await client.get(f"{PATH}/series?since=0001-01-01")).status_code == 400
        assert (await client.get(f"{PATH}/series?step_s=61")).status_code == 422


@pytest.mark.parametrize("carried", ["in the address", "in the header"])
async def test_a_page_of_a_configured_origin_sends_with_its_own_key(place: Place, carried: str) -> None:
    key = public_key(place)
    headers = {"authorization": f"Bearer {key}"} if carried == "in the header" else {}
    query = {"key": key} if carried == "in the address" else {}
    async with await page(place, **headers) as client:
        answer = await client.post(PATH, content=json.dumps(thumb()), params=query)
        assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in answer.headers["vary"]


async def test_a_browser_that_asks_beforehand_is_told(place: Place) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with await page(place) as client:
        answer = await client.options(PATH, headers=asked)
        assert (answer.status_code, answer.headers["access-control-allow-methods"]) == (204, "POST")
        assert answer.headers["access-control-allow-origin"] == SHOP
        for path, headers in (
            (PATH, {**asked, "origin": "https://evil.example"}),
            (PATH, {**asked, "access-control-request-method": "GET"}),
            ("/api/v1/traces", asked),
            ("/v1/traces", asked),
        ):
            answer = await client.options(path, headers=headers)
            assert answer.status_code == 405
            assert "access-control-allow-origin" not in answer.headers


async def test_no_other_origin_and_no_other_route_is_let_in(place: Place) -> None:
    key = public_key(place)
    for origin in ("https://evil.example", "http://shop.example", "https://shop.example:444", "null"):
        async with place.client(origin=origin, content_type="text/plain") as client:
            answer = await client.post(PATH, content=json.dumps(thumb()), params={"key": key})
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers
    async with await page(place) as client:
        for path in ("/v1/traces", "/v1/logs", "/api/v1/benchmarks/x/versions"):
            assert (await client.post(path, params={"key": key})).status_code == 403
        listed = await client.get(PATH, params={"key": key})
        assert listed.status_code == 401
        assert "access-control-allow-origin" not in listed.headers


async def test_a_key_for_pages_opens_nothing_else(place: Place) -> None:
    async with place.by_key(public_key(place)) as client:
        for path in (PATH, "/api/v1/traces", "/traces"):
            answer = await client.get(path)
            assert (answer.status_code, "lacks the scope 'api'" in answer.text) == (403, True)
        assert (await client.post("/v1/traces")).status_code == 403


async def test_a_secret_key_is_refused_in_a_page_and_in_an_address(place: Place) -> None:
    secret = place.key(Role.editor)[1]
    async with await page(place) as client:
        for given in ({"params": {"key": secret}}, {"headers": {"authorization": f"Bearer {secret}"}}):
            answer = await client.post(PATH, content=json.dumps(thumb()), **given)  # type: ignore[arg-type]
            assert (answer.status_code, "this key is a secret" in answer.text) == (403, True)
            assert answer.headers["access-control-allow-origin"] == SHOP
    async with place.client() as client:
        assert (await client.post(PATH, json=thumb(), params={"key": secret})).status_code == 403


async def test_a_page_never_acts_as_the_person_who_looks_at_it(place: Place) -> None:
    async with place.session("ada") as client:
        headers = {"origin": SHOP, "sec-fetch-site": "cross-site"}
        assert (await client.post(PATH, json=thumb(), headers=headers)).status_code == 401
        assert (await client.post(PATH, json=thumb())).status_code == 200


async def test_a_page_on_this_machine_needs_no_key_and_gets_no_more_rights(local: Place) -> None:
    headers = {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"}
    async with local.client(address="127.0.0.1") as client:
        assert (await client.post(PATH, json=thumb(), headers=headers)).json()["accepted"] == 1
        refused = await client.post(PATH, json=thumb("b", user="u1"), headers=headers)
        assert "this key may not say that" in refused.text
        assert (await client.post("/v1/traces", headers=headers)).status_code == 403
        assert (await client.post(PATH, json=thumb("b", user="u1"))).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"user": "ann"}, "this key may not say that"),
        ({"session": "s"}, "this key may not say that"),
        ({"tone": "positive"}, "this key may not say that"),
        ({"source": "expert"}, "this key may not say that"),
        ({"stars": 1}, "there is an unknown field"),
        ({"kind": "event", "name": "refunded", "value": None}, "events come from your own programs"),
        ({"trace": None}, "an item needs a 'trace'"),
        ({"text": "x" * 20_001}, "more than 20,000 characters"),
    ],
    ids=str,
)
async def test_a_page_speaks_of_one_answer_alone(place: Place, more: dict[str, Any], reason: str) -> None:
    async with await page(place) as client:
        params = {"key": public_key(place)}
        answer = await client.post(PATH, content=json.dumps(thumb(**more)), params=params)
        assert answer.status_code == 422
        assert reason in answer.json()["error"]["message"]


async def test_a_key_for_pages_is_bounded(place: Place) -> None:
    params = {"key": public_key(place)}
    place.server["requests_per_second"] = 1e5
    async with await page(place) as client:
        many = [thumb(f"m{n}") for n in range(25)]
        answer = (await client.post(PATH, content=json.dumps(many), params=params)).json()
        assert (answer["accepted"], len(answer["rejected"])) == (20, 5)
        assert (await client.post(PATH, content=b" " * 65_537, params=params)).status_code == 413
        for first in (20, 40):
            more = [thumb(f"m{n}") for n in range(first, first + 20)]
            answer = (await client.post(PATH, content=json.dumps(more), params=params)).json()
        assert [item["reason"] for item in answer["rejected"]] == [
            "this trace has enough feedback from this key"
        ] * 10
        codes = [(await client.post(PATH, content=b"[]", params=params)).status_code for _ in range(30)]
        assert codes[-1] == 429
        place.clock.advance(2)
        assert (await client.post(PATH, content=b"[]", params=params)).status_code == 200


async def test_a_revoked_key_sends_nothing_more_and_its_words_can_be_thrown_out(place: Place) -> None:
    prefix, key = place.key(Role.rater, scopes=("feedback",))
    async with place.by_key(key) as client:
        assert (await client.post(PATH, json=thumb())).status_code == 200
        place.accounts.keys.revoke_key(prefix, project="support", at=place.clock.now())
        assert (await client.post(PATH, json=thumb("b"))).status_code == 401


async def test_the_module_may_be_loaded_by_any_page_and_is_small(place: Place) -> None:
    async with place.client() as client:
        answer = await client.get("/assets/feedback.js")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert len(answer.content) < 2048
        assert (await client.get("/assets/web.js")).status_code == 404
