"""Two million spans as a week of production leaves them, and how long it takes to find some of them.

A day goes in through the store's own writer, ready mapped, at a clock of its own; the database copies it to
the six days after. STEELYARD_PERF_SPANS sets another number.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from ingest_load import postgresql
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from sqlalchemy import Table, text

from steelyard.core import FixedClock
from steelyard.store._span_schema import span_blocks, span_ledger, span_minutes, spans, trace_terms, traces
from steelyard.store.spans import Spans, open_spans
from steelyard.store.spans._days import Days
from steelyard.store.spans._numbers import minute_of, number_at
from steelyard.traces import (
    Block,
    Ingest,
    ScanQuery,
    SeriesQuery,
    SpanBatch,
    SpanRow,
    TraceQuery,
    decode_protobuf,
)

SPANS = 2_000_000
PROJECT = "shop"
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
DAY_S = 86_400
DAYS = 7
TOGETHER = 200
OF_A_TRACE = 6
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "mistral-large")
SLICES = ("chat", "search", "refunds", "returns", "billing", "other")
TOOLS = tuple(f"tool-{number}" for number in range(12))
AGENTS = ("router", "helper", "auditor")
SERVICES = ("shop", "desk")
USERS = 20_000
_TEMPLATES = 24
_ORDER = b"order-00000000"
_ASKED = 25
_COPIED: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (traces, ("no", "last_no")),
    (trace_terms, ("trace_no",)),
    (spans, ("no", "trace_no")),
    (span_blocks, ("no",)),
    (span_minutes, ("minute",)),
    (span_ledger, ("minute",)),
)


def fill(url: str, count: int) -> float:
    """Store this many spans, spread evenly over a day; returns seconds."""
    clock = FixedClock(BEGIN)
    rng = random.Random(7)
    templates = [_template(number) for number in range(_TEMPLATES)]
    requests = count // TOGETHER
    began = time.perf_counter()
    with open_spans(url, clock=clock) as store:
        for number in range(requests):
            store.add_spans(_batch(number, templates[number % _TEMPLATES], rng))
            clock.advance(DAY_S / requests)
    return time.perf_counter() - began


def order_of(number: int) -> str:
    """The value of the attribute `shop.order` that the spans of one request have, and no others."""
    return f"order-{number:08}"


def _batch(number: int, template: SpanBatch, rng: random.Random) -> SpanBatch:
    blocks = [
        Block(block.data.replace(_ORDER, order_of(number).encode()), block.spans) for block in template.blocks
    ]
    start_us = int(BEGIN.timestamp() * 1e6) + number * 10**6
    rows: list[SpanRow] = []
    for first in range(0, len(template.rows), OF_A_TRACE):
        trace_id, root = rng.randbytes(16), rng.randbytes(8)
        user = f"user-{int(USERS * rng.random() ** 2)}"
        part = SLICES[int(len(SLICES) * rng.random() ** 2)]
        for place, row in enumerate(template.rows[first : first + OF_A_TRACE]):
            called = row.kind == "llm"
            rows.append(
                row._replace(
                    trace_id=trace_id,
                    span_id=rng.randbytes(8) if place else root,
                    parent_id=root if place else b"",
                    user=user,
                    session=trace_id[:6].hex(),
                    slice=part,
                    service=SERVICES[number % 2],
                    model=MODELS[int(len(MODELS) * rng.random() ** 2)] if called else "",
                    agent="" if place else AGENTS[int(3 * rng.random() ** 2)],
                    tool=TOOLS[int(12 * rng.random() ** 2)] if row.kind == "tool" else "",
                    start_us=start_us + place * 1000,
                    duration_us=int(rng.lognormvariate(13.5, 0.8)),
                    failed=rng.random() < 0.01,
                )
            )
    return SpanBatch(project=PROJECT, rows=rows, blocks=blocks, received=len(rows))


def _template(seed: int) -> SpanBatch:
    """A request of 200 spans of about 1.8 kB, mapped."""

    class Nowhere:
        def add_spans(self, batch: SpanBatch) -> None:
            raise NotImplementedError

    ingest = Ingest(Nowhere())  # type: ignore[arg-type]
    return ingest.prepare(decode_protobuf(_request(seed), "traces", limits=ingest.limits), project=PROJECT)


def _request(seed: int) -> bytes:
    rng = random.Random(seed)
    words = [f"{a}{b}" for a in ("re", "con", "de", "per", "tra") for b in ("port", "form", "mit", "ject")]
    words += [f"w{number}" for number in range(1500)]
    data = TracesData()
    scope = data.resource_spans.add().scope_spans.add()
    for number in range(TOGETHER):
        place = number % OF_A_TRACE
        span = scope.spans.add(trace_id=rng.randbytes(16), span_id=rng.randbytes(8), name="chat gpt-4o")
        span.start_time_unix_nano = 1_770_000_000_000_000_000 + number * 10**6
        span.end_time_unix_nano = span.start_time_unix_nano + rng.randrange(10**7, 10**10)
        told = {
            "gen_ai.operation.name": "invoke_agent" if not place else "execute_tool" if place > 3 else "chat",
            "gen_ai.provider.name": "openai",
            "shop.order": _ORDER.decode(),
            "shop.stage": "live",
            "gen_ai.input.messages": json.dumps([{"role": "user", "content": _text(rng, words, 160)}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "content": _text(rng, words, 80)}]),
        }
        for key, value in told.items():
            span.attributes.add(key=key).value.string_value = value
        if 0 < place < 4:
            span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = rng.randrange(1000)
            span.attributes.add(key="gen_ai.usage.output_tokens").value.int_value = rng.randrange(500)
    return data.SerializeToString()


def _text(rng: random.Random, words: Sequence[str], count: int) -> str:
    return " ".join(rng.choices(words, k=count))


def repeat(url: str, days: int) -> None:
    """Copy the first day to the days after it, in the database: a week in minutes instead of an hour.

    Traces get ids of their own; users, models and slices stay, as they would.
    """
    with open_spans(url) as store:
        database = store._db  # noqa: SLF001 - no door of the store copies spans
        first = number_at(BEGIN)
        for day in range(1, days):
            shift = number_at(BEGIN + timedelta(days=day)) - first
            with database.write_alone() as connection:
                Days(database).make(connection, first + shift, first + shift)
                for table, moved in _COPIED:
                    connection.execute(text(_copy(table, moved, day, shift, is_sqlite=database.is_sqlite)))
        with database.write_alone() as connection:
            connection.execute(text("DELETE FROM span_totals"))
            connection.execute(
                text("INSERT INTO span_totals SELECT project_no, sum(spans), count(*) FROM traces GROUP BY 1")
            )
        if not database.is_sqlite:
            with database.write() as connection:
                connection.execute(text("ANALYZE"))
        while store.sum_up(limit=1_000):
            pass


def _copy(table: Table, moved: tuple[str, ...], day: int, shift: int, *, is_sqlite: bool) -> str:
    by_minute = moved == ("minute",)
    first, step = (
        (minute_of(number_at(BEGIN)), 1440)
        if by_minute
        else (number_at(BEGIN), number_at(BEGIN + timedelta(days=1)) - number_at(BEGIN))
    )
    fresh = "randomblob(16)" if is_sqlite else "uuid_send(gen_random_uuid())"
    values = [
        f"{column.name} + {1440 * day if by_minute else shift}"
        if column.name in moved
        else fresh
        if column.name == "trace_id"
        else column.name
        for column in table.columns
    ]
    names = ", ".join(column.name for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {table.name}"
        f" WHERE {moved[0]} >= {first} AND {moved[0]} < {first + step} ON CONFLICT DO NOTHING"
    )


def span_queries(folder: Path) -> Iterator[tuple[str, str, str]]:
    """What was asked, how long it took, and the target; on SQLite, and on PostgreSQL where that is."""
    count = int(os.environ.get("STEELYARD_PERF_SPANS", SPANS))
    with postgresql(folder) as server:
        for name, url in (("SQLite", f"sqlite:///{folder / 'queries.db'}"), ("PostgreSQL", server)):
            if not url:
                yield f"{name}: queries among {count:,} spans", "left out: it is not installed", ""
                continue
            seconds = fill(url, count // DAYS)
            repeat(url, DAYS)
            yield (
                f"{name}: storing a seventh of {count:,} spans, ready mapped",
                f"{count / DAYS / seconds:,.0f}/s",
                "",
            )
            with open_spans(url) as store:
                held = store.count_spans(PROJECT)[0]
                for what, took, processor in ask(store):
                    said = f"p50 {took[0]:.0f}, p95 {took[1]:.0f} ms, {processor:.0f} ms of processor"
                    beside = f"{said}, yardstick {_yardstick():.0f} ms"
                    yield f"{name}, {held:,} spans: {what}", beside, "p95 under 300 ms"
    (folder / "queries.db").unlink(missing_ok=True)


def ask(store: Spans) -> Iterator[tuple[str, tuple[float, float], float]]:
    """Each question over random values: p50 and p95, and the median of processor time, in milliseconds."""
    rng = random.Random(3)

    def within(hours: float) -> dict[str, datetime]:
        since = BEGIN + timedelta(hours=rng.uniform(0, 24 * DAYS - hours))
        return {"since": since, "until": since + timedelta(hours=hours)}

    def listed(terms: dict[str, str], *, failed: bool = False, hours: float = 24) -> object:
        return store.list_traces(TraceQuery(project=PROJECT, terms=terms, failed=failed, **within(hours)))

    def series(by: Literal["model", "slice"], kind: str, hours: float, step_s: int = 3600) -> object:
        return store.series(SeriesQuery(project=PROJECT, by=by, kind=kind, step_s=step_s, **within(hours)))

    questions: dict[str, Callable[[], object]] = {
        "50 newest traces": lambda: store.list_traces(TraceQuery(project=PROJECT)),
        "by user in a day": lambda: listed({"user": f"user-{rng.randrange(USERS)}"}),
        "by model in a day": lambda: listed({"model": rng.choice(MODELS)}),
        "with an error in a day": lambda: listed({}, failed=True),
        "by model, tool and error in two days": lambda: listed(
            {"model": rng.choice(MODELS), "tool": rng.choice(TOOLS)}, failed=True, hours=48
        ),
        "by four columns and error in the week": lambda: listed(
            {"slice": "chat", "service": "shop", "agent": "auditor", "tool": "tool-11"},
            failed=True,
            hours=24 * DAYS,
        ),
        "percentiles by model and hour, a day": lambda: series("model", "llm", 24),
        "percentiles by model and hour, the week": lambda: series("model", "llm", 24 * DAYS),
        "percentiles by model and minute, six hours": lambda: series("model", "llm", 6, 60),
        "error rate by slice and hour, a day": lambda: series("slice", "", 24),
        "error rate by slice and day, the week": lambda: series("slice", "", 24 * DAYS, 86_400),
        "counting spans and traces": lambda: store.count_spans(PROJECT),
        "an attribute without a column, a value that is nowhere": lambda: store.scan_spans(
            ScanQuery(attribute="shop.order", value="order-99999999", project=PROJECT)
        ),
    }
    for what, question in questions.items():
        took, processor = [], []
        for _ in range(_ASKED):
            clock, used = time.perf_counter(), time.process_time()
            question()
            took.append((time.perf_counter() - clock) * 1e3)
            processor.append((time.process_time() - used) * 1e3)
        took.sort()
        yield what, (took[_ASKED // 2], took[-(-_ASKED * 95 // 100) - 1]), statistics.median(processor)


def _yardstick() -> float:
    """`sum(range(1_000_000))` in milliseconds: about 14 on a free core of the machine of the targets."""
    clock = time.perf_counter()
    sum(range(1_000_000))
    return (time.perf_counter() - clock) * 1e3
