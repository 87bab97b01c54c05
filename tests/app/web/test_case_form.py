"""A case goes through a browser's form without a character lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.app.web._case_form import CaseForm, form_of, line_of, raw_of, read_form
from steelyard.core import Case, InputError, Json, Scenario, case_from_json


def sent(form: CaseForm) -> dict[str, list[str]]:
    """What a browser sends: ends of lines become CRLF (HTML, 4.10.22.4), and a NUL or a surrogate is lost."""

    def browser(text: str) -> str:
        kept = "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
        return kept.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")

    if form.raw is not None:
        return {"id": [form.id], "raw": [browser(form.raw)]}
    single = {
        name: [browser(getattr(form, name))]
        for name in ("id", "input", "input_as", "expected", "expected_as", "group", "weight", "split", "rest")
    }
    return {
        **single,
        "context": [*(browser(text) for text in form.context), ""],
        "dimension": [*(browser(name) for name, _ in form.slices), "", ""],
        "value": [*(browser(value) for _, value in form.slices), "", ""],
    }


def again(case: Case) -> Case:
    return case_from_json(line_of(read_form(sent(form_of(case.as_json())))))


TEXT = st.text(st.characters(), min_size=1, max_size=30)
LABEL = TEXT.map(lambda text: "".join(c for c in text if c.isprintable()).strip() or "x")
ANSWER: st.SearchStrategy[Json] = st.one_of(
    st.none(),
    TEXT,
    st.lists(TEXT, min_size=1, max_size=3),
    st.dictionaries(TEXT, TEXT, min_size=1, max_size=2),
)


@given(
    case_id=LABEL,
    question=st.one_of(TEXT, st.just([{"role": "user", "content": "\r\n<b>\ud800"}])),
    expected=ANSWER,
    context=st.lists(TEXT, max_size=3),
    slices=st.dictionaries(LABEL, LABEL, max_size=3),
    group=st.none() | LABEL,
    weight=st.floats(0.001, 1e6),
)
def test_nothing_is_lost_on_the_way_through_a_browser(
    case_id: str,
    question: Json,
    expected: Json,
    context: list[str],
    slices: dict[str, str],
    group: str | None,
    weight: float,
) -> None:
    case = Case(
        id=case_id,
        input=question,
        expected=expected,
        context=tuple(context),
        slices=slices,
        group=group,
        weight=weight,
        metadata={"note": "\x00\u202e"},
    )
    assert again(case).content_hash == case.content_hash


def test_what_has_no_field_of_its_own_is_kept_as_json() -> None:
    case = Case(
        id="s",
        scenario=Scenario(persona="p", goal="g"),
        turns=({"role": "user", "content": "x"},),
        split="own",
    )
    form = form_of(case.as_json())
    assert (form.input, form.split, form.raw) == ("", "own", None)
    assert '"scenario"' in form.rest
    assert again(case) == case
    assert case_from_json(line_of(raw_of(case.as_json()))) == case


@pytest.mark.parametrize(
    ("form", "match"),
    [
        (CaseForm(id="a", input="{", input_as="json"), "input is not JSON"),
        (CaseForm(id="a", rest="[1]"), "must be one JSON object"),
        (CaseForm(id="a", rest='{"input": 1}'), "'input' has a field of its own"),
        (CaseForm(id="a", rest='{"expcted": 1}'), "a case has no field 'expcted'"),
        (CaseForm(id="a", slices=(("topic", ""),)), "a slice needs a dimension and a value"),
        (CaseForm(id="a", slices=(("t", "a"), ("t", "b"))), "'t' is there twice"),
        (CaseForm(id="a", weight="heavy"), "the weight is not a number"),
        (CaseForm(raw="{"), "the line is not JSON"),
        (CaseForm(raw='{"id": "a", "note": 1}'), "a case has no field 'note'"),
    ],
)
def test_what_cannot_be_read_is_named(form: CaseForm, match: str) -> None:
    with pytest.raises(InputError, match=match):
        line_of(form)
