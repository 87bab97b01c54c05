from __future__ import annotations

import pytest

from steelyard.core import ConfigError
from steelyard.targets import Redactor
from steelyard.targets._secrets import (
    environment_secrets,
    expand_variables,
    url_secrets,
    url_without_secrets,
)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdef123456",
        "authorization=Basic dXNlcjpwYXNz",
        '{"x-api-key": "abcdef123456"}',
        "api_key=abcdef123456&x=1",
        "at http://user:abcdef123456@host/",
        "Incorrect API key provided: sk-abcdef123456789",
        "known value planted-secret here",
        "quoted planted%2Fsecret2 here",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    clean = Redactor(["planted-secret", "planted/secret2"])(text)
    for piece in ("abcdef123456", "planted", "dXNlcjpwYXNz"):
        assert piece not in clean
    assert "***" in clean


@pytest.mark.parametrize("text", ["the key question is: why?", "task-force-one-and-two", "token count: 12"])
def test_plain_words_stay(text: str) -> None:
    assert Redactor(["x", "no"])(text) == text


def test_messages_are_one_short_line() -> None:
    clean = Redactor()("a\nb\t c" + "d" * 1000)
    assert clean.startswith("a b cd")
    assert len(clean) == 500


def test_its_own_representation_holds_no_secret() -> None:
    assert "planted" not in repr(Redactor(["planted-secret"]))


def test_which_variables_are_secret() -> None:
    environ = {
        "OPENAI_API_KEY": "planted-1",
        "DB_PASSWORD": "planted-2",
        "HOME": "/home/someone",
        "TOKEN": "x",
    }
    assert sorted(environment_secrets(environ)) == ["planted-1", "planted-2"]


def test_variables_are_expanded_or_named() -> None:
    assert expand_variables("Bearer $A-${B}", {"A": "1", "B": "2"}, where="t") == ("Bearer 1-2", True)
    assert expand_variables("costs 5$", {}, where="t") == ("costs 5$", False)
    with pytest.raises(ConfigError, match="environment variable NOPE is not set"):
        expand_variables("$NOPE", {}, where="t")


def test_urls() -> None:
    url = "https://user:pa%20ss@h:1/p?key=planted&x=1#frag"
    assert url_without_secrets(url) == "https://h:1/p?key=***&x=***"
    assert {"planted", "pa ss"} <= set(url_secrets(url))
