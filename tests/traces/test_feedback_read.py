"""Whatever is sent is either feedback that can be stored, or refused with a reason: nothing else happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from steelyard.core import Json, parse_json
from steelyard.traces import (
    EVENT_TONES,
    FEEDBACK_FIELDS,
    FEEDBACK_KINDS,
    FEEDBACK_TONES,
    PAGE_FIELDS,
    PAGE_LIMITS,
    FeedbackReading,
    StoredFeedback,
    read_feedback,
)

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "id": st.text(st.characters(), min_size=1, max_size=10),
    "kind": st.sampled_from(FEEDBACK_KINDS),
    "trace": st.sampled_from(["a" * 32, "A" * 32, "0" * 32, "٣" * 32]),
    "span": st.sampled_from(["b" * 16, "zz"]),
    "value": st.sampled_from(["up", "down", 1, 10**400, -0.0, True]),
    "name": st.sampled_from(["refunded", "x", ""]),
    "text": st.text(st.characters(), max_size=10),
    "time": st.sampled_from(["2026-01-01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "now"]),
}


def items() -> st.SearchStrategy[Any]:
    fields = {name: LIKELY.get(name, ANYTHING) | ANYTHING for name in FEEDBACK_FIELDS}
    return st.fixed_dictionaries({}, optional=fields) | ANYTHING


@given(st.lists(items(), max_size=4) | items(), st.booleans())
def test_anything_is_taken_or_refused_with_a_reason(document: Any, from_page: bool) -> None:
    taken, refused = read_feedback(document, FeedbackReading(from_page=from_page, limits=PAGE_LIMITS))
    sent = document if isinstance(document, list) else [document]
    assert len(taken) + len(refused) == len(sent)
    assert all(each.reason and each.reason.isascii() for each in refused)
    assert all(0 <= each.index < len(sent) for each in refused)
    for item in taken:
        assert 0 < len(item.id) <= 200
        assert item.trace_id or (item.session or item.user)
        assert item.tone in FEEDBACK_TONES
        if from_page:
            assert item.trace_id
            assert (item.session, item.user) == ("", "")
            assert (item.source, item.kind == "event") == ("user", False)


@given(items())
def test_what_is_shown_is_json_that_can_be_sent_again(document: Any) -> None:
    taken, _ = read_feedback(document, FeedbackReading())
    for item in taken:
        shown = StoredFeedback(no=1, received=MOMENT, revised=None, feedback=item).as_json()
        said = {key: shown[key] for key in FEEDBACK_FIELDS if shown[key] not in ("", None)}
        again = parse_json(json.dumps(said))
        assert read_feedback(again, FeedbackReading()) == ([item], [])


def test_an_event_says_what_is_known_of_it_unless_its_sender_does() -> None:
    def tone(**more: str) -> str:
        row = {"id": "a", "kind": "event", "user": "u", **more}
        (found,), _ = read_feedback(row, FeedbackReading())
        return found.tone

    assert {tone(name=name) for name in EVENT_TONES} == {"negative", "positive"}
    assert tone(name="refunded") == "negative"
    assert tone(name="opened") == "neutral"
    assert tone(name="opened", tone="positive") == "positive"
    assert set(PAGE_FIELDS) < set(FEEDBACK_FIELDS)


def test_what_a_redaction_makes_longer_is_cut() -> None:
    row: dict[str, Json] = {"id": "a", "kind": "thumb", "trace": "1" * 32, "value": "up"}
    row |= dict.fromkeys(("name", "label", "session", "user"), "x" * 200)
    reading = FeedbackReading(redaction=lambda text: text.replace("x", "[taken out]"))
    (item,), _ = read_feedback(row, reading)
    assert {len(text) for text in (item.name, item.label, item.session, item.user)} == {200}
