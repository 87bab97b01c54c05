"""OTLP/HTTP: what the protocol asks for, real exporters, and bodies that mean harm."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.message import Message
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from tests.app.web.serving import served

from steelyard.app._project import find_project
from steelyard.app.web import Site, _intake, create_app
from steelyard.app.web._inflate import TooLargeError, inflate
from steelyard.core import InputError
from steelyard.store import open_store

PROTOBUF, JSON = "application/x-protobuf", "application/json"
EXAMPLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "otlp"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An empty project whose store gives up a lock after half a second."""
    (tmp_path / "steelyard.toml").write_text('[project]\nname = "empty"\n', encoding="utf-8")
    project = find_project(tmp_path)
    with open_store(project.store, busy_timeout_s=0.5) as store:
        found = Site(project=project, store=store)
        yield found
        found.answers.close()


def spans(count: int = 1, *, trace: int = 1, bad: int = 0) -> ExportTraceServiceRequest:
    """A request of some spans, the last of them without an id."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add().scope_spans.add()
    for n in range(count):
        span = group.spans.add()
        span.trace_id = trace.to_bytes(16)
        span.span_id = b"" if n >= count - bad else (n + 1).to_bytes(8)
        span.name = f"step {n}"
        span.start_time_unix_nano = 1_760_000_000_000_000_000 + n
        span.end_time_unix_nano = span.start_time_unix_nano + 1_000_000
    return request


async def send(
    client: httpx.AsyncClient, body: bytes, kind: str = PROTOBUF, *, to: str = "/v1/traces", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(to, content=body, headers={"content-type": kind, **named})


async def counts(client: httpx.AsyncClient) -> tuple[int, dict[str, dict[str, int]]]:
    document = (await client.get("/api/v1/spans/ledger")).json()
    return document["total_spans"], document["ledger"]


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)],
)
async def test_protobuf_is_stored_once_however_it_is_sent(
    client: httpx.AsyncClient, coding: str, pack: Any
) -> None:
    body = pack(spans(3).SerializeToString())
    for _ in range(2):
        answer = await send(client, body, content_encoding=coding)
        assert (answer.status_code, answer.headers["content-type"]) == (200, PROTOBUF)
        assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    stored, ledger = await counts(client)
    assert stored == 3
    assert (ledger["received"], ledger["accepted"], ledger["duplicate"]) == ({"": 6}, {"": 3}, {"": 3})


async def test_the_protocols_own_examples_are_taken(client: httpx.AsyncClient) -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("NOT TESTED ON THE PROTOCOL'S EXAMPLES: they are not here")
    answer = await send(client, (EXAMPLES / "trace.json").read_bytes(), JSON)
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (200, JSON, {})
    answer = await send(client, (EXAMPLES / "logs.json").read_bytes(), JSON, to="/v1/logs")
    assert (answer.status_code, answer.json()) == (200, {})
    found = (await client.get("/api/v1/traces/5b8efff798038103d269b633813fc60c?payloads=1")).json()
    assert found["spans"][0]["name"] == "I'm a server span"
    assert found["spans"][0]["detail"]["attributes"] == {"my.span.attr": "some value"}
    assert [event["attributes"]["body"] for event in found["spans"][0]["detail"]["events"]] == [
        "Example log record"
    ]


async def test_what_is_rejected_is_counted_and_said(client: httpx.AsyncClient) -> None:
    answer = await send(client, spans(3, bad=1).SerializeToString())
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 1)
    assert partial.error_message.startswith("1 × ")
    record = {"timeUnixNano": "1760000000000000000", "body": {"stringValue": "of no trace"}}
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    answer = await send(client, json.dumps(logs).encode(), JSON, to="/v1/logs")
    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"
    stored, ledger = await counts(client)
    assert stored == 2
    assert ledger["rejected"]["the log record belongs to no trace"] == 1
    page = await client.get("/traces/ledger?window=1h")
    assert "the log record belongs to no trace" in page.text


def status_of(answer: httpx.Response) -> tuple[int, str]:
    """A google.rpc.Status: 1 is an int32, 2 a string (google/rpc/status.proto)."""
    if answer.headers["content-type"] == JSON:
        return answer.json()["code"], answer.json()["message"]
    message = ExportTracePartialSuccess.FromString(answer.content)
    return message.rejected_spans, message.error_message


@pytest.mark.parametrize(
    ("body", "kind", "coding", "status", "words"),
    [
        (b"\xff\xff\xff", PROTOBUF, "", 400, "unreadable"),
        (b"{", JSON, "", 400, "JSON"),
        (b"[]", JSON, "", 400, ""),
        (b"not gzip", PROTOBUF, "gzip", 400, "not gzip"),
        (gzip.compress(bytes(999), mtime=0)[:-9], PROTOBUF, "gzip", 400, "cut short"),
        (b"", "text/plain", "", 415, "application/json"),
        (b"", PROTOBUF, "br", 415, "gzip or deflate"),
        (gzip.compress(bytes(65 * 2**20), mtime=0), PROTOBUF, "gzip", 413, "after decompression"),
        (zlib.compress(bytes(65 * 2**20)), JSON, "deflate", 413, "after decompression"),
        (bytes(65 * 2**20), PROTOBUF, "", 413, "large"),
    ],
)
async def test_broken_bodies_are_refused_in_the_requests_encoding(
    client: httpx.AsyncClient, body: bytes, kind: str, coding: str, status: int, words: str
) -> None:
    answer = await send(client, body, kind, content_encoding=coding)
    assert answer.status_code == status
    if status != 413 or coding:
        code, message = status_of(answer)
        assert code == {400: 3, 415: 3, 413: 8}[status]
        assert words in message
    assert (await counts(client))[0] == 0


def test_a_bomb_costs_no_more_than_the_limit() -> None:
    bomb = gzip.compress(gzip.compress(bytes(2**28)), mtime=0)
    inner = inflate(bomb, "gzip", most=2**20)
    with pytest.raises(TooLargeError, match="more than 1,048,576 bytes"):
        inflate(inner, "gzip", most=2**20)
    assert inflate(gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0), "gzip", most=10) == b"ab"
    raw = zlib.compressobj(wbits=-15)
    assert inflate(raw.compress(b"a" * 99) + raw.flush(), "deflate", most=99) == b"a" * 99
    with pytest.raises(InputError, match="cut short"):
        inflate(b"", "gzip", most=10)


async def test_a_full_queue_says_when_to_come_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_intake, "_REQUESTS", 0)
    answer = await send(client, spans().SerializeToString())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert status_of(answer)[0] == 14
    monkeypatch.setattr(_intake, "_REQUESTS", 1)
    monkeypatch.setattr(_intake, "_BYTES", 10)
    assert (await send(client, spans().SerializeToString())).status_code == 503
    monkeypatch.setattr(_intake, "_BYTES", 10**6)
    assert (await send(client, spans().SerializeToString())).status_code == 200


async def test_a_store_that_cannot_write_is_503_and_then_recovers(
    site: Site,
) -> None:
    database = site.store.database
    app = create_app(site)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as other:
        lock = threading.Event()
        done = threading.Event()

        def hold() -> None:
            with database.write():
                lock.set()
                done.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        lock.wait(5)
        try:
            answer = await send(other, spans().SerializeToString())
        finally:
            done.set()
            holder.join()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await counts(other))[0] == 0
        assert (await send(other, spans().SerializeToString())).status_code == 200


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "steelyard.toml").write_text('[project]\nname = "served"\n', encoding="utf-8")
    with served(folder) as found:
        yield found


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_an_unmodified_sdk_is_seen_within_a_second(address: str, compression: Compression) -> None:
    exporter = OTLPSpanExporter(endpoint=f"{address}/v1/traces", compression=compression)
    provider = TracerProvider(resource=Resource({"service.name": f"bot {compression.name}"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("tests")
    began = time.monotonic()
    with tracer.start_as_current_span("answer", attributes={"user.id": "u-1"}):
        called: dict[str, str | int] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1200,
            "gen_ai.usage.output_tokens": 88,
        }
        with tracer.start_as_current_span("chat gpt-4o-mini", attributes=called):
            pass
    provider.shutdown()
    query = {"service": f"bot {compression.name}"}
    found: list[dict[str, Any]] = httpx.get(f"{address}/api/v1/traces", params=query).json()["traces"]
    assert time.monotonic() - began < 5
    assert [(row["name"], row["spans"], row["input_tokens"], row["output_tokens"]) for row in found] == [
        ("answer", 2, 1200, 88)
    ]
    # gpt-4o-mini: USD 0.15 and 0.60 a million tokens.
    assert found[0]["cost_usd"] == pytest.approx(1200 * 0.15e-6 + 88 * 0.60e-6)
    page = httpx.get(f"{address}/traces", params=query, headers={"accept": "text/html"}).text
    assert "1,200 → 88" in page
    assert "gpt-4o-mini" in page


def test_many_senders_at_once_lose_nothing(address: str) -> None:
    bodies: list[Message] = [spans(50, trace=1000 + n) for n in range(40)]
    answers: list[int] = []

    def work(mine: list[Message]) -> None:
        with httpx.Client(base_url=address) as client:
            for body in mine:
                data = gzip.compress(body.SerializeToString(), mtime=0)
                headers = {"content-type": PROTOBUF, "content-encoding": "gzip"}
                answers.append(client.post("/v1/traces", content=data, headers=headers).status_code)

    threads = [threading.Thread(target=work, args=(bodies[n::4],)) for n in range(4)]
    before = httpx.get(f"{address}/api/v1/spans/ledger").json()["total_spans"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 40
    assert httpx.get(f"{address}/api/v1/spans/ledger").json()["total_spans"] - before == 2000


def test_words_are_found_soon_after(address: str) -> None:
    request = spans(1, trace=77)
    request.resource_spans[0].scope_spans[0].spans[0].name = "zebrafinch"
    httpx.post(
        f"{address}/v1/traces", content=request.SerializeToString(), headers={"content-type": PROTOBUF}
    )
    deadline = time.monotonic() + 10
    found: list[Any] = []
    while not found and time.monotonic() < deadline:
        found = httpx.get(f"{address}/api/v1/traces", params={"q": "zebrafinch"}).json()["traces"]
        time.sleep(0.1)
    assert [row["name"] for row in found] == ["zebrafinch"]


async def test_the_answer_for_logs_is_that_of_logs(client: httpx.AsyncClient) -> None:
    answer = await send(client, b"", to="/v1/logs")
    assert answer.status_code == 200
    assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()
