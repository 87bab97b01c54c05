"""Outputs: their JSON form, and whose doing an error is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steelyard.core import Fault, Json, Output, Span, Usage, canonical_json, output_from_json

FULL = Output(
    value={"answer": "42"},
    fault=Fault(owner="target", kind="timeout", message="no answer within 5 s"),
    latency_s=1.5,
    first_token_s=0.0,
    cost_usd=0.002,
    usage=Usage(input_tokens=10, output_tokens=0, cached_tokens=4, reasoning_tokens=2),
    trace=(Span(name="search", kind="tool", input={"q": "x"}, output=[]),),
    scores={"reward": 0.0},
    detail={"model": "m", "finish_reason": "stop"},
    attempts=3,
    cached=True,
)


def test_every_field_survives_the_json_line() -> None:
    again = output_from_json(json.loads(canonical_json(FULL.as_json())))
    assert again == FULL
    assert again.hash == FULL.hash


@pytest.mark.parametrize("value", ["", "text", None, [], {}, 0, False, [1, {"a": None}], "\ud800"])
def test_an_answer_comes_back_as_it_was(value: Json) -> None:
    line = canonical_json(Output(value=value).as_json())
    again = output_from_json(json.loads(line))
    assert (again.value, type(again.value)) == (value, type(value))
    assert line == f'{{"output":{canonical_json(value)}}}'


def test_the_text_of_an_answer() -> None:
    assert Output().text == ""
    assert Output(value="as it is").text == "as it is"
    assert Output(value={"b": 1, "a": 2}).text == '{"a":2,"b":1}'


def test_equal_answers_have_equal_hashes_whatever_they_took() -> None:
    assert Output(value="a", latency_s=1.0, attempts=2).hash == Output(value="a", cost_usd=1.0).hash
    assert Output(value="a").hash != Output(value="A").hash
    failed = Output(fault=Fault(owner="target", kind="timeout", message="after 5 s"))
    assert failed.hash == Output(fault=Fault(owner="target", kind="timeout", message="after 6 s")).hash
    assert failed.hash != Output().hash


@pytest.mark.parametrize(
    ("error", "owner"),
    [
        ("Request timed out after 30s", "target"),
        ("ReadTimeout", "target"),
        ("This model's maximum context length is 8192 tokens", "target"),
        ("context_length_exceeded", "target"),
        ("prompt is too long: 210000 tokens", "target"),
        ("Invalid JSON in answer", "target"),
        ({"message": "timed out"}, "target"),
        ("Connection refused", "infrastructure"),
        ("429 Too Many Requests", "infrastructure"),
        ("500 Internal Server Error", "infrastructure"),
        ("Invalid API key provided", "infrastructure"),
        ("invalid_request_error: insufficient quota", "infrastructure"),
        ("authentication_error: invalid x-api-key", "infrastructure"),
        ({"message": "boom"}, "infrastructure"),
        ({"code": 7}, "infrastructure"),
    ],
)
def test_the_text_of_an_error_tells_its_owner(error: Json, owner: str) -> None:
    fault = output_from_json({"error": error}).fault
    assert fault is not None
    assert (fault.owner, fault.kind) == (owner, "recorded")
    assert fault.message


def test_a_stated_owner_is_believed() -> None:
    stated = {"owner": "target", "kind": "exception", "message": "connection refused"}
    assert output_from_json({"error": stated}).fault == Fault(**stated)  # type: ignore[arg-type]
    other = output_from_json({"error": {"owner": "nobody", "message": "timed out"}}).fault
    assert other == Fault(owner="infrastructure", kind="recorded", message="timed out")


@pytest.mark.parametrize("error", [None, "", False])
def test_no_error_is_no_fault(error: Json) -> None:
    assert output_from_json({"output": "x", "error": error}).fault is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"latency_s": "1"}, "latency_s must be a number, not str"),
        ({"cost_usd": True}, "cost_usd must be a number, not bool"),
        ({"latency_s": 10**400}, "latency_s must be a finite number"),
        ({"usage": 7}, "usage must be an object, not int"),
        ({"usage": {"input_tokens": "7"}}, "input_tokens must be a number, not str"),
        ({"trace": {"name": "x"}}, "trace must be a list, not dict"),
        ({"trace": ["x"]}, "trace must be an object, not str"),
        ({"scores": [1]}, "scores must be an object, not list"),
        ({"scores": {"reward": "good"}}, "scores.reward must be a number, not str"),
        ({"scores": {"reward": 10**400}}, "scores.reward must be a finite number"),
        ({"detail": "x"}, "detail must be an object, not str"),
    ],
)
def test_a_field_of_the_wrong_shape_is_named(row: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        output_from_json(row)


def test_truth_values_are_scores() -> None:
    assert output_from_json({"scores": {"ok": True, "bad": False}}).scores == {"ok": 1.0, "bad": 0.0}
