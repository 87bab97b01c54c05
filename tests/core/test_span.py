"""Spans."""

from __future__ import annotations

import json

import pytest

from steelyard.core import Json, Span, canonical_json, span_from_json

FULL = Span(
    name="search",
    kind="tool",
    span_id="s2",
    parent_id="s1",
    start_s=1_700_000_000.5,
    duration_s=0.0,
    input={"query": "x"},
    output=[],
    error="no hits",
    attributes={"tool.version": "2"},
)


def test_every_field_survives_json() -> None:
    assert span_from_json(json.loads(canonical_json(FULL.as_json()))) == FULL


@pytest.mark.parametrize("value", ["", {}, [], 0, False, None, "x"])
def test_what_went_in_and_came_out_is_kept_as_it_was(value: Json) -> None:
    span = Span(name="f", input=value, output=value)
    assert span_from_json(json.loads(canonical_json(span.as_json()))) == span


def test_only_what_is_known_is_written() -> None:
    assert Span(name="f").as_json() == {"name": "f", "kind": "step"}


def test_foreign_fields_become_attributes() -> None:
    span = span_from_json({"name": "f", "model": "m", "attributes": {"a": 1}, "kind": None})
    assert span == Span(name="f", kind="step", attributes={"a": 1, "model": "m"})


@pytest.mark.parametrize("value", ["soon", True, None, [1], 10**400])
def test_times_that_are_no_numbers_are_unknown(value: Json) -> None:
    assert span_from_json({"name": "f", "start_s": value, "duration_s": value}).duration_s is None
