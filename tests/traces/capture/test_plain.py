"""Any value as text: bounded, masked, redacted, and never at the caller's cost."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from steelyard.core import Json, canonical_json, parse_json
from steelyard.traces.capture._masking import is_secret_name
from steelyard.traces.capture._plain import as_text, plain_json


class Color(enum.StrEnum):
    RED = "red"


@dataclass
class Order:
    number: int
    api_key: str


class Login(BaseModel):
    user: str
    code: SecretStr


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("never asked")

    def __str__(self) -> str:
        raise RuntimeError("never asked")


class Broken(dict[str, int]):
    def items(self) -> Any:
        raise RuntimeError("no items today")


def plain(value: Any, characters: int = 1000) -> Json:
    return plain_json(value, characters=characters)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        (None, None),
        (True, True),
        (2**70, "1.180592e+21"),
        (float("nan"), "nan"),
        (Color.RED, "red"),
        (Decimal("1.50"), "1.50"),
        (Path("a/b"), "a/b"),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31 00:00:00+00:00"),
        (b"\0\1", "<2 bytes>"),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        ((1, [2, {"a": {3}}]), [1, [2, {"a": [3]}]]),
        (Order(7, "k"), {"number": 7, "api_key": "[masked]"}),
        (Order, "<builtins.type>"),
        (object(), "<builtins.object>"),
        (len, "<builtins.builtin_function_or_method>"),
        ({"Authorization": "Bearer x", 3: None}, {"Authorization": "[masked]", "3": None}),
        ({"password": None}, {"password": None}),
        ("a\ud800b", "a\ufffdb"),
        (Broken(), "<not recorded: RuntimeError>"),
    ],
)
def test_values_of_every_sort(value: Any, expected: Json) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


def test_foreign_objects_are_named_and_never_asked() -> None:
    assert plain([Hostile()]) == [f"<{__name__}.Hostile>"]
    login = plain(Login(user="ann", code=SecretStr("1234")))
    assert login == {"user": "ann", "code": "<pydantic.types.SecretStr>"}


def test_what_does_not_fit_is_cut_and_says_so() -> None:
    assert plain("x" * 50, 10) == "xxxxxxxxxx… (50 characters)"
    assert len(as_text(plain(["x" * 30] * 10_000, 1000))) < 1300
    assert plain([["a"] * 3] * 3, 12) == [["a", "a", "a"], "… 2 more"]
    assert as_text(plain({f"key {n}": n for n in range(10_000)}, 50)).endswith('"…":"9,994 more"}')
    nested: list[Any] = []
    for _ in range(500):
        nested = [nested]
    assert "<builtins.list>" in as_text(plain(nested))
    circle: list[Any] = []
    circle.append(circle)
    assert "<builtins.list>" in as_text(plain(circle))


def test_redaction_sees_whole_texts_and_its_failure_hides_them() -> None:
    def redact(text: str) -> str:
        return text.replace("hunter2", "[key]")

    assert plain_json("my hunter2 and more", characters=6, redact=redact) == "my [ke… (17 characters)"
    assert plain_json({"hunter2": ["hunter2"]}, characters=99, redact=redact) == {"[key]": ["[key]"]}

    def broken(text: str) -> str:
        raise ValueError(text)

    assert plain_json("hunter2", characters=99, redact=broken) == "<not recorded: ValueError>"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_comes_out_is_json(value: Any) -> None:
    found = plain(value, 200)
    if not isinstance(found, str):
        assert canonical_json(parse_json(as_text(found))) == canonical_json(found)
    as_text(found).encode("utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "api_key", "apiKey", "OPENAI_API_KEY", "x-api-key", "password", "dbPassword", "token",
        "access_token", "Authorization", "client_secret", "privateKey", "Set-Cookie",
        "credentials", "pin", "HTTPAuth",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens", "input_tokens", "token_count", "key", "sort_key", "author", "keyword",
        "pinned", "secretary", "tokenizer", "session", "passage", "monkey",
    ],
)  # fmt: skip
def test_names_that_only_look_alike(name: str) -> None:
    assert not is_secret_name(name)
