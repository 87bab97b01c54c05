"""What a store of spans can do; `steelyard.store` implements it on every database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from steelyard.traces._batch import SpanBatch, SpanEvent, SpanScore, Stored
from steelyard.traces._record import SpanRow

TERMS = ("user", "session", "model", "agent", "tool", "service", "slice")
"""The columns by which traces can be found without reading others."""


class StoredSpan(NamedTuple):
    """A span as the store has it."""

    no: int
    """Its place in server order: spans that came later have larger numbers. Names its payload."""
    received: datetime
    """When the store took it, by the server's clock."""
    row: SpanRow
    """Its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """A trace in a list."""

    no: int
    """Its place in the list: newer traces have larger numbers."""
    trace_id: str
    """32 hexadecimal digits."""
    project: str
    """Whose it is."""
    name: str
    """The root span's name; before the root has come, that of the first span."""
    has_root: bool
    """Whether a span without a parent has come."""
    received: datetime
    """When its first span came, by the server's clock."""
    start_us: int | None
    """The earliest start by the producers' clocks, microseconds since 1970."""
    duration_us: int | None
    """From the earliest start to the latest end."""
    spans: int
    """How many spans came so far."""
    errors: int
    """How many of them failed."""
    input_tokens: int | None
    """Tokens read, none counted twice; None when no span says."""
    output_tokens: int | None
    """Tokens written."""
    cost_usd: float | None
    """US dollars; None when nothing has a price."""
    service: str
    """The service of the root."""
    model: str
    """A model that was called."""
    user: str
    """Who used the system."""
    session: str
    """The conversation."""
    input_preview: str
    """The beginning of what went in."""
    output_preview: str
    """The beginning of what came out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceQuery:
    """Which traces, newest first."""

    project: str | None = None
    """Whose; None for all."""
    since: datetime | None = None
    """Received at or after this."""
    until: datetime | None = None
    """Received before this."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """Promoted column, one of `TERMS`, to the value sought."""
    failed: bool = False
    """Only traces with an error."""
    disliked: bool = False
    """Only traces with feedback that says the answer was bad."""
    limit: int = 50
    """At most this many, 1 to 1,000."""
    cursor: str = ""
    """`next` of the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage:
    """A page of traces."""

    traces: tuple[TraceRow, ...]
    """Newest first."""
    next: str = ""
    """The cursor of the page after; empty at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One point of a time series."""

    start: datetime
    """Beginning of the minute, hour or day, by the server's clock."""
    group: str
    """The model or slice."""
    count: int
    """Spans."""
    errors: int
    """Failed ones."""
    input_tokens: int
    """Tokens read."""
    output_tokens: int
    """Tokens written."""
    cost_usd: float
    """US dollars."""
    seconds: Mapping[str, float]
    """`mean`, `p50`, `p90`, `p95`, `p99` of the duration, and empty where no span has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery:
    """Which series."""

    project: str
    """Whose."""
    since: datetime
    """From this on."""
    until: datetime
    """Up to and without this."""
    by: Literal["model", "slice", "kind"] = "model"
    """What is told apart."""
    kind: str = "llm"
    """Spans of this kind; empty for all."""
    step_s: int = 3600
    """Seconds of a point; a multiple of 60."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanQuery:
    """A look through spans for an attribute that no column holds; it ends early and can be gone on with."""

    attribute: str
    """Its name."""
    value: str
    """Its value as text; lists and objects as canonical JSON."""
    project: str | None = None
    """Whose spans; None for all."""
    since: datetime | None = None
    """Received at or after this."""
    until: datetime | None = None
    """Received before this."""
    limit: int = 50
    """At most this many matches."""
    budget: int = 20_000
    """It ends after about so many spans."""
    seconds: float = 0.2
    """It ends after about this time."""
    cursor: str = ""
    """`cursor` of the look before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a bounded look through all spans found, and how far it got."""

    found: tuple[StoredSpan, ...]
    """Matching spans, newest first."""
    scanned: int
    """Spans looked at."""
    reached: datetime | None
    """The server time of the oldest span looked at."""
    complete: bool
    """Whether nothing is left to look at."""
    cursor: str = ""
    """Where to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days each class of a project's data is kept; None keeps it."""

    payload_days: int | None = None
    """Inputs, outputs and attributes as they came."""
    span_days: int | None = None
    """Spans and traces as columns, with their previews; payloads go with them."""
    series_days: int | None = None
    """Counts and quantiles by minute, and the ledger."""


class SpanSink(Protocol):
    """Takes spans in."""

    def add_spans(self, batch: SpanBatch) -> Stored:
        """Store a batch and its entry in the ledger; returns when it is durable.

        Doing it again stores nothing twice: a span is known by project, trace id and span id. Raises
        StoreError when the batch could not be stored; then nothing of it was.
        """
        ...


class SpanReader(Protocol):
    """Finds traces and spans."""

    def list_traces(self, query: TraceQuery) -> TracePage:
        """Traces, newest first."""
        ...

    def trace_spans(self, trace_id: str, *, project: str | None = None) -> list[StoredSpan]:
        """Every span of a trace in server order; raises NotFoundError."""
        ...

    def span_payloads(self, spans: Sequence[int]) -> dict[int, bytes]:
        """Number of a span to an OTLP `TracesData` message of it alone; deleted ones are left out."""
        ...

    def trace_extras(
        self, trace_id: str, *, project: str | None = None
    ) -> tuple[list[SpanScore], list[SpanEvent]]:
        """The scores and log records of a trace, oldest first."""
        ...

    def search_spans(self, words: str, *, project: str | None = None, limit: int = 50) -> list[StoredSpan]:
        """Spans whose texts hold all these words, newest first, as far as the search index has got."""
        ...

    def scan_spans(self, query: ScanQuery) -> Scan:
        """Look through payloads, newest first, for an attribute; bounded, and told how far it got."""
        ...


class SpanSeries(Protocol):
    """Counts without reading spans."""

    def series(self, query: SeriesQuery) -> list[Cell]:
        """Points of a series, by time and group."""
        ...

    def count_spans(self, project: str | None = None) -> tuple[int, int]:
        """Spans and traces that are stored."""
        ...

    def span_ledger(self, project: str, *, since: datetime | None = None) -> dict[str, dict[str, int]]:
        """`received`, `accepted`, `duplicate` and `rejected`, each by reason (empty for none) to a count."""
        ...


class SpanKeeper(Protocol):
    """Lets data go."""

    def retain(self, project: str, rule: Retention, *, now: datetime) -> dict[str, int]:
        """Delete what is older than the rule says; returns how much of each class went."""
        ...

    def delete_user(self, project: str, user: str) -> int:
        """Delete every trace in which this user appears, with payloads and search entries; returns spans."""
        ...

    def index_spans(self, *, limit: int = 10_000) -> int:
        """Bring the search index forward by at most this many spans; returns how many it took."""
        ...
