from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import APIRouter
from starlette.routing import Route

from steelyard.app._project import Project
from steelyard.app.accounts import (
    KeyRequest,
    NewUser,
    Passwords,
    Role,
    Scope,
    add_user,
    begin_session,
    change_password,
    form_token,
    make_key,
)
from steelyard.app.web import Site, _app, create_app
from steelyard.app.web._access import INGEST, ROLES, check_declared
from steelyard.core import BugError, FixedClock
from steelyard.store import Store, open_store
from steelyard.store.accounts import Accounts

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=64))


@dataclass
class Place:
    """A site that others can reach, with a clock that stands until it is moved."""

    store: Store
    url: str = "https://steelyard.example"
    is_local: bool = False
    server: dict[str, Any] = field(default_factory=lambda: {"public_url": "https://steelyard.example"})

    def __post_init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.accounts = Accounts(self.store)
        self._app: Any = None

    @property
    def app(self) -> Any:
        if self._app is None:
            project = Project(folder=Path(), name="support", store="", server=self.server)
            self._app = create_app(
                Site(project=project, store=self.store, is_local=self.is_local, clock=self.clock)
            )
        return self._app

    def client(self, *, address: str = "192.0.2.7", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(address, 4711))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.AsyncClient(transport=transport, base_url=self.url, headers=named)

    def add(self, name: str, role: Role = Role.viewer, *, project: str = "support") -> None:
        wanted = NewUser(name=name, role=role, project=project, password=PASSWORD)
        add_user(self.accounts.people, wanted, passwords=PASSWORDS, clock=self.clock)

    def session(self, name: str) -> httpx.AsyncClient:
        """A browser of somebody who is logged in; its forms are in order."""
        people = self.accounts.people
        token = begin_session(people, people.get_user(name), clock=self.clock)
        client = self.client(x_csrf_token=form_token(token))
        client.cookies.set(self.cookie, token, domain="steelyard.example")
        return client

    @property
    def cookie(self) -> str:
        return "__Host-steelyard" if self.url.startswith("https") else "steelyard"

    def key(
        self,
        role: Role,
        *,
        scopes: tuple[Scope, ...] = ("api", "ingest"),
        project: str = "support",
        lifetime: timedelta | None = None,
    ) -> tuple[str, str]:
        wanted = KeyRequest(name="test", project=project, role=role, scopes=scopes, lifetime=lifetime)
        made, token = make_key(self.accounts.keys, wanted, clock=self.clock)
        return made.prefix, token

    def by_key(self, token: str) -> httpx.AsyncClient:
        return self.client(authorization=f"Bearer {token}")

    def audit(self) -> list[tuple[str, str, str]]:
        entries = reversed(self.accounts.audit.entries(limit=1000))
        return [(entry.event.who, entry.event.action, entry.event.outcome) for entry in entries]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        made = Place(store)
        made.add("ada", Role.admin)
        yield made


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Place]:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        yield Place(store, url="http://127.0.0.1:8321", is_local=True, server={})


def routes() -> list[tuple[str, str, str]]:
    """Every route of the application: its name, a method, and an address that fits it."""
    found = []
    for part in _app._PARTS:
        for route in part.router.routes:
            path = re.sub(r"\{[^}]*\}", "x", getattr(route, "path", ""))
            found += [(route.name, method, path) for method in sorted(getattr(route, "methods", ()))]
    return found


ALL = routes()
NAMES = [f"{method} {path}" for _, method, path in ALL]


def test_every_route_is_declared_and_every_declaration_has_its_route() -> None:
    names = {name for name, _, _ in ALL}
    assert names <= set(ROLES)
    assert set(INGEST) <= set(ROLES)


def test_a_route_without_a_declared_role_keeps_the_server_from_starting() -> None:
    router = APIRouter()
    router.add_api_route("/new", lambda: None, name="something_new")
    with pytest.raises(BugError, match="the route 'something_new' has no declared role"):
        check_declared(router.routes)
    with pytest.raises(BugError, match="no declared role"):
        check_declared([Route("/other", lambda request: None, name="other")])


@pytest.mark.parametrize("kind", ["session", "key"])
async def test_every_route_for_every_role(place: Place, kind: str) -> None:
    """One test for the whole matrix: it is generated from the application's routes."""
    place.server["requests_per_second"] = 1e5
    for role in Role:
        place.add(role.name, role)
    wrong = []
    for role in Role:
        opened = place.session(role.name) if kind == "session" else place.by_key(place.key(role)[1])
        async with opened as client:
            for name, method, path in ALL:
                if name == "logout":
                    continue
                answer = await client.request(method, path)
                needed = ROLES[name]
                refused = answer.status_code in (401, 403) and "this needs" in answer.text
                if refused != (needed is not None and role < needed):
                    wrong.append(f"{role.name} {method} {path}: {answer.status_code}")
    assert wrong == []


