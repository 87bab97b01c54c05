"""Lists, series and scans against what a plain look through everything says."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from sqlalchemy import text

from steelyard.core import FixedClock, Json, UsageError
from steelyard.store.spans import Spans, open_spans
from steelyard.traces import Ingest, Retention, ScanQuery, SeriesQuery, TraceQuery
from steelyard.traces._values import set_value

NOW = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)
Send = Callable[..., None]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def spans(store_url: str, clock: FixedClock) -> Iterator[Spans]:
    with open_spans(store_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def send(spans: Spans) -> Send:
    ingest = Ingest(spans)

    def send_spans(trace: int, count: int = 1, *, project: str = "p", **told: Json) -> None:
        data = TracesData()
        scope = data.resource_spans.add().scope_spans.add()
        for number in range(count):
            span = scope.spans.add(
                trace_id=trace.to_bytes(16, "big"), span_id=(number + 1).to_bytes(8, "big"), name="s"
            )
            span.start_time_unix_nano = 1_772_366_400 * 10**9
            span.end_time_unix_nano = span.start_time_unix_nano + (trace * 7 + number + 1) * 10**6
            for key, value in told.items():
                set_value(span.attributes.add(key=key.replace("__", ".")).value, value)
        ingest.request(data.SerializeToString(), "traces", "protobuf", project=project)

    return send_spans


def test_hours_that_are_summed_up_give_the_same_series(spans: Spans, send: Send, clock: FixedClock) -> None:
    for trace in range(1, 40):
        send(
            trace, 3, gen_ai__request__model=f"m{trace % 3}", gen_ai__usage__input_tokens=trace,
            **({"error__type": "x"} if trace % 5 == 0 else {}),
        )  # fmt: skip
        clock.advance(510)
    for step in (60, 3600, 7200, 86_400):
        asked = [
            SeriesQuery(
                project="p",
                since=NOW + timedelta(minutes=since),
                until=NOW + timedelta(minutes=until),
                step_s=step,
                kind=kind,
                by=by,
            )
            for since, until in ((0, 400), (7, 193), (40, 100), (65, 95), (0, 10))
            for kind in ("llm", "")
            for by in ("model", "slice", "kind")
        ]  # fmt: skip
        with spans._db.write() as connection:
            connection.execute(text("DELETE FROM span_hours"))
        before = [spans.series(query) for query in asked]
        assert spans.sum_up(limit=3) == 3
        assert spans.sum_up(limit=100) == 2
        assert spans.sum_up() == 0
        assert [spans.series(query) for query in asked] == before
        assert any(before)


def test_an_hour_that_is_not_over_is_not_summed_up(spans: Spans, send: Send, clock: FixedClock) -> None:
    send(1)
    assert spans.sum_up() == 0
    clock.advance(3600)
    assert spans.sum_up() == 0
    send(2)
    assert spans.sum_up() == 1


def test_times_far_off_find_nothing(spans: Spans, send: Send) -> None:
    send(1)
    west, east = (timezone(timedelta(hours=hours)) for hours in (-14, 14))
    first, last = datetime(1, 1, 1, tzinfo=east), datetime(9999, 12, 31, 23, 59, 59, tzinfo=west)
    for since, until in ((first, first + timedelta(days=1)), (last - timedelta(days=1), last)):
        for step_s in (60, 3600):
            query = SeriesQuery(project="p", since=since, until=until, step_s=step_s)
            assert spans.series(query) == []
        assert spans.list_traces(TraceQuery(project="p", since=since, until=until)).traces == ()
    assert spans.span_ledger("p", since=first)["accepted"] == {"": 1}
    assert spans.span_ledger("p", since=last)["accepted"] == {}


def test_a_series_of_a_kind_that_there_is_not_is_refused(spans: Spans, send: Send) -> None:
    send(1)
    query = SeriesQuery(project="p", since=NOW - timedelta(hours=1), until=NOW, kind="\0")
    with pytest.raises(UsageError, match="no span is of this kind"):
        spans.series(query)


def test_lists_by_several_columns_agree_with_a_look_through_all(
    spans: Spans, send: Send, clock: FixedClock
) -> None:
    rng = random.Random(5)
    made: list[dict[str, str]] = []
    for trace in range(1, 90):
        told = {
            "user": f"u{int(9 * rng.random() ** 3)}",
            "model": rng.choice("ab"),
            "tool": rng.choice(("t1", "t2", "t3")),
            "failed": rng.choice(("", "", "x")),
            "project": rng.choice(("p", "p", "q")),
        }
        made.append(told)
        send(
            trace, project=told["project"], user__id=told["user"], gen_ai__request__model=told["model"],
            gen_ai__tool__name=told["tool"], **({"error__type": "x"} if told["failed"] else {}),
        )  # fmt: skip
        clock.advance(60)
    for _ in range(60):
        terms = {name: rng.choice(made)[name] for name in ("user", "model", "tool") if rng.random() < 0.6}
        failed, project = rng.random() < 0.3, rng.choice((None, "p", "q"))
        low, high = sorted(rng.sample(range(95), 2))
        query = TraceQuery(
            project=project,
            terms=terms,
            failed=failed,
            since=NOW + timedelta(minutes=low),
            until=NOW + timedelta(minutes=high),
            limit=7,
        )
        expected = [
            number + 1
            for number, told in enumerate(made)
            if low <= number < high
            and all(told[name] == value for name, value in terms.items())
            and (told["failed"] or not failed)
            and project in (None, told["project"])
        ][::-1]
        listed: list[int] = []
        cursor = ""
        while True:
            page = spans.list_traces(
                TraceQuery(
                    project=query.project, terms=query.terms, failed=query.failed, since=query.since,
                    until=query.until, limit=query.limit, cursor=cursor,
                )
            )  # fmt: skip
            assert len(page.traces) <= 7
            listed += [int(row.trace_id, 16) for row in page.traces]
            if not (cursor := page.next):
                break
        assert listed == expected


@pytest.mark.parametrize(
    ("value", "sought"),
    [
        ("gold", "gold"), (17, "17"), (-3, "-3"), (2.5, "2.5"), (True, "true"), ([1, "a"], '[1,"a"]'),
        ("17", "17"), ("Ł", "Ł"), (3.0, "3.0"), (1e300, "1e+300"),
    ],
)  # fmt: skip
def test_a_scan_finds_values_of_every_kind(spans: Spans, send: Send, value: Json, sought: str) -> None:
    send(1, 2, tier=value)
    send(2, 2, tier="other")
    found = spans.scan_spans(ScanQuery(attribute="tier", value=sought))
    assert [int(span.row.trace_id.hex(), 16) for span in found.found] == [1, 1]
    assert (found.scanned, found.complete, found.cursor) == (4, True, "")


def test_a_scan_goes_on_where_it_ended(spans: Spans, send: Send) -> None:
    for trace in range(1, 6):
        send(trace, 10, tier="gold" if trace % 2 else "tin")
    found: list[int] = []
    cursor, scanned = "", 0
    while True:
        part = spans.scan_spans(ScanQuery(attribute="tier", value="gold", limit=4, cursor=cursor))
        assert len(part.found) <= 4
        found += [span.no for span in part.found]
        scanned += part.scanned
        if part.complete:
            break
        cursor = part.cursor
    assert scanned == 50
    assert len(found) == len(set(found)) == 30
    assert found == sorted(found, reverse=True)


class Hasty(FixedClock):
    """A clock on which every look takes a tenth of a second."""

    def monotonic(self) -> float:
        self.advance(0.1)
        return super().monotonic()


def test_a_scan_ends_in_time_and_says_how_far_it_got(store_url: str) -> None:
    clock = Hasty(NOW)
    with open_spans(store_url, clock=clock) as spans:
        ingest = Ingest(spans)
        for trace in range(1, 9):
            data = TracesData()
            data.resource_spans.add().scope_spans.add().spans.add(
                trace_id=trace.to_bytes(16, "big"), span_id=b"\1" * 8, name="s"
            )
            ingest.request(data.SerializeToString(), "traces", "protobuf", project="p")
        part = spans.scan_spans(ScanQuery(attribute="a", value="b", seconds=0.25))
        assert (part.scanned, part.complete, part.found) == (3, False, ())
        assert part.reached is not None
        rest = spans.scan_spans(ScanQuery(attribute="a", value="b", seconds=60, cursor=part.cursor))
        assert (rest.scanned, rest.complete) == (5, True)


def left(spans: Spans, table: str) -> int:
    with spans._db.read() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_what_goes_leaves_no_term_and_no_stray_record(spans: Spans, send: Send, clock: FixedClock) -> None:
    logs = LogsData()
    place = logs.resource_logs.add().scope_logs.add()
    for trace in (1, 99):
        record = place.log_records.add(trace_id=trace.to_bytes(16, "big"), event_name="e")
        record.body.string_value = "what was asked"
    ingest = Ingest(spans)
    ingest.request(logs.SerializeToString(), "logs", "protobuf", project="p")
    send(1, 2, user__id="ann", gen_ai__request__model="m", gen_ai__tool__name="t", error__type="x")
    clock.advance(86_400 * 3)
    send(2, 1, user__id="ann", gen_ai__request__model="m")
    held = left(spans, "trace_terms")
    spans.retain("p", Retention(payload_days=2), now=clock.now())
    assert (left(spans, "span_blocks"), left(spans, "span_events"), spans.count_spans("p")) == (1, 0, (3, 2))
    ingest.request(logs.SerializeToString(), "logs", "protobuf", project="p")
    clock.advance(86_400 * 3)
    send(3, 1, user__id="bob")
    spans.retain("p", Retention(span_days=4), now=clock.now())
    assert spans.count_spans("p") == (2, 2)
    assert left(spans, "trace_terms") == held - 4 + 1
    assert spans.delete_user("p", "ann") == 1
    assert (spans.count_spans("p"), left(spans, "trace_terms")) == ((1, 1), 1)
    spans.retain("p", Retention(span_days=1), now=clock.now() + timedelta(days=9))
    assert (left(spans, "span_events"), left(spans, "trace_terms")) == (0, 0)
