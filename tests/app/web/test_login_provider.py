"""Logging in at an OpenID Connect provider that really answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey
from tests.app.web.provider import Provider
from tests.app.web.test_access import NOW, Place

from steelyard.app.accounts import NewUser, Passwords, Role, add_user
from steelyard.store import open_store


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[Provider]:
    pytest.importorskip("authlib", reason="NOT TESTED: Authlib is not installed")
    made = Provider()
    made.now = int(NOW.timestamp())
    runner = await made.start()
    yield made
    await runner.cleanup()


@pytest.fixture
def place(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OIDC_SECRET", provider.secret)
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        oidc = {"issuer": provider.url, "client_id": "steelyard", "client_secret": "$OIDC_SECRET"}
        yield Place(store, server={"public_url": "https://steelyard.example", "oidc": oidc})


def expect(place: Place, name: str, provider: Provider) -> None:
    """A user who was added for this provider."""
    wanted = NewUser(name=name, role=Role.editor, project="support", issuer=provider.url)
    add_user(place.accounts.people, wanted, passwords=Passwords(), clock=place.clock)


async def go(client: httpx.AsyncClient, provider: Provider) -> dict[str, str]:
    """To the provider, and what it sends back."""
    sent = await client.get("/login/provider?next=/runs")
    assert sent.status_code == 303
    return provider.authorize(sent.headers["location"])


async def come_back(client: httpx.AsyncClient, answer: dict[str, str]) -> httpx.Response:
    return await client.get(f"/login/return?{urlencode(answer)}")


async def test_who_was_added_logs_in_and_stays_the_same_person(place: Place, provider: Provider) -> None:
    expect(place, "ada", provider)
    async with place.client() as client:
        page = await client.get("/login?next=/runs")
        assert 'href="/login/provider?next=%2Fruns"' in page.text
        done = await come_back(client, await go(client, provider))
        assert (done.status_code, done.headers["location"]) == (303, "/runs")
        assert (await client.get("/api/v1/runs")).status_code == 200
    provider.claims["preferred_username"] = "ada.married"
    async with place.client() as client:
        assert (await come_back(client, await go(client, provider))).status_code == 303
    assert [user.name for user in place.accounts.people.list_users()] == ["ada"]
    assert place.audit() == [("ada", "login", "done")] * 2


async def test_a_stranger_enters_only_with_a_default_role(place: Place, provider: Provider) -> None:
    async with place.client() as client:
        refused = await come_back(client, await go(client, provider))
        assert refused.status_code == 403
        assert "nobody added &#39;ada&#39; here yet" in refused.text
    place._app = None
    place.server["oidc"]["default_role"] = "viewer"
    async with place.client() as client:
        assert (await come_back(client, await go(client, provider))).status_code == 303
    assert [user.roles for user in place.accounts.people.list_users()] == [{"support": "viewer"}]


async def test_a_user_with_a_password_is_never_taken_over(place: Place, provider: Provider) -> None:
    place.add("ada", Role.admin)
    place.server["oidc"]["default_role"] = "viewer"
    async with place.client() as client:
        refused = await come_back(client, await go(client, provider))
        assert refused.status_code == 403
        assert "belongs to somebody" in refused.text
        assert (await client.get("/api/v1/runs")).status_code == 401


async def test_another_person_of_the_same_name_stays_out(place: Place, provider: Provider) -> None:
    expect(place, "ada", provider)
    async with place.client() as client:
        assert (await come_back(client, await go(client, provider))).status_code == 303
    provider.claims["sub"] = "43"
    async with place.client() as client:
        assert (await come_back(client, await go(client, provider))).status_code == 403


async def test_a_closed_account_stays_closed(place: Place, provider: Provider) -> None:
    place.add("root", Role.admin)
    expect(place, "ada", provider)
    place.accounts.people.disable_user("ada", NOW)
    async with place.client() as client:
        refused = await come_back(client, await go(client, provider))
        assert (refused.status_code, "this account is closed" in refused.text) == (403, True)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another", "steelyard"], "azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": int(NOW.timestamp()) - 3600},
        {"iat": int(NOW.timestamp()) + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"exp": None},
        {"preferred_username": None},
        {"preferred_username": "<script>"},
        {"preferred_username": {"a": 1}},
    ],
    ids=str,
)
async def test_a_token_that_does_not_hold_is_refused(
    place: Place, provider: Provider, claims: dict[str, Any]
) -> None:
    expect(place, "ada", provider)
    provider.spoil["claims"] = claims
    async with place.client() as client:
        refused = await come_back(client, await go(client, provider))
        assert refused.status_code == 403
        assert place.cookie not in client.cookies
    assert place.audit() == [("unknown", "login", "refused")]


@pytest.mark.parametrize("kind", ["another key", "none", "hmac with the public key"])
async def test_a_signature_that_is_not_the_provider_s_is_refused(
    place: Place, provider: Provider, kind: str
) -> None:
    expect(place, "ada", provider)
    if kind == "another key":
        provider.signed_by = RSAKey.generate_key(2048, {"kid": "one"})
    else:
        provider.spoil["header"] = {"alg": "none" if kind == "none" else "HS256"}
    async with place.client() as client:
        answer = await go(client, provider)
        refused = await come_back(client, answer)
        assert refused.status_code == 403


@pytest.mark.parametrize(
    "fault", ["state", "no state", "another browser", "twice", "late", "iss", "denied", "code"]
)
async def test_an_answer_that_does_not_belong_here_is_refused(
    place: Place, provider: Provider, fault: str
) -> None:
    expect(place, "ada", provider)
    async with place.client() as client, place.client() as other:
        answer = await go(client, provider)
        comes: httpx.AsyncClient = client
        if fault == "state":
            answer["state"] = "x" * 43
        if fault == "no state":
            del answer["state"]
        if fault == "another browser":
            await other.get("/login")
            comes = other
        if fault == "twice":
            assert (await come_back(client, answer)).status_code == 303
            client.cookies.delete(place.cookie)
        if fault == "late":
            place.clock.advance(601)
        if fault == "iss":
            answer["iss"] = "https://evil.example"
        if fault == "denied":
            answer = {"state": answer["state"], "error": "access_denied"}
        if fault == "code":
            answer["code"] = "guessed"
        refused = await come_back(comes, answer)
        assert refused.status_code == 403
        assert place.cookie not in comes.cookies
        assert provider.secret not in refused.text


async def test_a_provider_that_is_away_or_another_is_said_plainly(place: Place, provider: Provider) -> None:
    provider.spoil["discovery"] = {"issuer": "https://evil.example"}
    async with place.client() as client:
        answer = await client.get("/login/provider")
        assert answer.status_code == 500
        assert "the provider calls itself something else" in answer.text
    place._app = None
    place.server["oidc"]["issuer"] = "http://127.0.0.1:9"
    async with place.client() as client:
        answer = await client.get("/login/provider")
        assert (answer.status_code, "cannot be reached" in answer.text) == (502, True)
