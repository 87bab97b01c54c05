"""Cases: their JSON form, and what their hashes see."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.core import Attachment, Case, Json, Scenario, canonical_json, case_from_json

FULL = Case(
    id="c1",
    input=[{"role": "user", "content": "Where is my parcel?"}],
    expected=["at the depot", "in the depot"],
    context=("doc one", "doc two"),
    turns=({"role": "user", "content": "And now?"},),
    scenario=Scenario(persona="terse", goal="a date", max_turns=3),
    attachments=(Attachment(path="a.png", sha256="0" * 64, media_type="image/png"),),
    slices={"topic": "parcels"},
    group="g1",
    weight=2.0,
    split="sealed",
    metadata={"author": "x", "n": [1, None]},
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ANY_CASE = st.builds(
    Case,
    id=ANY_TEXT,
    input=st.none() | st.text() | st.just([]) | st.just({}) | st.dictionaries(ANY_TEXT, st.integers()),
    expected=st.none() | st.text() | st.lists(st.text()) | st.just({}),
    context=st.lists(st.text()).map(tuple),
    slices=st.dictionaries(ANY_TEXT, st.text()),
    group=st.none() | ANY_TEXT,
    weight=st.floats(min_value=1e-6, max_value=1e6),
    split=st.sampled_from(["open", "sealed", "mine"]),
    metadata=st.dictionaries(
        ANY_TEXT, st.none() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
    ),
)


def _read(text: str) -> Case:
    row = json.loads(text)
    assert isinstance(row, dict)
    return case_from_json(row)


def test_every_field_survives_the_json_line() -> None:
    again = _read(canonical_json(FULL.as_json()))
    assert again == FULL
    assert (again.hash, again.content_hash) == (FULL.hash, FULL.content_hash)


@settings(deadline=None)
@given(ANY_CASE)
def test_any_case_survives_the_json_line(case: Case) -> None:
    again = _read(canonical_json(case.as_json()))
    assert again == case
    assert (again.hash, again.content_hash) == (case.hash, case.content_hash)


def test_fields_that_hold_their_default_are_not_written() -> None:
    assert Case(id="a", input="hi").as_json() == {"id": "a", "input": "hi"}


@pytest.mark.parametrize(
    "labels",
    [{"slices": {"topic": "refunds"}}, {"group": "g2"}, {"weight": 1.0}, {"split": "open"}, {"metadata": {}}],
    ids=lambda labels: next(iter(labels)),
)
def test_labels_change_the_content_and_not_the_question(labels: dict[str, Any]) -> None:
    other = replace(FULL, **labels)
    assert other.hash == FULL.hash
    assert other.content_hash != FULL.content_hash


@pytest.mark.parametrize(
    "asked",
    [
        {"id": "c2"}, {"input": "Where is my parcel?"}, {"expected": "at the depot"}, {"expected": None},
        {"context": ("doc two", "doc one")}, {"turns": ()}, {"scenario": None},
        {"scenario": Scenario(persona="terse", goal="a date", max_turns=4)},
        {"attachments": (Attachment(path="a.png", sha256="1" * 64, media_type="image/png"),)},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_asked_or_expected_makes_another_case(asked: dict[str, Any]) -> None:
    other = replace(FULL, **asked)
    assert other.hash != FULL.hash
    assert other.content_hash != FULL.content_hash


def test_an_attachment_is_its_bytes_wherever_they_lie() -> None:
    moved = (replace(FULL.attachments[0], path="elsewhere/b.png"),)
    assert replace(FULL, attachments=moved).hash == FULL.hash


def test_a_case_alone_is_its_own_cluster() -> None:
    assert Case(id="a", input="x").cluster == "a"
    assert Case(id="a", input="x", group="g").cluster == Case(id="b", input="y", group="g").cluster
    assert Case(id="g", input="x").cluster != Case(id="b", input="y", group="g").cluster


def test_a_case_can_be_read_as_its_json_line() -> None:
    assert {name: FULL[name] for name in FULL.as_json()} == FULL.as_json()
    bare = Case(id="c", input="x")
    assert [bare[name] for name in ("expected", "context", "metadata", "weight", "split")] == [
        None, [], {}, 1.0, "open",
    ]  # fmt: skip
    with pytest.raises(KeyError, match="no field 'question'"):
        bare["question"]


def test_a_case_cannot_be_edited() -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign"):
        FULL.id = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"id": "a", "context": "one text"}, "expected a list"),
        ({"id": "a", "slices": ["topic"]}, "expected an object"),
        ({"id": "a", "weight": True}, "expected a number"),
        ({"id": "a", "weight": "2"}, "expected a number"),
        ({"id": "a", "scenario": "be rude"}, "expected an object"),
    ],
)
def test_a_row_that_was_not_validated_is_refused(row: dict[str, Json], word: str) -> None:
    with pytest.raises(TypeError, match=word):
        case_from_json(row)


def test_a_row_without_an_id_is_refused() -> None:
    with pytest.raises(KeyError, match="id"):
        case_from_json({"input": "x"})
