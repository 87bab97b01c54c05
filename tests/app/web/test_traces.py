"""Pages and API of traces: what producers wrote is data, the address holds the list, long traces open."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.app.web.conftest import HOSTILE
from tests.app.web.test_pages import Elements

from steelyard.app._project import find_project
from steelyard.app.web import Site, create_app
from steelyard.store import open_store

PRINTABLE = HOSTILE.replace("\u202e", "")
START = 1_760_000_000_000_000_000


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "steelyard.toml").write_text('[project]\nname = "empty"\n', encoding="utf-8")
    project = find_project(tmp_path)
    with open_store(project.store) as store:
        found = Site(project=project, store=store)
        yield found
        found.answers.close()


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(site)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8321", headers={"accept": "text/html"}
    ) as opened:
        yield opened


def a_span(request: ExportTraceServiceRequest, number: int, *, trace: int = 1, parent: int = 0) -> Any:
    if not request.resource_spans:
        request.resource_spans.add().scope_spans.add()
    span = request.resource_spans[0].scope_spans[0].spans.add()
    span.trace_id, span.span_id = trace.to_bytes(16), number.to_bytes(8)
    span.parent_span_id = parent.to_bytes(8) if parent else b""
    span.name = f"step {number}"
    span.start_time_unix_nano = START + number * 1000
    span.end_time_unix_nano = START + 10**9
    return span


def put(span: Any, **attributes: str | int) -> None:
    for name, value in attributes.items():
        item = span.attributes.add(key=name.replace("__", "."))
        if isinstance(value, int):
            item.value.int_value = value
        else:
            item.value.string_value = value


def hostile_trace() -> ExportTraceServiceRequest:
    """A failed agent with a model call; every text that a producer can choose is hostile."""
    request = ExportTraceServiceRequest()
    root = a_span(request, 1)
    root.name = HOSTILE
    root.status.code, root.status.message = 2, HOSTILE
    put(root, user__id=PRINTABLE, session__id=PRINTABLE, input__value=HOSTILE, output__value=HOSTILE)
    event = root.events.add(name=HOSTILE, time_unix_nano=START)
    event.attributes.add(key=HOSTILE).value.string_value = HOSTILE
    call = a_span(request, 2, parent=1)
    call.name = HOSTILE
    messages = [{"role": HOSTILE, "parts": [{"type": "text", "content": HOSTILE}]}]
    put(
        call,
        gen_ai__operation__name="chat",
        gen_ai__request__model=PRINTABLE,
        gen_ai__input__messages=json.dumps(messages),
        gen_ai__output__messages=json.dumps(messages),
        gen_ai__usage__input_tokens=1200,
        gen_ai__usage__output_tokens=88,
    )
    call.attributes.add(key=HOSTILE).value.string_value = HOSTILE
    resource = request.resource_spans[0].resource
    resource.attributes.add(key="service.name").value.string_value = PRINTABLE
    return request


async def send(client: httpx.AsyncClient, request: ExportTraceServiceRequest) -> None:
    headers = {"content-type": "application/x-protobuf"}
    answer = await client.post("/v1/traces", content=request.SerializeToString(), headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_an_empty_list_says_which_variables_to_set(client: httpx.AsyncClient) -> None:
    page = Elements((await client.get("/traces")).text)
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8321" in page.text
    assert "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" in page.text


async def test_no_text_of_a_producer_becomes_markup(client: httpx.AsyncClient) -> None:
    await send(client, hostile_trace())
    trace = f"/traces/{1:032x}"
    for address in (
        "/traces",
        f"/traces?{httpx.QueryParams({'user': PRINTABLE})}",
        f"/traces?{httpx.QueryParams({'q': HOSTILE, 'model': HOSTILE, 'since': '2020-01-01'})}",
        trace,
        f"{trace}?span={2:016x}",
        f"{trace}/rows",
        f"{trace}/spans/{2:016x}",
        f"{trace}/case?span={2:016x}",
        "/traces/ledger",
    ):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        page = Elements(answer.text)
        assert not [tag for tag, given in page.tags if "onerror" in given or given.get("src") == "x"], address
        assert all(given.get("src") for tag, given in page.tags if tag == "script"), address
        assert not [tag for tag, given in page.tags if tag == "style" or "style" in given], address


async def test_a_list_is_filtered_by_its_address(client: httpx.AsyncClient) -> None:
    for trace, user in ((1, "ada"), (2, "bob"), (3, "ada")):
        request = ExportTraceServiceRequest()
        span = a_span(request, 1, trace=trace)
        put(span, user__id=user)
        span.status.code = 2 if trace == 3 else 0
        await send(client, request)

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"/api/v1/traces?{query}")
        return [row["trace"][-1] for row in answer.json()["traces"]]

    assert await listed("") == ["3", "2", "1"]
    assert await listed("user=ada") == ["3", "1"]
    assert await listed("user=ada&failed=true") == ["3"]
    assert await listed("until=2020-01-01") == []
    first = (await client.get("/api/v1/traces?limit=2&count=true")).json()
    assert (first["total_spans"], first["total_traces"]) == (3, 3)
    assert await listed(f"limit=2&cursor={first['next']}") == ["1"]
    page = await client.get("/traces?user=ada&failed=1&window=1h&model=", headers={"hx-request": "true"})
    assert page.headers["hx-replace-url"] == "/traces?user=ada&failed=1&window=1h"
    assert page.text.count("<tr data-row>") == 1
    assert "No trace is like that" in (await client.get("/traces?user=nobody")).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/traces/ffff", 404),
        ("/traces/x", 404),
        (f"/traces/{1:032x}?span=00", 404),
        (f"/traces/{1:032x}/spans/00", 404),
        ("/traces?since=never", 400),
        ("/traces?cursor=x", 400),
        ("/api/v1/traces?limit=0", 422),
        ("/api/v1/traces?since=never", 400),
        ("/api/v1/spans/series?step_s=61", 422),
        ("/api/v1/spans/series?since=0001-01-01&step_s=60", 400),
        ("/api/v1/spans/ledger?since=x", 422),
        (f"/traces/{1:032x}/case?span={1:016x}", 400),
    ],
)
async def test_what_cannot_be_answered_is_said(client: httpx.AsyncClient, path: str, status: int) -> None:
    request = ExportTraceServiceRequest()
    a_span(request, 1)
    await send(client, request)
    assert (await client.get(path)).status_code == status


async def test_a_span_shows_messages_tokens_cost_and_everything_as_it_came(client: httpx.AsyncClient) -> None:
    request = hostile_trace()
    call = request.resource_spans[0].scope_spans[0].spans[1]
    next(
        item for item in call.attributes if item.key == "gen_ai.request.model"
    ).value.string_value = "gpt-4o-mini"
    await send(client, request)
    page = Elements((await client.get(f"/traces/{1:032x}?span={2:016x}")).text)
    for words in ("1,200", "88", "gpt-4o-mini", "Attributes as they came", "gen_ai.usage.input_tokens"):
        assert words in page.text
    chosen = [
        given.get("href") for tag, given in page.tags if tag == "a" and given.get("aria-current") == "true"
    ]
    assert chosen == [f"/traces/{1:032x}?span={2:016x}"]
    series = (await client.get("/api/v1/spans/series?step_s=60")).json()["series"]
    assert [(point["group"], point["count"], point["input_tokens"]) for point in series] == [
        ("gpt-4o-mini", 1, 1200)
    ]


async def test_a_trace_becomes_a_case_of_the_next_version(site: Site, client: httpx.AsyncClient) -> None:
    request = ExportTraceServiceRequest()
    put(a_span(request, 1), input__value="Where is my order?", output__value="No idea.")
    await send(client, request)
    address = f"/traces/{1:032x}/case"
    line = json.loads((await client.get(f"{address}.jsonl")).text)
    assert line["input"] == "Where is my order?"
    assert line["metadata"] == {"trace": f"{1:032x}", "span": f"{1:016x}"}
    form = {"span": f"{1:016x}", "benchmark": "support", "id": "late", "expected": "It comes today."}
    added = await client.post(address, data=form)
    assert (added.status_code, added.headers["location"]) == (303, "/benchmarks/support/v1/case?id=late")
    assert (await client.post(address, data=form)).status_code == 400
    assert (await client.post(address, data={**form, "id": "", "expected": ""})).status_code == 303
    first, second = site.store.versions("support")
    assert second.provenance.source == "trace"
    cases = list(site.store.cases(second))
    assert (cases[0].id, cases[0].expected) == ("late", "It comes today.")
    assert (first.cases, len(cases), cases[1].expected) == (1, 2, None)
    assert (await client.post(address, data={**form, "benchmark": ""})).status_code == 400
    assert (await client.post(address, data={**form, "benchmark": "../x"})).status_code == 400


async def test_a_trace_of_fifty_thousand_spans_opens_in_parts(client: httpx.AsyncClient) -> None:
    for first in range(1, 50_001, 5_000):
        request = ExportTraceServiceRequest()
        for number in range(first, first + 5_000):
            a_span(request, number, parent=0 if number == 1 else max(1, number // 3))
        await send(client, request)
    answer = await client.get(f"/traces/{1:032x}")
    assert answer.text.count("<li data-row>") == 300
    assert "49,700 spans below" in answer.text
    assert len(answer.content) < 500_000
    more = await client.get(f"/traces/{1:032x}/rows?after=49800")
    assert more.text.count("<li data-row>") == 200
    last = (await client.get(f"/api/v1/traces/{1:032x}?after=49999")).json()
    assert (len(last["spans"]), last["next"], last["totals"]["spans"]) == (1, None, 50_000)
    deep = await client.get(f"/traces/{1:032x}?span={49_999:016x}")
    assert "Earlier spans" in deep.text
