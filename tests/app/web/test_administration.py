"""Users, keys and the audit log on pages: who may change what, and that it is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from tests.app.web.test_access import Place
from tests.app.web.test_pages import Elements

from steelyard.app.accounts import Role
from steelyard.store import open_store

HTML = {"accept": "text/html"}


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Place]:
    """Ada administers everything, bob this project alone, eve looks."""
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        made = Place(store)
        made.add("ada", Role.admin)
        made.add("bob", Role.admin)
        made.add("eve")
        made.add("zoe", project="other")
        yield made


def roles(team: Place, name: str) -> dict[str, str]:
    return dict(team.accounts.people.get_user(name).roles)


async def change(client: httpx.AsyncClient, address: str, **fields: str) -> httpx.Response:
    return await client.post(f"/settings/{address}", data=fields, headers=HTML)


async def test_the_list_says_who_may_what_and_when_they_came(team: Place) -> None:
    team.accounts.people.disable_user("eve", team.clock.now())
    async with team.session("ada") as client:
        rows = (await client.get("/api/v1/users")).json()["users"]
        page = Elements((await client.get("/settings/users", headers=HTML)).text).text
    assert [(row["name"], row["role"], row["everywhere"]) for row in rows] == [
        ("ada", None, "admin"),
        ("bob", "admin", None),
        ("eve", "viewer", None),
        ("zoe", None, None),
    ]
    assert rows[2]["disabled"] is not None
    assert "4 users of this store" in page


async def test_a_role_is_changed_and_written_down(team: Place) -> None:
    async with team.session("ada") as client:
        done = await change(client, "users/eve/role", role="rater", place="here")
        assert done.headers["location"] == "/settings/users?done=role&name=eve"
        assert "eve has another role now." in (await client.get(done.headers["location"], headers=HTML)).text
        await change(client, "users/eve/role", role="editor", place="everywhere")
        await change(client, "users/eve/role", role="none", place="here")
    assert roles(team, "eve") == {"*": "editor"}
    assert [entry for entry in team.audit() if entry[1] == "user.role"] == [("ada", "user.role", "done")] * 3


async def test_an_account_is_closed_and_opened(team: Place) -> None:
    async with team.session("ada") as client, team.session("eve") as hers:
        assert (await hers.get("/api/v1/runs")).status_code == 200
        await change(client, "users/eve/state", state="closed")
        assert (await hers.get("/api/v1/runs")).status_code == 401
        await change(client, "users/eve/state", state="opened")
    assert team.accounts.people.get_user("eve").disabled is None
    assert [entry[1] for entry in team.audit()] == ["user.disable", "user.enable"]


@pytest.mark.parametrize(
    ("address", "fields", "status"),
    [
        ("users/eve/role", {"role": "editor", "place": "here"}, 303),
        ("users/eve/role", {"role": "admin", "place": "everywhere"}, 403),
        ("users/bob/role", {"role": "admin", "place": "everywhere"}, 400),
        ("users/eve/state", {"state": "closed"}, 403),
        ("users/zoe/role", {"role": "viewer", "place": "here"}, 404),
        ("users/eve/role", {"role": "emperor", "place": "here"}, 400),
        ("users/eve/role", {}, 400),
    ],
    ids=str,
)
async def test_who_administers_one_project_changes_that_alone(
    team: Place, address: str, fields: dict[str, str], status: int
) -> None:
    before = {name: roles(team, name) for name in ("ada", "bob", "eve", "zoe")}
    async with team.session("bob") as client:
        assert (await change(client, address, **fields)).status_code == status
        assert (await client.get("/settings/audit", headers=HTML)).status_code == 403
        assert "zoe" not in (await client.get("/settings/users", headers=HTML)).text
    if status != 303:
        assert {name: roles(team, name) for name in before} == before


async def test_nobody_changes_their_own_account(team: Place) -> None:
    async with team.session("ada") as client:
        assert (await change(client, "users/ada/state", state="closed")).status_code == 400
        assert (await change(client, "users/ADA/role", role="none", place="everywhere")).status_code == 400
    assert roles(team, "ada") == {"*": "admin"}


async def test_a_key_is_shown_once_and_opens_until_it_is_revoked(team: Place) -> None:
    async with team.session("ada") as client:
        made = await client.post(
            "/settings/keys",
            data={"name": "nightly", "role": "viewer", "lifetime": "90d", "scope": ["api"]},
            headers=HTML,
        )
        assert made.headers["cache-control"] == "no-store"
        token = re.search(r"sy_\w{10}_[\w-]+", made.text)
        assert token is not None
        prefix = token[0].split("_")[1]
        assert token[0] not in (await client.get("/settings/keys", headers=HTML)).text
        async with team.by_key(token[0]) as program:
            assert (await program.get("/api/v1/runs")).status_code == 200
        row = (await client.get("/api/v1/keys")).json()["keys"][0]
        assert (row["name"], row["scopes"], row["state"]) == ("nightly", ["api"], "active")
        assert row["used"] is not None
        done = await change(client, f"keys/{prefix}/revoke")
        page = (await client.get(done.headers["location"], headers=HTML)).text
        assert f"{prefix} opens nothing any more." in page
        async with team.by_key(token[0]) as program:
            assert (await program.get("/api/v1/runs")).status_code == 401
    assert [entry[1] for entry in team.audit()] == ["key.add", "key.revoke"]
    assert token[0] not in repr(team.accounts.audit.entries(limit=10))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " ", "role": "viewer", "scope": "api"}, "1 to 100 characters"),
        ({"name": "n", "role": "viewer"}, "there is no scope"),
        ({"name": "n", "role": "emperor", "scope": "api"}, "there is no role"),
        ({"name": "n", "role": "viewer", "scope": "api", "lifetime": "9y"}, "no length of time"),
    ],
    ids=["name", "scope", "role", "lifetime"],
)
async def test_a_key_that_cannot_be_made_keeps_what_was_typed(
    team: Place, fields: dict[str, str], said: str
) -> None:
    async with team.session("ada") as client:
        answer = await client.post("/settings/keys", data=fields, headers=HTML)
    assert answer.status_code == 400
    assert said in answer.text
    assert f'value="{fields["name"].strip() or " "}"' in answer.text
    assert team.accounts.keys.list_keys("support") == []


async def test_a_key_of_another_project_is_not_revoked_here(team: Place) -> None:
    prefix, _ = team.key(Role.viewer, project="other")
    async with team.session("ada") as client:
        assert (await change(client, f"keys/{prefix}/revoke")).status_code == 404
    found = team.accounts.keys.find_key(prefix)
    assert found is not None
    assert found.revoked is None


async def test_a_key_makes_no_key_and_lets_nobody_in(team: Place) -> None:
    _, token = team.key(Role.admin)
    async with team.by_key(token) as program:
        for address, fields in (
            ("keys", {"name": "n", "role": "admin", "scope": "api"}),
            ("users/eve/role", {"role": "admin", "place": "here"}),
        ):
            assert (await change(program, address, **fields)).status_code == 403
        assert (await program.get("/api/v1/audit")).status_code == 403
        assert (await program.get("/api/v1/users")).status_code == 200
    assert roles(team, "eve") == {"support": "viewer"}


async def test_a_change_without_the_form_s_token_is_refused(team: Place) -> None:
    async with team.session("ada") as client:
        del client.headers["x-csrf-token"]
        assert (await change(client, "users/eve/role", role="admin", place="here")).status_code == 403
        assert (await change(client, "keys", name="n", role="admin", scope="api")).status_code == 403
    assert roles(team, "eve") == {"support": "viewer"}
    assert [entry[2] for entry in team.audit()] == ["refused", "refused"]


async def test_every_form_of_the_pages_carries_the_token(team: Place) -> None:
    team.key(Role.viewer)
    async with team.session("ada") as client:
        for address in ("/settings/users", "/settings/keys"):
            page = (await client.get(address, headers=HTML)).text
            posts = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
            assert len(posts) > 1
            assert all('name="csrf_token" value="' in form for form in posts)


async def test_the_log_is_filtered_and_read_a_page_at_a_time(team: Place) -> None:
    async with team.session("ada") as client:
        for role in ("rater", "editor", "viewer"):
            await change(client, "users/eve/role", role=role, place="here")
        await change(client, "users/bob/state", state="closed")
        first = (await client.get("/api/v1/audit?limit=3")).json()
        rest = (await client.get(f"/api/v1/audit?limit=3&before={first['next']}")).json()
        assert [row["no"] for row in (*first["entries"], *rest["entries"])] == [4, 3, 2, 1]
        assert rest["next"] is None
        only = (await client.get("/api/v1/audit?action=user.role&who=ada")).json()["entries"]
        assert {row["action"] for row in only} == {"user.role"}
        page = Elements((await client.get("/settings/audit?action=user.disable", headers=HTML)).text).text
        assert "user.disable" in page
        assert "user.role" not in page
        assert (await client.get("/settings/audit?before=x", headers=HTML)).status_code == 400


async def test_the_chain_is_checked_by_a_button(team: Place) -> None:
    async with team.session("ada") as client:
        for role in ("rater", "editor"):
            await change(client, "users/eve/role", role=role, place="here")
        good = (await client.get("/settings/audit?check=1", headers=HTML)).text
        assert "All 2 entries are as they were written." in good
        noted = re.search(r"2:[0-9a-f]{64}", good)
        assert noted is not None
        asked = {"check": "1", "noted": noted[0]}
        again = await client.get("/settings/audit", params=asked, headers=HTML)
        assert "the entry that you noted is among them" in again.text
        with team.store.database.write() as connection:
            connection.execute(text("update audit_entries set who = 'eve' where no = 1"))
        bad = (await client.get("/settings/audit?check=1", headers=HTML)).text
        assert "Entry 1 is not as it was written." in bad
        told = (await client.get("/api/v1/audit/check")).json()
        assert (told["intact"], told["broken"]) == (False, 1)


async def test_only_administrators_see_the_way_to_the_settings(team: Place) -> None:
    for name, seen in (("ada", True), ("bob", True), ("eve", False)):
        async with team.session(name) as client:
            page = (await client.get("/runs", headers=HTML)).text
            places = [place["url"] for place in (await client.get("/palette")).json()["places"]]
        assert ('href="/settings"' in page) == seen
        assert ("/settings" in places) == seen
        assert ("/settings/audit" in places) == (name == "ada")


ODD = ("%00", "%ED%A0%80", "..%2F..", "%22%3E%3Cscript%3E", "a" * 3000, "%F0%9F%98%80")


@pytest.mark.parametrize("odd", ODD, ids=["nul", "surrogate", "dots", "markup", "long", "emoji"])
async def test_odd_words_are_mistakes_and_never_faults(team: Place, odd: str) -> None:
    asked = [
        ("GET", f"/prompts/{odd}"),
        ("GET", f"/prompts/diff?version={odd}&version=b"),
        ("GET", f"/api/v1/prompts/{odd}"),
        ("GET", f"/settings/audit?who={odd}&action={odd}&outcome={odd}&subject={odd}"),
        ("GET", f"/settings/audit?before={odd}"),
        ("GET", f"/settings/audit?check=1&noted={odd}"),
        ("GET", f"/settings/users?done={odd}&name={odd}"),
        ("GET", f"/settings/keys?revoked={odd}"),
        ("GET", f"/api/v1/audit?who={odd}&before=1"),
        ("GET", f"/api/v1/audit/check?noted={odd}"),
        ("POST", f"/settings/users/{odd}/role"),
        ("POST", f"/settings/users/{odd}/state"),
        ("POST", f"/settings/keys/{odd}/revoke"),
    ]
    async with team.session("ada") as client:
        for method, address in asked:
            answer = await client.request(method, address, headers=HTML)
            assert answer.status_code < 500, (method, address)
            if answer.headers.get("content-type", "").startswith("text/html"):
                page = Elements(answer.text)
                assert all(given.get("src") for tag, given in page.tags if tag == "script"), address
        made = await client.post(
            "/settings/keys", content=f"name={odd}&role={odd}&scope={odd}&lifetime={odd}"
        )
        assert made.status_code < 500