async def test_every_route_for_strangers(place: Place) -> None:
    wrong = []
    async with place.client() as client:
        for name, method, path in ALL:
            place.clock.advance(1)
            answer = await client.request(method, path)
            if (answer.status_code == 401) != (ROLES[name] is not None):
                wrong.append(f"{method} {path}: {answer.status_code}")
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"].startswith("Bearer")
    assert wrong == []


async def test_a_person_without_a_login_is_led_there_and_back(place: Place) -> None:
    async with place.client(accept="text/html") as client:
        answer = await client.get("/runs?limit=5")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fruns%3Flimit%3D5")
        page = await client.get(answer.headers["location"])
        assert page.status_code == 200
        assert 'value="/runs?limit=5"' in page.text
        done = await log_in(client, "ada", goal="/runs?limit=5")
        assert (done.status_code, done.headers["location"]) == (303, "/runs?limit=5")
        assert (await client.get("/runs")).status_code == 200
        again = await client.get("/login")
        assert (again.status_code, again.headers["location"]) == (303, "/")


async def test_a_part_of_a_page_leads_the_whole_page_to_the_login(place: Place) -> None:
    async with place.client(hx_request="true", hx_current_url="https://steelyard.example/runs") as client:
        answer = await client.get("/runs")
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login?next=%2Fruns")


@pytest.mark.parametrize(
    "goal",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil", ""],
)
async def test_a_login_never_leads_to_another_site(place: Place, goal: str) -> None:
    async with place.client() as client:
        answer = await log_in(client, "ada", goal=goal)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def log_in(
    client: httpx.AsyncClient, name: str, password: str = PASSWORD, *, goal: str = "/"
) -> httpx.Response:
    page = await client.get("/login", headers={"accept": "text/html"})
    found = re.search(r'name="csrf_token" value="(\w+)"', page.text)
    assert found is not None
    fields = {"name": name, "password": password, "next": goal, "csrf_token": found[1]}
    return await client.post("/login", data=fields)


async def test_the_session_cookie_is_for_this_server_alone(place: Place) -> None:
    async with place.client() as client:
        answer = await log_in(client, " Ada ")
        cookies = [value.lower() for value in answer.headers.get_list("set-cookie")]
        session = next(value for value in cookies if value.startswith("__host-steelyard="))
        for word in ("httponly", "samesite=lax", "secure", "path=/", "max-age="):
            assert word in session
        assert "domain" not in session


async def test_a_planted_session_token_is_worth_nothing_after_login(place: Place) -> None:
    people = place.accounts.people
    place.add("eve")
    planted = begin_session(people, people.get_user("eve"), clock=place.clock)
    async with place.client() as client:
        client.cookies.set(place.cookie, "x" * 43, domain="steelyard.example")
        await log_in(client, "ada")
        token = client.cookies.get(place.cookie)
        assert token not in (None, "x" * 43, planted)
    async with place.client() as thief:
        thief.cookies.set(place.cookie, "x" * 43, domain="steelyard.example")
        assert (await thief.get("/runs")).status_code == 401


async def test_a_new_login_ends_the_session_that_it_replaces(place: Place) -> None:
    people = place.accounts.people
    old = begin_session(people, people.get_user("ada"), clock=place.clock)
    new = begin_session(people, people.get_user("ada"), clock=place.clock, old_token=old)
    for token, expected in ((old, 401), (new, 200)):
        async with place.client() as client:
            client.cookies.set(place.cookie, token, domain="steelyard.example")
            assert (await client.get("/api/v1/runs")).status_code == expected


@pytest.mark.parametrize(
    ("away", "steps", "expected"),
    [
        (timedelta(hours=11), 1, 200),
        (timedelta(hours=12), 1, 401),
        (timedelta(hours=11), 15, 200),
        (timedelta(hours=11), 16, 401),
    ],
    ids=["idle", "idle too long", "used for a week", "older than a week"],
)
async def test_a_session_ends(place: Place, away: timedelta, steps: int, expected: int) -> None:
    async with place.session("ada") as client:
        for _ in range(steps):
            place.clock.advance(away.total_seconds())
            status = (await client.get("/api/v1/runs")).status_code
    assert status == expected


async def test_logging_out_ends_the_session_on_the_server(place: Place) -> None:
    async with place.session("ada") as client:
        token = client.cookies[place.cookie]
        assert (await client.post("/logout")).headers["location"] == "/login"
        client.cookies.set(place.cookie, token, domain="steelyard.example")
        assert (await client.get("/api/v1/runs")).status_code == 401
    assert place.audit()[-1] == ("ada", "logout", "done")


