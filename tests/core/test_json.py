"""Canonical JSON, its hash, and the strict parser."""

from __future__ import annotations

import hashlib
import math
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.core import Json, canonical_json, content_hash, parse_json

TEXT = st.text(st.characters(exclude_categories=[]))
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)


def _paired(value: Json) -> Json:
    """The same value with surrogate pairs as the characters they mean, in keys too."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if isinstance(value, dict):
        return {str(_paired(key)): _paired(item) for key, item in value.items()}
    return [_paired(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(VALUES)
def test_what_is_written_can_be_read_again(value: Json) -> None:
    paired = _paired(value)
    assert parse_json(canonical_json(paired)) == paired
    assert canonical_json(parse_json(canonical_json(paired))) == canonical_json(paired)


@settings(deadline=None)
@given(VALUES)
def test_the_text_is_utf_8_in_one_line(value: Json) -> None:
    text = canonical_json(value)
    assert text.encode("utf-8").decode("utf-8") == text
    assert "\n" not in text


@settings(deadline=None)
@given(st.dictionaries(TEXT, st.integers() | TEXT))
def test_equal_objects_have_equal_text_in_whatever_order_they_were_made(value: dict[str, Json]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical_json(turned) == canonical_json(value)
    assert content_hash(turned) == content_hash(value)


def test_keys_are_sorted_by_code_point_at_every_depth() -> None:
    assert canonical_json({"b": {"é": 1, "z": 2}, "B": 0, "a": []}) == '{"B":0,"a":[],"b":{"z":2,"é":1}}'
    assert canonical_json({"😀": 1, "\uffff": 2}) == '{"\uffff":2,"😀":1}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"), (1.0, "1.0"), (True, "true"), (None, "null"), (0.1, "0.1"), (-0.0, "-0.0"),
        (1e-7, "1e-07"), (1e21, "1e+21"), (5e-324, "5e-324"), (2**70, "1180591620717411303424"),
        ("Tiếng Việt 😀", '"Tiếng Việt 😀"'), ("a\x00\n\x7f", '"a\\u0000\\n\x7f"'),
        ((1, 2), "[1,2]"), (MappingProxyType({"a": (None,)}), '{"a":[null]}'),
    ],
)  # fmt: skip
def test_each_kind_of_value_has_one_text(value: Json, text: str) -> None:
    assert canonical_json(value) == text


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_know_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"score": [number]})


@pytest.mark.parametrize("value", [b"bytes", bytearray(b"x"), {1, 2}, object(), 1j])
def test_foreign_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="is not a JSON value"):
        canonical_json({"value": value})  # type: ignore[dict-item]


def test_lone_surrogates_are_escaped_and_pairs_are_characters() -> None:
    assert canonical_json("a\ud800b") == '"a\\ud800b"'
    assert parse_json('"a\\ud800b"') == "a\ud800b"
    assert canonical_json("\ud83d\ude00") == '"😀"'
    assert content_hash("\ud83d\ude00") == content_hash("😀")
    assert canonical_json("\\ud800") == '"\\\\ud800"'


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "[-1e400]"])
def test_the_parser_refuses_what_is_no_finite_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a JSON number|is too large for a number"):
        parse_json(text)
    with pytest.raises(ValueError, match=r"is not a JSON number|is too large for a number"):
        parse_json(text.encode())


@pytest.mark.parametrize(
    "data", ['{"a": "é"}'.encode(), '{"a": "é"}'.encode("utf-16"), b'\xef\xbb\xbf{"a": "\xc3\xa9"}']
)
def test_bytes_are_read_in_the_encoding_they_show(data: bytes) -> None:
    assert parse_json(data) == {"a": "é"}


@pytest.mark.parametrize("data", [b"\xff\xfe\xfa", b'"\xc3"', b"", "{'a': 1}", "[1,]"])
def test_broken_text_is_a_value_error(data: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"decode|Expecting|delimiter|property name|Illegal"):
        parse_json(data)


def test_endless_nesting_is_an_error_and_no_crash() -> None:
    deep: Json = []
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        canonical_json(deep)
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json("[" * 200_000)
    while isinstance(deep, list) and deep:  # taken apart by hand: freeing it at once would recurse too
        deep = deep[0]


def test_a_circle_is_refused() -> None:
    circle: dict[str, Json] = {}
    circle["again"] = circle
    with pytest.raises(ValueError, match=r"Circular reference|nested too deeply"):
        canonical_json(circle)


def test_huge_values_pass() -> None:
    text = "x\u1ec7" * 2_000_000
    assert parse_json(canonical_json([text])) == [text]
    assert len(canonical_json(list(range(300_000)))) == 1_988_891


def test_the_hash_is_sha_256_of_the_canonical_text() -> None:
    assert content_hash({"b": 1, "a": "ß"}) == hashlib.sha256('{"a":"ß","b":1}'.encode()).hexdigest()
    # `printf '{}' | sha256sum`
    assert content_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert content_hash(1) != content_hash(1.0)
