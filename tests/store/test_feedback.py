"""Feedback in the store: counted once, early or late, found by what it is about, gone with its user."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, LogsData
from tests.store.test_spans import NOW, body

from steelyard.core import FixedClock, Json, UsageError
from steelyard.store.spans import Spans, open_spans
from steelyard.traces import (
    Feedback,
    FeedbackQuery,
    FeedbackReading,
    FeedbackSeriesQuery,
    FeedbackTaken,
    Ingest,
    Retention,
    TraceQuery,
    read_feedback,
)
from steelyard.traces._clean import clean_text

HOSTILE = "\0\ud7ff\udc00</script>'; DROP TABLE trace_feedback; --\u202e"


def trace(number: int) -> str:
    return f"{number:032x}"


def item(number: int, **given: Any) -> Feedback:
    """A thumb down on trace `number`, unless something else is given."""
    row: dict[str, Json] = {
        "id": f"f{number}",
        "kind": "thumb",
        "trace": trace(number),
        "value": "down",
        **given,
    }
    taken, refused = read_feedback(
        {key: value for key, value in row.items() if value is not None}, FeedbackReading()
    )
    assert refused == []
    return taken[0]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def spans(store_url: str, clock: FixedClock) -> Iterator[Spans]:
    with open_spans(store_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def send(spans: Spans) -> Callable[..., None]:
    ingest = Ingest(spans)

    def send_body(data: bytes, project: str = "p") -> None:
        ingest.request(data, "traces", "protobuf", project=project)

    return send_body


Send = Callable[..., None]


def counts(taken: FeedbackTaken) -> tuple[int, int, int]:
    return taken.accepted, taken.revised, taken.duplicates


def ids(spans: Spans, **asked: Any) -> list[str]:
    page = spans.feedback.list_feedback(FeedbackQuery(project="p", **asked))
    return [each.feedback.id for each in page.items]


def disliked(spans: Spans) -> list[int]:
    page = spans.list_traces(TraceQuery(project="p", disliked=True))
    return [int(row.trace_id, 16) for row in page.traces]


def test_a_retry_counts_once_and_a_change_of_mind_replaces(spans: Spans) -> None:
    store = spans.feedback
    assert counts(store.add_feedback("p", [item(1), item(2)])) == (2, 0, 0)
    assert counts(store.add_feedback("p", [item(1), item(2), item(3), item(3)])) == (1, 0, 3)
    assert counts(store.add_feedback("p", [item(1, value="up", text="after all")])) == (0, 1, 0)
    found = store.list_feedback(FeedbackQuery(project="p")).items
    assert [(each.feedback.id, each.feedback.value, each.feedback.tone) for each in found] == [
        ("f3", 0.0, "negative"),
        ("f2", 0.0, "negative"),
        ("f1", 1.0, "positive"),
    ]
    assert (found[2].feedback.text, found[2].received, found[0].revised) == ("after all", NOW, None)
    assert found[2].revised is not None
    assert counts(store.add_feedback("other", [item(1)])) == (1, 0, 0)
    ledger = spans.span_ledger("p")
    assert (ledger["received"], ledger["accepted"], ledger["duplicate"]) == (
        {"feedback": 7},
        {"feedback": 4},
        {"feedback": 3},
    )


def test_an_older_word_that_comes_late_does_not_undo_a_newer_one(spans: Spans) -> None:
    store = spans.feedback
    early, late = "2026-03-01T11:00:00Z", "2026-03-01T11:00:05Z"
    store.add_feedback("p", [item(1, time=late)])
    assert counts(store.add_feedback("p", [item(1, value="up", time=early)])) == (0, 0, 1)
    (kept,) = store.list_feedback(FeedbackQuery(project="p")).items
    assert (kept.feedback.value, kept.feedback.given) == (0.0, datetime(2026, 3, 1, 11, 0, 5, tzinfo=UTC))


def test_who_may_be_anybody_changes_nothing_of_others_and_has_a_limit_to_a_trace(spans: Spans) -> None:
    store = spans.feedback

    def sent(number: int, author: str, feedback_id: str) -> Feedback:
        row: dict[str, Json] = {"id": feedback_id, "kind": "thumb", "trace": trace(number), "value": "up"}
        return read_feedback(row, FeedbackReading(author=author))[0][0]

    store.add_feedback("p", [sent(1, "key:a", "x")])
    both = [sent(1, "key:b", "x"), sent(1, "key:b", "y")]
    taken = store.add_feedback("p", both, refused=["unreadable"], most=3)
    assert counts(taken) == (1, 0, 0)
    assert [(each.index, each.id, each.reason) for each in taken.refused] == [
        (0, "x", "another sender's feedback has this id")
    ]
    assert counts(store.add_feedback("p", [item(1, id="x", text="by a new key")])) == (0, 1, 0)
    many = [sent(2, "key:b", f"m{n}") for n in range(5)]
    assert counts(store.add_feedback("p", many[:2], most=3)) == (2, 0, 0)
    taken = store.add_feedback("p", [*many, sent(3, "key:b", "other trace")], most=3)
    assert (counts(taken), [each.id for each in taken.refused]) == ((2, 0, 2), ["m3", "m4"])
    assert spans.span_ledger("p")["rejected"] == {
        "feedback: another sender's feedback has this id": 1,
        "feedback: this trace has enough feedback from this key": 2,
        "feedback: unreadable": 1,
    }


def test_what_a_person_gave_is_changed_by_that_person_alone(spans: Spans) -> None:
    store = spans.feedback

    def sent(author: str, value: str) -> Feedback:
        row: dict[str, Json] = {"id": "x", "kind": "thumb", "trace": trace(1), "value": value}
        return read_feedback(row, FeedbackReading(author=author))[0][0]

    def now() -> tuple[str, float | None]:
        (held,) = store.list_feedback(FeedbackQuery(project="p")).items
        return held.feedback.author, held.feedback.value

    assert counts(store.add_feedback("p", [sent("key:a", "up")])) == (1, 0, 0)
    assert counts(store.add_feedback("p", [sent("key:b", "down")])) == (0, 1, 0)
    assert counts(store.add_feedback("p", [sent("ann", "up")])) == (0, 1, 0)
    for author in ("ben", "key:a"):
        taken = store.add_feedback("p", [sent(author, "down")])
        assert [each.reason for each in taken.refused] == ["another sender's feedback has this id"]
        assert counts(store.add_feedback("p", [sent(author, "up")])) == (0, 0, 1)
        assert now() == ("ann", 1.0)
    assert counts(store.add_feedback("p", [sent("ann", "down")])) == (0, 1, 0)
    assert counts(store.add_feedback("p", [sent("", "up")])) == (0, 1, 0)
    assert now() == ("", 1.0)


def test_no_number_keeps_a_series_from_being_read(spans: Spans) -> None:
    numbers = [3.0, 1e100, -1e100, 1e-200, 5e-324, 0.0]
    scores = [item(n, kind="score", value=value) for n, value in enumerate(numbers, start=1)]
    spans.feedback.add_feedback("p", scores)
    asked = FeedbackSeriesQuery(
        project="p", since=NOW - timedelta(hours=1), until=NOW + timedelta(hours=1), kind="score"
    )
    (cell,) = spans.feedback.feedback_series(asked)
    assert (cell.valued, cell.squares) == (6, 2e200)
    assert cell.total == pytest.approx(3.0, abs=1e85)


@pytest.mark.parametrize("cursor", ["9" * 19, str(2**63), "-1", "1e3", "\u0661", "x", "0\0"])
def test_what_is_no_cursor_is_refused(spans: Spans, cursor: str) -> None:
    spans.feedback.add_feedback("p", [item(1)])
    with pytest.raises(UsageError, match="this is no cursor"):
        spans.feedback.list_feedback(FeedbackQuery(project="p", cursor=cursor))
    with pytest.raises(UsageError, match="this is no cursor"):
        spans.list_traces(TraceQuery(project="p", cursor=cursor))


def test_a_list_shows_what_is_disliked_whether_feedback_or_trace_came_first(spans: Spans, send: Send) -> None:
    store = spans.feedback
    store.add_feedback("p", [item(1), item(9), item(2, value="up")])
    for number in (1, 2, 3, 4):
        send(body(number, range(1, 3)))
    store.add_feedback("p", [item(3), item(33, trace=trace(3), value="up"), item(4, span=f"{2:016x}")])
    assert disliked(spans) == [4, 3, 1]
    marks = store.feedback_marks("p", [trace(number) for number in (1, 2, 3, 5)])
    assert {int(key, 16): tuple(value) for key, value in marks.items()} == {
        1: (1, 1, 0),
        2: (1, 0, 1),
        3: (2, 1, 1),
    }
    store.add_feedback("p", [item(3, value="up")])
    assert disliked(spans) == [4, 1]
    assert store.delete_feedback("p", ids=["f4"]) == 1
    assert disliked(spans) == [1]
    send(body(1, range(3, 6)))
    assert disliked(spans) == [1]


def test_feedback_is_found_by_what_it_is_about(spans: Spans, send: Send, clock: FixedClock) -> None:
    send(body(1, range(1, 4), user="ann", more={"session.id": "s1"}))
    store = spans.feedback
    store.add_feedback("p", [item(1), item(2, span=f"{3:016x}", trace=trace(1))])
    clock.advance(60)
    store.add_feedback("p", [item(3, trace=None, session="s1", kind="event", value=None, name="refunded")])
    store.add_feedback("p", [item(4, trace=None, user="ann", kind="text", value=None, text=HOSTILE)])
    store.add_feedback("p", [item(5, user=HOSTILE, label=HOSTILE, name=HOSTILE)])
    assert ids(spans, trace_id=trace(1)) == ["f2", "f1"]
    assert ids(spans, trace_id=trace(1), span_id=f"{3:016x}") == ["f2"]
    assert ids(spans, session="s1") == ["f3", "f2", "f1"]
    assert ids(spans, user="ann") == ["f4", "f2", "f1"]
    assert ids(spans, user=HOSTILE) == ["f5"]
    assert ids(spans, kind="event") == ["f3"]
    assert ids(spans, tone="negative") == ["f5", "f3", "f2", "f1"]
    assert ids(spans, since=NOW + timedelta(seconds=1)) == ["f5", "f4", "f3"]
    assert ids(spans, until=NOW + timedelta(seconds=1)) == ["f2", "f1"]
    assert ids(spans, trace_id="x") == ids(spans, session="none") == ids(spans, trace_id="ff" * 16) == []
    page = store.list_feedback(FeedbackQuery(project="p", limit=2))
    assert ids(spans, limit=2, cursor=page.next) == ["f3", "f2"]
    assert page.items[1].feedback.text == HOSTILE
    assert page.items[0].feedback.label == HOSTILE
    with pytest.raises(UsageError, match="no cursor"):
        ids(spans, cursor="x")


def test_shares_by_hour_model_and_slice_count_late_traces_too(
    spans: Spans, send: Send, clock: FixedClock
) -> None:
    more: dict[str, Json] = {"gen_ai.request.model": "m1", "steelyard.slice": "de"}
    send(body(1, range(1, 3), more=more))
    send(body(2, range(1, 3), more={**more, "gen_ai.request.model": "m2"}))
    clock.advance(7200)
    store = spans.feedback
    store.add_feedback("p", [item(1), item(2, value="up"), item(3), item(11, trace=trace(1))])
    store.add_feedback(
        "p", [item(4, kind="score", value=3, name="stars"), item(5, kind="score", value=5, name="stars")]
    )

    def cells(**asked: Any) -> list[tuple[Any, ...]]:
        query = FeedbackSeriesQuery(
            project="p", since=NOW - timedelta(days=1), until=NOW + timedelta(days=1), **asked
        )
        return [
            (each.start.hour, each.model, each.slice, each.n, each.negative)
            for each in store.feedback_series(query)
        ]

    assert cells(by=()) == [(14, "", "", 4, 3)]
    assert cells() == [(14, "", "", 1, 1), (14, "m1", "", 2, 2), (14, "m2", "", 1, 0)]
    assert cells(clock="answered") == [(12, "m1", "", 2, 2), (12, "m2", "", 1, 0)]
    send(body(3, range(1, 3), more=more))
    assert cells(by=("model", "slice")) == [(14, "m1", "de", 3, 3), (14, "m2", "de", 1, 0)]
    assert cells(slice="de", model="m2", by=()) == [(14, "", "", 1, 0)]
    assert cells(model="unknown") == []
    query = FeedbackSeriesQuery(
        project="p", since=NOW, until=NOW + timedelta(days=1), kind="score", by=(), step_s=86400
    )
    (stars,) = store.feedback_series(query)
    assert (stars.name, stars.n, stars.valued, stars.total, stars.squares) == ("stars", 2, 2, 8.0, 34.0)
    with pytest.raises(UsageError, match="multiple of 60"):
        cells(step_s=61)


def test_feedback_on_a_span_belongs_to_the_model_of_that_span(spans: Spans, send: Send) -> None:
    send(body(1, range(1, 2), more={"gen_ai.request.model": "router"}))
    send(body(1, range(2, 3), more={"gen_ai.request.model": "writer"}))
    spans.feedback.add_feedback("p", [item(1), item(2, trace=trace(1), span=f"{2:016x}")])
    query = FeedbackSeriesQuery(project="p", since=NOW, until=NOW + timedelta(hours=1))
    found = {cell.model: cell.n for cell in spans.feedback.feedback_series(query)}
    assert found == {"router": 1, "writer": 1}


def test_a_user_goes_with_all_feedback(spans: Spans, send: Send) -> None:
    send(body(1, range(1, 3), user="ann", more={"session.id": "s1"}))
    send(body(2, range(1, 3), user="bob"))
    store = spans.feedback
    store.add_feedback(
        "p",
        [
            item(1),
            item(2),
            item(3, user="ann"),
            item(4, trace=None, user="ann"),
            item(5, trace=None, session="s1"),
            item(6, trace=None, user="bob"),
        ],
    )
    store.add_feedback("other", [item(7, user="cid")])
    assert spans.delete_user("p", "ann") == 2
    assert ids(spans) == ["f6", "f2"]
    assert disliked(spans) == [2]
    spans.delete_user("p", "cid")
    (kept,) = store.list_feedback(FeedbackQuery(project="other")).items
    assert kept.feedback.user == "cid"
    assert spans.delete_user("p", "bob") == 2
    assert ids(spans) == []


def test_age_takes_feedback_with_its_trace_and_texts_with_payloads(
    spans: Spans, send: Send, clock: FixedClock
) -> None:
    send(body(1, range(1, 3)))
    store = spans.feedback
    store.add_feedback("p", [item(1, text="said"), item(2), item(3, trace=None, session="s")])
    clock.advance(20 * 86400)
    send(body(9, range(1, 3)))
    store.add_feedback("p", [item(9), item(8)])
    now = clock.now()
    spans.retain("p", Retention(payload_days=10), now=now)
    (kept,) = store.list_feedback(FeedbackQuery(project="p", trace_id=trace(1))).items
    assert (kept.feedback.text, kept.feedback.value) == ("", 0.0)
    assert counts(store.add_feedback("p", [item(1, text="said")])) == (0, 0, 1)
    gone = spans.retain("p", Retention(span_days=10), now=now)
    assert (gone["spans"], gone["feedback"]) == (2, 2)
    assert ids(spans) == ["f8", "f9"]


def test_everything_of_a_sender_can_be_thrown_out(spans: Spans, send: Send) -> None:
    send(body(1, range(1, 3)))
    row: dict[str, Json] = {"id": "bad", "kind": "thumb", "trace": trace(1), "value": "down"}
    spans.feedback.add_feedback("p", read_feedback(row, FeedbackReading(author="key:leaked"))[0])
    spans.feedback.add_feedback("p", [item(2)])
    assert disliked(spans) == [1]
    assert spans.feedback.delete_feedback("p", author="key:unknown") == 0
    assert spans.feedback.delete_feedback("p", author="key:leaked") == 1
    assert (ids(spans), disliked(spans)) == (["f2"], [])
    with pytest.raises(UsageError, match="name the sender or the ids"):
        spans.feedback.delete_feedback("p")


def test_what_was_acknowledged_survives_a_killed_process(store_url: str) -> None:
    program = (
        "import sys\n"
        "from steelyard.store.spans import open_spans\n"
        "from steelyard.traces import Feedback\n"
        "with open_spans(sys.argv[1]) as spans:\n"
        "    for n in range(10_000):\n"
        "        said = Feedback(id=f'f{n}', kind='thumb', trace_id='a' * 32, value=0.0)\n"
        "        spans.feedback.add_feedback('p', [said])\n"
        "        print(n, flush=True)\n"
    )
    open_spans(store_url).close()
    writer = subprocess.Popen([sys.executable, "-c", program, store_url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(0.3)
    writer.send_signal(signal.SIGKILL)
    said = [line for line in writer.stdout.read().splitlines() if line]
    writer.wait(20)
    writer.stdout.close()
    last = int(said[-1]) if said else 0
    with open_spans(store_url) as spans:
        found = set(ids(spans, limit=1000))
    wanted = {f"f{n}" for n in range(max(0, last - 900), last + 1)}
    assert wanted <= found


def test_what_people_said_in_telemetry_is_feedback_like_any_other(spans: Spans) -> None:
    def evaluation(label: str, kind: str, span: int = 2) -> LogRecord:
        record = LogRecord(trace_id=(1).to_bytes(16, "big"), span_id=span.to_bytes(8, "big"))
        record.event_name, record.time_unix_nano = "gen_ai.evaluation.result", 1_772_366_400 * 10**9
        for key, value in (
            ("gen_ai.evaluation.name", "helpful"),
            ("gen_ai.evaluation.score.label", label),
            ("gen_ai.evaluation.explanation", HOSTILE),
            ("gen_ai.evaluation.evaluator.kind", kind),
        ):
            record.attributes.add(key=key).value.string_value = clean_text(value)
        return record

    data = LogsData()
    records = data.resource_logs.add().scope_logs.add().log_records
    records.extend(
        [evaluation("thumbs-down", "HUMAN"), evaluation("fine", "human", 3), evaluation("bad", "LLM")]
    )
    ingest = Ingest(spans)
    for _ in range(2):
        ingest.request(data.SerializeToString(), "logs", "protobuf", project="p")
    found = spans.feedback.list_feedback(FeedbackQuery(project="p")).items
    assert [(each.feedback.kind, each.feedback.tone, each.feedback.label) for each in found] == [
        ("text", "neutral", "fine"),
        ("thumb", "negative", ""),
    ]
    assert (found[1].feedback.span_id, found[1].feedback.name) == (f"{2:016x}", "helpful")
    assert found[1].feedback.given == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    scores, _ = spans.trace_extras(trace(1), project="p")
    assert [score.label for score in scores] == ["bad"]
    ingest.request(body(1, range(1, 4)), "traces", "protobuf", project="p")
    assert disliked(spans) == [1]


def test_a_revision_may_move_feedback_to_another_trace(spans: Spans, send: Send) -> None:
    for number in (1, 2):
        send(body(number, range(1, 2), more={"gen_ai.request.model": f"m{number}"}))
    spans.feedback.add_feedback("p", [item(1)])
    spans.feedback.add_feedback("p", [item(1, trace=trace(2), text="The other one.")])
    query = FeedbackSeriesQuery(project="p", since=NOW, until=NOW + timedelta(hours=1))
    assert [(cell.model, cell.n) for cell in spans.feedback.feedback_series(query)] == [("m2", 1)]
    assert disliked(spans) == [2]
