from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from steelyard.core import NotFoundError, UsageError
from steelyard.store import Store
from steelyard.store.accounts import EVERY_PROJECT, Accounts, ApiKey, Session, User

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADMIN = {EVERY_PROJECT: "admin"}


@pytest.fixture
def accounts(store: Store) -> Accounts:
    return Accounts(store)


def person(name: str, *, role: str = "viewer") -> User:
    return User(name=name, created=NOW, roles={"support": role}, password_hash="hash")


def login(user: str, token: str, *, at: datetime = NOW) -> Session:
    return Session(token_hash=token, user=user, created=at, seen=at, expires=at + timedelta(days=1))


def test_a_user_comes_back_as_added_in_every_process(accounts: Accounts, reopen: Callable[[], Store]) -> None:
    assert not accounts.people.any_users()
    added = accounts.people.add_user(person("ada"))
    assert accounts.people.any_users()
    assert Accounts(reopen()).people.get_user("ada") == added == person("ada")


def test_only_the_first_user_gets_the_first_roles(accounts: Accounts) -> None:
    people = accounts.people
    assert people.add_user(person("ada"), first_roles=ADMIN).roles == ADMIN
    assert people.add_user(person("ben"), first_roles=ADMIN).roles == {"support": "viewer"}
    assert [user.name for user in people.list_users()] == ["ada", "ben"]


def test_of_two_added_at_once_one_is_the_first(accounts: Accounts, reopen: Callable[[], Store]) -> None:
    others = [Accounts(reopen()).people for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(
                lambda pair: pair[1].add_user(person(f"u{pair[0]}"), first_roles=ADMIN), enumerate(others)
            )
        )
    assert sum(user.roles == ADMIN for user in made) == 1


def test_a_name_is_taken_once(accounts: Accounts) -> None:
    accounts.people.add_user(person("ada"))
    with pytest.raises(UsageError, match="there is a user 'ada' already"):
        accounts.people.add_user(person("ada"))
    with pytest.raises(NotFoundError, match="there is no user 'ben'"):
        accounts.people.get_user("ben")


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    people = accounts.people
    people.add_user(person("ada"), first_roles=ADMIN)
    people.add_user(person("ben", role="admin"))
    with pytest.raises(UsageError, match="'ada' is the last administrator of every project"):
        people.disable_user("ada", NOW)
    with pytest.raises(UsageError, match="last administrator"):
        people.set_role("ada", "viewer", project=EVERY_PROJECT)
    assert people.get_user("ada").disabled is None
    people.set_role("ben", "admin", project=EVERY_PROJECT)
    people.disable_user("ada", NOW)
    assert people.get_user("ada").disabled == NOW
    people.disable_user("ada", None)
    assert people.get_user("ada").disabled is None
    people.set_role("ben", None, project="support")
    assert people.get_user("ben").roles == ADMIN


def test_a_session_is_replaced_touched_and_ended(accounts: Accounts) -> None:
    people = accounts.people
    people.add_user(person("ada"))
    people.begin_session(login("ada", "one"))
    people.begin_session(login("ada", "two"), instead_of="one")
    assert people.find_session("one") is None
    later = NOW + timedelta(minutes=5)
    people.touch_session("two", later)
    found = people.find_session("two")
    assert found is not None
    assert (found[0].seen, found[1].name) == (later, "ada")
    people.end_session("two")
    assert people.find_session("two") is None


def test_a_new_session_clears_what_expired(accounts: Accounts) -> None:
    people = accounts.people
    people.add_user(person("ada"))
    people.begin_session(login("ada", "old"))
    people.begin_session(login("ada", "new", at=NOW + timedelta(days=2)))
    assert people.find_session("old") is None


@pytest.mark.parametrize("change", ["password", "disable"])
def test_a_new_password_and_a_closed_account_end_every_session(accounts: Accounts, change: str) -> None:
    people = accounts.people
    people.add_user(person("ada"), first_roles=ADMIN)
    people.add_user(person("ben"))
    people.begin_session(login("ben", "b"))
    people.begin_session(login("ada", "a"))
    if change == "password":
        people.set_password("ben", "another")
    else:
        people.disable_user("ben", NOW)
    assert people.find_session("b") is None
    assert people.find_session("a") is not None


def test_a_provider_s_user_is_bound_once(accounts: Accounts) -> None:
    people = accounts.people
    people.add_user(User(name="ada", created=NOW, issuer="https://id.example"))
    assert people.find_user("https://id.example", "42") is None
    assert people.bind_user("ada", issuer="https://id.example", subject="42")
    assert not people.bind_user("ada", issuer="https://id.example", subject="43")
    found = people.find_user("https://id.example", "42")
    assert found is not None
    assert found.name == "ada"


def test_a_key_is_found_used_and_revoked(accounts: Accounts) -> None:
    keys = accounts.keys
    key = ApiKey(
        prefix="abc",
        token_hash="h",
        name="CI \x00 \ud800",
        project="support",
        role="viewer",
        scopes=("api", "ingest"),
        created=NOW,
        expires=NOW + timedelta(days=90),
    )
    keys.add_key(key)
    assert keys.find_key("abc") == key
    assert keys.find_key("abd") is None
    assert keys.list_keys("support") == [key]
    assert keys.list_keys("other") == []
    keys.touch_key("abc", NOW)
    with pytest.raises(NotFoundError, match="there is no key 'abc'"):
        keys.revoke_key("abc", project="other", at=NOW)
    keys.revoke_key("abc", project="support", at=NOW)
    keys.revoke_key("abc", project="support", at=NOW + timedelta(days=1))
    found = keys.find_key("abc")
    assert found is not None
    assert (found.used, found.revoked) == (NOW, NOW)
