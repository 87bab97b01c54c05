"""Users, keys and the audit log from the command line."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.app.conftest import Answer, Steelyard

from steelyard.app._project import find_project
from steelyard.app.accounts import check_key
from steelyard.core import SystemClock
from steelyard.store import open_store
from steelyard.store.accounts import Accounts

PASSWORD = "correct horse battery"
Typed = Callable[..., Answer]


@pytest.fixture
def typed(steelyard: Steelyard, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """`typed(password, "user", "add", …)`: the password comes by standard input."""

    def call(password: str, *arguments: str) -> Answer:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return steelyard(*arguments)

    return call


def test_the_first_user_administers_everything_and_the_next_looks(typed: Typed, tmp_path: Path) -> None:
    first = typed(PASSWORD, "user", "add", "Ada", "--role", "viewer", "--json")
    assert (first.json["name"], first.json["roles"]) == ("ada", {"*": "admin"})
    second = typed(PASSWORD, "user", "add", "ben", "--json")
    assert second.json["roles"] == {tmp_path.name: "viewer"}
    listed = typed("", "user", "list", "--json").json["users"]
    assert [item["name"] for item in listed] == ["ada", "ben"]
    for answer in (first, second):
        assert PASSWORD not in answer.out + answer.err


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", "there is no password"),
        ("short", "12 to 1024 characters"),
        ("x" * 1025, "12 to 1024 characters"),
        ("aaaaaaaaaaaaaaaa", "repeats a few characters"),
        ("ada.lovelace1", "little more than the user's name"),
    ],
)
def test_a_weak_password_is_refused_and_not_repeated(typed: Typed, password: str, word: str) -> None:
    answer = typed(password, "user", "add", "ada.lovelace")
    assert answer.code == 2
    assert word in answer.err
    assert not password or password not in answer.err
    assert "Nobody yet" in typed("", "user", "list").out


@pytest.mark.parametrize("name", ["", " ", "a b", "ä", "../x", "-x", "a" * 101, "a\nb"])
def test_a_name_is_plain(typed: Typed, name: str) -> None:
    answer = typed(PASSWORD, "user", "add", "--", name)
    assert answer.code == 2
    assert "a user's name has letters" in answer.err


def test_roles_passwords_and_accounts_change(typed: Typed, tmp_path: Path) -> None:
    typed(PASSWORD, "user", "add", "ada")
    typed(PASSWORD, "user", "add", "ben")
    answer = typed("", "user", "role", "ben", "editor", "--everywhere", "--json")
    assert answer.json["roles"] == {"*": "editor", tmp_path.name: "viewer"}
    assert typed("", "user", "role", "ben", "none", "--json").json["roles"] == {"*": "editor"}
    assert typed("another long one", "user", "passwd", "ben").code == 0
    assert typed("", "user", "disable", "ben", "--json").json["disabled"]
    assert typed("", "user", "enable", "ben", "--json").json["disabled"] is None
    last = typed("", "user", "disable", "ada")
    assert last.code == 2
    assert "'ada' is the last administrator" in last.err
    assert typed(PASSWORD, "user", "passwd", "eve").code == 2
    actions = [entry["action"] for entry in typed("", "audit", "list", "--json").json["entries"]]
    assert actions == [
        "user.enable", "user.disable", "user.password", "user.role", "user.role", "user.add", "user.add",
    ]  # fmt: skip


def test_a_key_is_shown_once_and_opens_its_project(typed: Typed, tmp_path: Path) -> None:
    made = typed("", "key", "add", "CI", "--role", "editor", "--expires", "90d", "--json").json
    token = made["key"]
    plain = typed("", "key", "add", "plain", "--role", "viewer")
    assert plain.out.startswith("sy_")
    assert "not shown again" in plain.err
    listed = typed("", "key", "list", "--json")
    assert [item["name"] for item in listed.json["keys"]] == ["CI", "plain"]
    assert token not in listed.out + typed("", "key", "list").out + typed("", "audit", "list", "--json").out
    project = find_project(tmp_path)
    with open_store(project.store) as store:
        keys = Accounts(store).keys
        found = check_key(keys, token, project=project.name, clock=SystemClock())
        assert found is not None
        assert (found.role, found.scopes) == ("editor", ("api",))
        assert typed("", "key", "revoke", made["prefix"]).code == 0
        assert check_key(keys, token, project=project.name, clock=SystemClock()) is None
    assert typed("", "key", "list", "--json").json["keys"][0]["state"] == "revoked"
    assert typed("", "key", "revoke", "0123456789").code == 2


@pytest.mark.parametrize("time", ["", "90", "0d", "-1d", "90 d", "9999999w", "1y", "٣d"])
def test_a_key_lasts_a_length_of_time(typed: Typed, time: str) -> None:
    answer = typed("", "key", "add", "CI", "--role", "viewer", f"--expires={time}")
    assert answer.code == 2
    assert "no length of time" in answer.err


def test_the_audit_log_names_what_was_changed(typed: Typed, tmp_path: Path) -> None:
    for name in ("ada", "ben", "cyd"):
        typed(PASSWORD, "user", "add", name)
    sound = typed("", "audit", "verify")
    assert sound.code == 0
    mark = sound.out.splitlines()[-1]
    assert typed("", "audit", "verify", "--noted", mark, "--json").json["intact"] is True
    database = sqlite3.connect(tmp_path / ".steelyard" / "steelyard.db")
    with database:
        database.execute("UPDATE audit_entries SET who = 'somebody else' WHERE no = 2")
    database.close()
    answer = typed("", "audit", "verify")
    assert (answer.code, answer.out) == (
        1,
        "Entry 2 is not as it was written: its text is not what was written.\n",
    )
    assert typed("", "audit", "verify", "--json").json["broken"] == 2


def test_a_store_comes_back_from_its_backup(typed: Typed, tmp_path: Path) -> None:
    typed(PASSWORD, "user", "add", "ada")
    backup = tmp_path / "kept.backup"
    answer = typed("", "backup", str(backup), "--json")
    assert answer.json["bytes"] == backup.stat().st_size
    assert backup.stat().st_mode & 0o077 == 0
    assert typed("", "backup", str(backup)).code == 2
    assert typed("", "backup", str(backup), "--replace").code == 0
    typed(PASSWORD, "user", "add", "ben")
    refused = typed("", "restore", str(backup))
    assert refused.code == 2
    assert "the store holds something" in refused.err
    assert typed("", "restore", str(backup), "--replace").code == 0
    assert [item["name"] for item in typed("", "user", "list", "--json").json["users"]] == ["ada"]
    assert typed("", "audit", "verify").code == 0
    assert list(tmp_path.glob(".kept*")) == []


@pytest.mark.parametrize("kind", ["missing", "text", "cut", "another program's"])
def test_a_broken_backup_changes_nothing(typed: Typed, tmp_path: Path, kind: str) -> None:
    typed(PASSWORD, "user", "add", "ada")
    backup = tmp_path / "kept.backup"
    assert typed("", "backup", str(backup)).code == 0
    if kind == "missing":
        backup.unlink()
    if kind == "text":
        backup.write_text("hello", encoding="utf-8")
    if kind == "cut":
        backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    if kind == "another program's":
        backup.unlink()
        other = sqlite3.connect(backup)
        other.execute("CREATE TABLE notes (text)")
        other.close()
    assert typed("", "restore", str(backup), "--replace").code == 2
    assert len(typed("", "user", "list", "--json").json["users"]) == 1


def test_a_postgresql_store_comes_back_from_its_backup(
    typed: Typed, tmp_path: Path, postgresql_database: str
) -> None:
    text = f'[project]\nname = "pg"\nstore = "{postgresql_database}"\n'
    (tmp_path / "steelyard.toml").write_text(text, encoding="utf-8")
    typed(PASSWORD, "user", "add", "ada")
    made = typed("", "backup", "kept.sql")
    if "is not installed" in made.err:
        pytest.skip("NOT TESTED ON POSTGRESQL: pg_dump is not installed")
    assert made.code == 0, made.err
    typed(PASSWORD, "user", "add", "ben")
    assert typed("", "restore", "kept.sql").code == 2
    done = typed("", "restore", "kept.sql", "--replace")
    assert done.code == 0, done.err
    assert [item["name"] for item in typed("", "user", "list", "--json").json["users"]] == ["ada"]
    assert typed(PASSWORD, "user", "add", "ben").code == 0
