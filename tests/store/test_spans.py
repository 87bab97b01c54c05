from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from steelyard.core import FixedClock, Json, NotFoundError, UsageError
from steelyard.store.spans import Spans, open_spans
from steelyard.traces import Ingest, Retention, ScanQuery, SeriesQuery, TraceQuery, span_detail
from steelyard.traces._values import set_value

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def body(
    trace: int,
    numbers: range,
    *,
    user: str = "",
    text: str = "hello",
    more: Mapping[str, Json] = MappingProxyType({}),
) -> bytes:
    """Spans of one trace; number 1 is the root, and the others are its children."""
    data = TracesData()
    place = data.resource_spans.add()
    set_value(place.resource.attributes.add(key="service.name").value, "shop")
    scope = place.scope_spans.add()
    for number in numbers:
        span = scope.spans.add(
            trace_id=trace.to_bytes(16, "big"), span_id=number.to_bytes(8, "big"), name=f"span {number}"
        )
        span.start_time_unix_nano = 1_772_366_400 * 10**9 + number * 10**6
        span.end_time_unix_nano = span.start_time_unix_nano + number * 10**9
        if number > 1:
            span.parent_span_id = (1).to_bytes(8, "big")
        told: dict[str, Json] = {"input.value": f"{text} {number}", "user.id": user, **more}
        for key, value in told.items():
            if value != "":
                set_value(span.attributes.add(key=key).value, value)
    return data.SerializeToString()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def spans(store_url: str, clock: FixedClock) -> Iterator[Spans]:
    with open_spans(store_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def send(spans: Spans) -> Callable[..., tuple[int, int]]:
    ingest = Ingest(spans)

    def send_body(data: bytes, project: str = "p") -> tuple[int, int]:
        result = ingest.request(data, "traces", "protobuf", project=project)
        return result.accepted, result.duplicates

    return send_body


Send = Callable[..., tuple[int, int]]


def test_a_retry_stores_nothing_twice_and_the_ledger_says_so(spans: Spans, send: Send) -> None:
    assert send(body(1, range(1, 6))) == (5, 0)
    assert send(body(1, range(3, 9))) == (3, 3)
    assert send(body(1, range(1, 9))) == (0, 8)
    assert spans.count_spans("p") == (8, 1)
    ledger = spans.span_ledger("p")
    assert (ledger["received"], ledger["accepted"], ledger["duplicate"]) == ({"": 19}, {"": 8}, {"": 11})
    assert send(body(1, range(1, 3)), "other") == (2, 0)


def test_rows_and_payloads_come_back_as_they_went_in(spans: Spans, send: Send) -> None:
    send(body(1, range(2, 4), user="ann\0\ud7ff", more={"model": 1.5}))
    send(body(1, range(1, 2)))
    found = spans.trace_spans(f"{1:032x}")
    assert [span.row.name for span in found] == ["span 2", "span 3", "span 1"]
    assert found[0].row.user == "ann\0\ud7ff"
    assert found[0].received == NOW
    payloads = spans.span_payloads([span.no for span in found])
    detail = span_detail(payloads[found[1].no])
    assert (detail.input, detail.attributes["model"], detail.resource) == (
        "hello 3",
        1.5,
        {"service.name": "shop"},
    )
    (row,) = spans.list_traces(TraceQuery(project="p")).traces
    assert (row.name, row.has_root, row.spans) == ("span 1", True, 3)
    assert spans.find_trace("0" * 31) == f"{1:032x}"
    with pytest.raises(NotFoundError, match="no such trace"):
        spans.trace_spans("ff" * 16)


def test_tokens_that_come_in_two_batches_are_counted_once(spans: Spans, send: Send) -> None:
    usage: dict[str, Json] = {"gen_ai.usage.input_tokens": 10, "gen_ai.request.model": "gpt-4o"}
    send(body(1, range(2, 4), more=usage))
    send(body(1, range(1, 2), more=usage))
    assert spans.list_traces(TraceQuery()).traces[0].input_tokens == 20


def test_pages_windows_and_terms(spans: Spans, send: Send, clock: FixedClock) -> None:
    for trace in range(1, 8):
        send(body(trace, range(1, 3), user=f"u{trace % 2}", more={"error.type": "x"} if trace == 3 else {}))
        clock.advance(60)
    first = spans.list_traces(TraceQuery(project="p", limit=4))
    second = spans.list_traces(TraceQuery(project="p", limit=4, cursor=first.next))
    listed = [int(row.trace_id, 16) for row in (*first.traces, *second.traces)]
    assert (listed, second.next) == ([7, 6, 5, 4, 3, 2, 1], "")

    def ids(query: TraceQuery) -> list[int]:
        return [int(row.trace_id, 16) for row in spans.list_traces(query).traces]

    assert ids(TraceQuery(terms={"user": "u1", "service": "shop"})) == [7, 5, 3, 1]
    assert ids(TraceQuery(failed=True)) == [3]
    assert ids(TraceQuery(since=NOW + timedelta(minutes=2), until=NOW + timedelta(minutes=4))) == [4, 3]
    assert ids(TraceQuery(terms={"user": "nobody"})) == []
    with pytest.raises(UsageError, match="cannot be filtered by 'shoe'"):
        ids(TraceQuery(terms={"shoe": "1"}))
    with pytest.raises(UsageError, match="no cursor"):
        ids(TraceQuery(cursor="x"))


def test_series_by_model(spans: Spans, send: Send) -> None:
    usage: dict[str, Json] = {"gen_ai.usage.input_tokens": 10, "gen_ai.request.model": "m"}
    send(body(1, range(2, 102), more=usage))
    send(body(2, range(2, 3), more={**usage, "error.type": "x"}))
    query = SeriesQuery(project="p", since=NOW, until=NOW + timedelta(hours=1))
    (cell,) = spans.series(query)
    assert (cell.group, cell.count, cell.errors, cell.input_tokens) == ("m", 101, 1, 1010)
    assert cell.seconds["p50"] == pytest.approx(51, rel=0.03)


def test_search_finds_words_once_the_index_has_come(spans: Spans, send: Send) -> None:
    send(body(1, range(1, 3), text="Kraków refund"))
    send(body(2, range(1, 2), text="refund"), "other")
    assert spans.search_spans("refund") == []
    assert spans.index_spans() == 3
    assert spans.index_spans() == 0
    assert [span.row.name for span in spans.search_spans("kraków 2", project="p")] == ["span 2"]
    assert len(spans.search_spans("refund", project="p")) == 2
    assert spans.search_spans('" OR * NEAR(', project="p") == []


def test_a_scan_says_how_far_it_got(spans: Spans, send: Send) -> None:
    for trace in range(1, 41):
        send(body(trace, range(1, 3), more={"tier": "gold" if trace == 1 else "iron"}))
    part = spans.scan_spans(ScanQuery(attribute="tier", value="gold", budget=20))
    assert (part.found, part.scanned, part.complete) == ((), 20, False)
    whole = spans.scan_spans(ScanQuery(attribute="tier", value="gold", budget=1000, cursor=part.cursor))
    assert ([span.row.name for span in whole.found], whole.scanned, whole.complete) == (
        ["span 2", "span 1"],
        60,
        True,
    )


def test_a_deleted_user_leaves_nothing(spans: Spans, send: Send) -> None:
    mixed = TracesData.FromString(body(1, range(1, 3), user="ann", text="annsecret"))
    mixed.MergeFromString(body(2, range(1, 3), user="bob", text="bobsecret"))
    send(mixed.SerializeToString())
    spans.index_spans()
    assert spans.delete_user("p", "ann") == 2
    assert spans.count_spans("p") == (2, 1)
    assert spans.search_spans("annsecret") == []
    assert len(spans.search_spans("bobsecret")) == 2
    with spans._db.read() as connection:
        (block,) = connection.exec_driver_sql("SELECT dictionary, data FROM span_blocks").all()
        assert b"annsecret" not in spans._codec.decompress(block[0], bytes(block[1]))
        assert connection.exec_driver_sql("SELECT count(*) FROM span_words WHERE word = 'ann'").scalar() == 0
    kept = spans.trace_spans(f"{2:032x}")
    assert len(spans.span_payloads([span.no for span in kept])) == 2
    assert spans.delete_user("p", "ann") == 0


def test_retention_by_class(spans: Spans, send: Send, clock: FixedClock) -> None:
    send(body(1, range(1, 3)))
    clock.advance(3 * 86_400)
    send(body(2, range(1, 3)))
    now = clock.now()
    gone = spans.retain("p", Retention(payload_days=1), now=now)
    assert gone == {"spans": 0, "payloads": 2, "minutes": 0, "feedback": 0}
    assert spans.span_payloads([span.no for span in spans.trace_spans(f"{1:032x}")]) == {}
    assert spans.retain("p", Retention(span_days=1), now=now)["spans"] == 2
    assert spans.count_spans("p") == (2, 1)
    assert spans.retain("p", Retention(series_days=1), now=now)["minutes"] > 0


def test_log_records_and_evaluations_may_come_first_and_twice(spans: Spans, send: Send) -> None:
    data = LogsData()
    record = (
        data.resource_logs.add()
        .scope_logs.add()
        .log_records.add(
            trace_id=(1).to_bytes(16, "big"),
            span_id=(1).to_bytes(8, "big"),
            event_name="gen_ai.evaluation.result",
        )
    )
    told: dict[str, Json] = {"gen_ai.evaluation.name": "helpful", "gen_ai.evaluation.score.value": 0.5}
    for key, value in told.items():
        set_value(record.attributes.add(key=key).value, value)
    ingest = Ingest(spans)
    for expected in ((1, 0), (0, 1)):
        result = ingest.request(data.SerializeToString(), "logs", "protobuf", project="p")
        assert (result.accepted, result.duplicates) == expected
    send(body(1, range(1, 2)))
    scores, events = spans.trace_extras(f"{1:032x}", project="p")
    assert [(score.name, score.value) for score in scores] == [("helpful", 0.5)]
    assert len(events) == 1


def test_threads_share_transactions_and_each_gets_its_own_count(spans: Spans, send: Send) -> None:
    results: dict[int, tuple[int, int]] = {}

    def one(trace: int) -> None:
        results[trace] = send(body(trace % 6 + 1, range(1, 11)))

    threads = [threading.Thread(target=one, args=(trace,)) for trace in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(accepted for accepted, _ in results.values()) == 60
    assert spans.count_spans("p") == (60, 6)


SENDER = """
import sys
from steelyard.store.spans import open_spans
from steelyard.traces import Ingest
from tests.store.test_spans import body
ingest = Ingest(open_spans(sys.argv[1]))
for trace in range(1, 100_000):
    ingest.request(body(trace, range(1, 21)), "traces", "protobuf", project="p")
    print(trace, flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.11])
def test_kill_loses_nothing_acknowledged_and_doubles_nothing(
    spans: Spans, store_url: str, send: Send, delay: float
) -> None:
    process = subprocess.Popen([sys.executable, "-c", SENDER, store_url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = int(process.stdout.readline())
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *(int(line) for line in process.communicate()[0].split())])
    deadline = time.monotonic() + 10
    while (held := spans.count_spans("p")[1]) < acknowledged and time.monotonic() < deadline:
        time.sleep(0.05)
    assert acknowledged <= held <= acknowledged + 1
    for trace in range(1, acknowledged + 2):
        send(body(trace, range(1, 21)))
    assert spans.count_spans("p") == ((acknowledged + 1) * 20, acknowledged + 1)
    assert len(spans.trace_spans(f"{acknowledged:032x}")) == 20
