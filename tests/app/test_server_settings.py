"""The `[server]` table, and who may be served."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Steelyard

from steelyard.app.accounts import Passwords, Role, form_token, read_settings, role_in
from steelyard.core import ConfigError, UsageError

OIDC = {"issuer": "https://id.example", "client_id": "steelyard"}


def test_an_empty_table_has_the_defaults() -> None:
    settings = read_settings({}, where="f")
    assert (settings.public_url, settings.is_https, settings.requests_per_second) == ("", False, 100.0)
    assert settings.oidc is None


def test_a_provider_s_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET", "hidden")
    table: dict[str, Any] = {"oidc": {**OIDC, "client_secret": "$MY_SECRET", "default_role": "rater"}}
    settings = read_settings({**table, "public_url": "https://steelyard.example/"}, where="f")
    assert settings.oidc is not None
    assert (settings.oidc.client_secret, settings.oidc.default_role) == ("hidden", Role.rater)
    assert (settings.public_url, settings.is_https) == ("https://steelyard.example", True)
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({"publik": 1}, "unknown key 'publik'"),
        ({"public_url": 1}, "'public_url' must be text"),
        ({"public_url": "steelyard.example"}, "an address without a path"),
        ({"public_url": "https://a.example/b"}, "an address without a path"),
        ({"public_url": "javascript://x"}, "an address without a path"),
        ({"trusted_proxies": "10.0.0.1"}, "'trusted_proxies' must be a list"),
        ({"requests_per_second": 0}, "'requests_per_second'"),
        ({"requests_per_second": True}, "'requests_per_second'"),
        ({"oidc": 1}, "must be a table"),
        ({"oidc": {}}, "'issuer' and 'client_id' are needed"),
        ({"oidc": {**OIDC, "issuer": "http://id.example"}}, "must be an https address"),
        ({"oidc": {**OIDC, "default_role": "king"}}, "'default_role' is no role"),
        ({"oidc": {**OIDC, "client_secret": "plain"}}, "must name an environment variable"),
        ({"oidc": {**OIDC, "client_secret": "$NOT_SET_ANYWHERE"}}, "NOT_SET_ANYWHERE is empty"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(table: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings(table, where="f")
    assert word in caught.value.message
    assert "plain" not in str(caught.value)


@pytest.mark.parametrize("reach", [["--host", "0.0.0.0"], ["--host", "::"], []], ids=str)
def test_nobody_is_served_without_a_login_from_elsewhere(
    steelyard: Steelyard, tmp_path: Path, reach: list[str]
) -> None:
    if not reach:
        text = '[server]\npublic_url = "https://steelyard.example"\n'
        (tmp_path / "steelyard.toml").write_text(text, encoding="utf-8")
    answer = steelyard("serve", "--port", "0", *reach)
    assert answer.code == 2
    assert "this project has no users yet" in answer.err
    assert "steelyard user add" in answer.err


def test_a_role_everywhere_and_a_role_here_give_the_greater() -> None:
    assert role_in({}, "a") is None
    assert role_in({"b": "admin"}, "a") is None
    assert role_in({"a": "viewer", "*": "editor"}, "a") is Role.editor
    assert role_in({"a": "admin", "*": "viewer"}, "a") is Role.admin


def test_a_password_is_known_however_it_is_typed() -> None:
    passwords = Passwords()
    encoded = passwords.hash("caf\u00e9 caf\u00e9 au lait", user="ada")
    assert encoded.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.check("cafe\u0301 cafe\u0301 au lait", encoded)
    assert not passwords.check("cafe cafe au lait", encoded)
    assert not passwords.check("x" * 100_000, encoded)
    assert not passwords.check("nobody has this password", None)
    assert not passwords.check("\ud800" * 20, encoded)
    assert not passwords.check("caf\u00e9 caf\u00e9 au lait", "no hash at all")
    with pytest.raises(UsageError, match="12 to 1024"):
        passwords.hash("short", user="ada")


def test_a_form_s_token_belongs_to_its_cookie() -> None:
    assert form_token("a") == form_token("a") != form_token("b")
    assert "a" * 8 not in form_token("a" * 8)


def test_a_password_is_never_an_argument(steelyard: Steelyard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    answer = steelyard("user", "add", "ada", "correct horse battery")
    assert answer.code == 2