@pytest.mark.parametrize("change", ["disable", "password"])
async def test_a_closed_account_and_a_new_password_end_sessions_at_once(place: Place, change: str) -> None:
    place.add("ben")
    people = place.accounts.people
    async with place.session("ben") as client:
        assert (await client.get("/api/v1/runs")).status_code == 200
        if change == "disable":
            people.disable_user("ben", NOW)
        else:
            change_password(people, "ben", "another long password", passwords=PASSWORDS)
        assert (await client.get("/api/v1/runs")).status_code == 401


async def test_a_role_taken_away_counts_at_the_next_request(place: Place) -> None:
    place.add("ben")
    async with place.session("ben") as client:
        place.accounts.people.set_role("ben", None, project="support")
        assert (await client.get("/api/v1/runs")).status_code == 403


async def test_a_role_in_another_project_opens_nothing_here(place: Place) -> None:
    place.add("ben", Role.admin, project="other")
    async with place.session("ben") as client:
        assert (await client.get("/api/v1/runs")).status_code == 403


@pytest.mark.parametrize("fault", ["none", "wrong", "another session's"])
async def test_a_form_without_its_token_is_refused(place: Place, fault: str) -> None:
    async with place.session("ada") as client:
        del client.headers["x-csrf-token"]
        if fault == "wrong":
            client.headers["x-csrf-token"] = "0" * 64
        if fault == "another session's":
            other = place.session("ada")
            client.headers["x-csrf-token"] = other.headers["x-csrf-token"]
        answer = await client.post("/logout", data={"csrf_token": ""})
        assert answer.status_code == 403
        assert (await client.get("/api/v1/runs")).status_code == 200
    assert place.audit() == [("ada", "logout", "refused")]


async def test_a_form_may_carry_its_token_in_a_field(place: Place) -> None:
    async with place.session("ada") as client:
        token = client.headers.pop("x-csrf-token")
        page = await client.get("/runs", headers={"accept": "text/html"})
        assert page.text.count(token) >= 2
        assert (await client.post("/logout", data={"csrf_token": token})).status_code == 303


async def test_a_login_form_belongs_to_one_browser(place: Place) -> None:
    async with place.client() as theirs, place.client() as mine:
        page = await theirs.get("/login", headers={"accept": "text/html"})
        found = re.search(r'name="csrf_token" value="(\w+)"', page.text)
        assert found is not None
        fields = {"name": "ada", "password": PASSWORD, "csrf_token": found[1]}
        assert (await mine.post("/login", data=fields)).status_code == 403
        assert place.cookie not in mine.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://steelyard.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
        {"host": "[::1"},
    ],
    ids=str,
)
async def test_another_site_s_page_cannot_ask(place: Place, headers: dict[str, str]) -> None:
    async with place.session("ada") as client:
        assert (await client.post("/logout", headers=headers)).status_code == 403


async def test_a_key_opens_what_it_is_for_until_it_ends(place: Place) -> None:
    prefix, token = place.key(Role.viewer, lifetime=timedelta(days=90))
    async with place.by_key(token) as client:
        assert (await client.get("/api/v1/runs")).status_code == 200
        assert (await client.get("/settings")).status_code in (403, 404)
        place.clock.advance(timedelta(days=90).total_seconds())
        assert (await client.get("/api/v1/runs")).status_code == 401
    found = place.accounts.keys.find_key(prefix)
    assert found is not None
    assert found.used == NOW


@pytest.mark.parametrize(
    "fault", ["revoked", "cut", "another's secret", "other project", "not bearer", "prefix"]
)
async def test_a_key_that_is_not_right_opens_nothing(place: Place, fault: str) -> None:
    prefix, token = place.key(Role.admin)
    given = f"Bearer {token}"
    if fault == "revoked":
        place.accounts.keys.revoke_key(prefix, project="support", at=NOW)
    if fault == "cut":
        given = given[:-1]
    if fault == "another's secret":
        given = f"Bearer sy_{prefix}_{place.key(Role.admin)[1].split('_', 2)[2]}"
    if fault == "other project":
        given = f"Bearer {place.key(Role.admin, project='other')[1]}"
    if fault == "not bearer":
        given = f"Basic {token}"
    if fault == "prefix":
        given = f"Bearer sy_{prefix}_"
    async with place.client(authorization=given) as client:
        answer = await client.get("/api/v1/runs")
        assert answer.status_code == 401
        assert token not in answer.text
        page = await client.get("/runs", headers={"accept": "text/html"})
        assert page.status_code == 401


async def test_a_key_needs_the_scope_of_the_door(place: Place) -> None:
    async with place.by_key(place.key(Role.admin, scopes=("ingest",))[1]) as client:
        answer = await client.get("/api/v1/runs")
        assert (answer.status_code, answer.json()["error"]["message"]) == (
            403,
            "this key lacks the scope 'api'",
        )


@pytest.mark.parametrize("name", sorted(INGEST))
async def test_traces_come_in_with_their_own_scope(place: Place, name: str) -> None:
    method, path = next((method, path) for found, method, path in ALL if found == name)
    for scope, refused in (("api", True), ("ingest", False)):
        async with place.by_key(place.key(Role.editor, scopes=(scope,))[1]) as client:  # type: ignore[arg-type]
            answer = await client.request(method, path)
            assert ("this key lacks the scope 'ingest'" in answer.text) == refused


async def test_passwords_are_tried_ten_times(place: Place) -> None:
    async with place.client() as client:
        for _ in range(10):
            assert (await log_in(client, "nobody", "wrong" * 4)).status_code == 401
        answer = await log_in(client, "ada")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        place.clock.advance(7)
        assert (await log_in(client, "ada")).status_code == 303


async def test_one_name_is_tried_ten_times_from_all_addresses(place: Place) -> None:
    for number in range(10):
        async with place.client(address=f"192.0.2.{number}") as client:
            await log_in(client, "Ada", "wrong" * 4)
    async with place.client(address="192.0.2.99") as client:
        assert (await log_in(client, "ada")).status_code == 429


async def test_who_asks_too_often_waits(place: Place) -> None:
    place.server["requests_per_second"] = 2
    async with place.by_key(place.key(Role.viewer)[1]) as client:
        codes = [(await client.get("/api/v1/runs")).status_code for _ in range(9)]
        assert codes == [200] * 8 + [429]
        place.clock.advance(0.6)
        assert (await client.get("/api/v1/runs")).status_code == 200


async def test_strangers_wait_too(place: Place) -> None:
    async with place.client() as client:
        codes = {(await client.get("/healthz")).status_code for _ in range(121)}
        assert codes == {200, 429}


async def test_no_secret_is_in_a_log_a_record_or_an_answer(
    place: Place, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    _, key = place.key(Role.viewer)
    secret = "this is my secret phrase"
    texts = []
    with caplog.at_level("DEBUG"):
        async with place.client() as client:
            texts.append((await log_in(client, "ada", secret)).text)
            texts.append((await log_in(client, secret, "something else")).text)
            await log_in(client, "ada")
            token = str(client.cookies[place.cookie])
            texts.append((await client.get("/runs", headers={"accept": "text/html"})).text)
        async with place.by_key(key) as client:
            texts += [(await client.get(path)).text for path in ("/api/v1/runs", "/settings", "/nowhere")]
    logged = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    entries = repr(place.accounts.audit.entries(limit=1000))
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    for hidden in (secret, PASSWORD, key, token):
        assert hidden not in logged
        assert hidden not in entries
        assert hidden.encode() not in kept
        assert all(hidden not in text for text in texts)
    assert ("unknown", "login", "refused") in place.audit()
    assert ("ada", "login", "refused") in place.audit()
    assert ("ada", "login", "done") in place.audit()


async def test_what_is_refused_to_a_known_person_is_written_down(place: Place) -> None:
    place.add("ben")
    name, method, path = next(item for item in ALL if ROLES[item[0]] in (Role.editor, Role.admin))
    async with place.session("ben") as client:
        await client.request(method, path)
    assert place.audit() == [("ben", name, "refused")]
    async with place.client() as client:
        await client.request(method, path)
    assert len(place.audit()) == 1


async def test_this_machine_needs_no_login_while_nobody_was_added(local: Place) -> None:
    async with local.client(address="127.0.0.1") as client:
        assert (await client.get("/api/v1/runs")).status_code == 200
        local.add("ada")
        assert (await client.get("/api/v1/runs")).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.2", "", "[::1"])
async def test_no_name_but_its_own_reaches_this_machine(local: Place, host: str) -> None:
    async with local.client(address="127.0.0.1", host=host) as client:
        for _, method, path in ALL:
            assert (await client.request(method, path)).status_code == 403


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-forwarded-host", "via", "x-real-ip"])
async def test_a_proxy_before_a_server_without_users_is_refused(local: Place, header: str) -> None:
    async with local.client(address="127.0.0.1") as client:
        answer = await client.get("/api/v1/runs", headers={header: "x"})
        assert answer.status_code == 403


async def test_an_error_page_tells_a_stranger_nothing(place: Place) -> None:
    async with place.client(accept="text/html") as client:
        answer = await client.get("/nowhere")
        assert answer.status_code == 404
        assert "support" not in answer.text


async def test_every_answer_has_the_security_headers(place: Place) -> None:
    async with place.client() as client:
        for path in ("/login", "/healthz", "/api/v1/runs", "/nowhere"):
            headers = (await client.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "form-action 'self'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert headers["referrer-policy"] == "same-origin"
