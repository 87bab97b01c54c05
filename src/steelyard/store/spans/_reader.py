"""Traces and spans, found by index and read in two phases: columns, then the payloads that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from steelyard.core import Clock, NotFoundError, UsageError
from steelyard.store._engine import Database
from steelyard.store._span_schema import span_blocks, span_events, span_scores, spans, traces
from steelyard.store._text import decode_text
from steelyard.store.spans._listing import EVERY, Window, newest, of_project, of_term
from steelyard.store.spans._marks import NEGATIVE_ROLE
from steelyard.store.spans._numbers import LARGEST, moment_of, number_at, read_cursor
from steelyard.store.spans._outline import read_outline
from steelyard.store.spans._payloads import Codec
from steelyard.store.spans._rows import read_spans, select_spans
from steelyard.store.spans._scan import Bounds, look
from steelyard.store.spans._totals import read_totals
from steelyard.store.spans._traces import ERROR_ROLE, ROLES
from steelyard.store.spans._words import Words
from steelyard.traces import (
    Scan,
    ScanQuery,
    SpanEvent,
    SpanScore,
    StoredSpan,
    TracePage,
    TraceQuery,
    TraceRow,
    single_span,
    unpack,
)

_MOST = 1000
_TOGETHER = 500
_WORDS = ("name_no", "service_no", "model_no", "user_no", "session_no", "project_no")


class SpanReading:
    """Implements `steelyard.traces.SpanReader`, but for the search."""

    def __init__(self, database: Database, words: Words, codec: Codec, *, clock: Clock) -> None:
        self._db = database
        self._words = words
        self._codec = codec
        self._clock = clock

    def list_traces(self, query: TraceQuery) -> TracePage:
        """Traces, newest first; by an index for each promoted column."""
        if not 1 <= query.limit <= _MOST:
            raise UsageError("a page has 1 to 1,000 traces", where=str(query.limit))
        roles = self._roles(query)
        project_no = None if query.project is None else self._words.find(query.project) or -1
        if project_no == -1 or any(word_no < 0 for _, word_no in roles):
            return TracePage(traces=())
        conditions = [of_term(role, word_no) for role, word_no in roles]
        conditions += [] if project_no is None else [of_project(project_no)]
        with self._db.read() as connection:
            found = newest(connection, conditions or [EVERY], _window(query), limit=query.limit + 1)
            shown = self._rows(connection, found[: query.limit])
        more = str(found[query.limit - 1]) if len(found) > query.limit else ""
        return TracePage(traces=tuple(shown), next=more)

    def _rows(self, connection: Connection, numbers: Sequence[int]) -> list[TraceRow]:
        """The rows of these traces, newest first."""
        rows: list[Any] = []
        for first in range(0, len(numbers), _TOGETHER):
            query = select(traces).where(traces.c.no.in_(numbers[first : first + _TOGETHER]))
            rows += connection.execute(query.order_by(traces.c.no.desc()))
        texts = self._words.texts(
            connection, {no for row in rows for name in _WORDS if (no := getattr(row, name))}
        )
        return [_trace(row, texts) for row in rows]

    def _roles(self, query: TraceQuery) -> list[tuple[int, int]]:
        roles: list[tuple[int, int]] = []
        for name, value in query.terms.items():
            if name not in ROLES:
                raise UsageError(f"traces cannot be filtered by '{name}'", hint=f"Known: {', '.join(ROLES)}")
            word_no = self._words.find(value)
            roles.append((ROLES[name], word_no or -1))
        marks = ((query.failed, ERROR_ROLE), (query.disliked, NEGATIVE_ROLE))
        return [*roles, *((role, 0) for wanted, role in marks if wanted)]

    def trace_spans(self, trace_id: str, *, project: str | None = None) -> list[StoredSpan]:
        """Every span of a trace in server order; raises NotFoundError."""
        with self._db.read() as connection:
            found = self._place(connection, trace_id, project)
            query = select_spans(
                spans.c.trace_no == found.no, spans.c.no.between(found.no, found.last_no)
            ).order_by(spans.c.no)
            return read_spans(connection, self._words, query)

    def trace_outline(self, trace_id: str, *, project: str | None = None) -> list[StoredSpan]:
        """As `trace_spans`, with ids, name, kind, times, failure, tokens and cost alone: for a waterfall."""
        with self._db.read() as connection:
            found = self._place(connection, trace_id, project)
            data = bytes.fromhex(trace_id)
            return read_outline(connection, self._words, data, first=found.no, last=found.last_no)

    def get_spans(self, numbers: Sequence[int]) -> dict[int, StoredSpan]:
        """Number to span, for those that are there."""
        with self._db.read() as connection:
            return {span.no: span for span in self._by_number(connection, numbers)}

    def _place(self, connection: Connection, trace_id: str, project: str | None) -> Any:
        query = select(traces.c.no, traces.c.last_no).where(*self._named(trace_id, project)).limit(1)
        found = connection.execute(query).one_or_none()
        if found is None:
            raise NotFoundError(
                "the store has no such trace",
                where=trace_id,
                hint="See what it has: steelyard traces list",
            )
        return found

    def get_traces(self, trace_ids: Sequence[str], *, project: str) -> list[TraceRow]:
        """The rows of these traces, newest first; ids that no trace has are left out."""
        ids = [bytes.fromhex(item) for item in trace_ids]
        with self._db.read() as connection:
            rows: list[Any] = []
            for first in range(0, len(ids), _TOGETHER):
                rows += connection.execute(
                    select(traces)
                    .where(traces.c.trace_id.in_(ids[first : first + _TOGETHER]))
                    .where(traces.c.project_no == (self._words.find(project) or -1))
                ).all()
            numbers = {getattr(row, name) for row in rows for name in _WORDS}
            texts = self._words.texts(connection, {number for number in numbers if number})
        return [_trace(row, texts) for row in sorted(rows, key=lambda row: -int(row.no))]

    def find_trace(self, beginning: str, *, project: str | None = None) -> str:
        """The id of the one trace whose id begins so; raises NotFoundError and UsageError for several."""
        text = beginning.lower()
        padded = (text + "0" * 32)[:32], (text + "f" * 32)[:32]
        try:
            low, high = (bytes.fromhex(item) for item in padded)
        except ValueError:
            raise NotFoundError("a trace id has hexadecimal digits", where=beginning) from None
        query = select(traces.c.trace_id).where(traces.c.trace_id.between(low, high))
        if project is not None:
            query = query.where(traces.c.project_no == (self._words.find(project) or -1))
        with self._db.read() as connection:
            found = {bytes(item).hex() for item in connection.scalars(query.limit(3))}
        if len(found) != 1:
            if found:
                raise UsageError("several traces begin so", where=beginning, hint="Give more digits")
            raise NotFoundError(
                "the store has no such trace", where=beginning, hint="See what it has: steelyard traces list"
            )
        return found.pop()

    def _named(self, trace_id: str, project: str | None) -> list[ColumnElement[bool]]:
        try:
            data = bytes.fromhex(trace_id)
        except ValueError:
            data = b""
        conditions: list[ColumnElement[bool]] = [traces.c.trace_id == data]
        if project is not None:
            conditions.append(traces.c.project_no == (self._words.find(project) or -1))
        return conditions

    def span_payloads(self, spans: Sequence[int]) -> dict[int, bytes]:
        """Number of a span to an OTLP message that holds it alone; each block is read once."""
        wanted = sorted(set(spans))
        found: dict[int, bytes] = {}
        with self._db.read() as connection:
            place = 0
            while place < len(wanted):
                block = _block_of(connection, wanted[place])
                if block is None:
                    place += 1
                    continue
                members = unpack(self._codec.decompress(block.dictionary, bytes(block.data)))
                while place < len(wanted) and wanted[place] < block.no + block.spans:
                    group, span = members[wanted[place] - block.no]
                    if span.span_id:
                        found[wanted[place]] = single_span(group, span)
                    place += 1
        return found

    def trace_extras(
        self, trace_id: str, *, project: str | None = None
    ) -> tuple[list[SpanScore], list[SpanEvent]]:
        """The scores and log records of a trace, oldest first."""
        try:
            data = bytes.fromhex(trace_id)
        except ValueError:
            return [], []
        project_no = None if project is None else self._words.find(project) or -1
        with self._db.read() as connection:
            scores, events = (
                connection.execute(
                    select(table)
                    .where(table.c.trace_id == data, *_of_project(table, project_no))
                    .order_by(table.c.no)
                ).all()
                for table in (span_scores, span_events)
            )
            texts = self._words.texts(connection, {row.name_no for row in [*scores, *events] if row.name_no})
        return [_score(row, texts) for row in scores], [_event(row, texts) for row in events]

    def scan_spans(self, query: ScanQuery) -> Scan:
        """Look through payloads, newest first, for an attribute; bounded, and told how far it got."""
        until = LARGEST if query.until is None else number_at(query.until)
        progress = look(
            self._db.read,
            query,
            Bounds(
                project_no=None if query.project is None else self._words.find(query.project) or -1,
                low=0 if query.since is None else number_at(query.since),
                before=min(until, read_cursor(query.cursor) if query.cursor else LARGEST),
            ),
            unpacked=lambda block: self._codec.decompress(block.dictionary, bytes(block.data)),
            clock=self._clock,
        )
        with self._db.read() as connection:
            found = self._by_number(connection, progress.matches)
        return Scan(
            found=tuple(found),
            scanned=progress.scanned,
            reached=moment_of(progress.before) if progress.scanned else None,
            complete=progress.complete,
            cursor="" if progress.complete else str(progress.before),
        )

    def _by_number(self, connection: Connection, numbers: Sequence[int]) -> list[StoredSpan]:
        """Spans by number, newest first; numbers that no span has are left out."""
        found: list[StoredSpan] = []
        for first in range(0, len(numbers), _TOGETHER):
            query = select_spans(spans.c.no.in_(numbers[first : first + _TOGETHER]))
            found += read_spans(connection, self._words, query)
        return sorted(found, key=lambda span: -span.no)

    def count_spans(self, project: str | None = None) -> tuple[int, int]:
        """Spans and traces that are stored."""
        return read_totals(self._db, None if project is None else self._words.find(project) or -1)


def _of_project(table: Any, project_no: int | None) -> list[ColumnElement[bool]]:
    return [] if project_no is None else [table.c.project_no == project_no]


def _window(query: TraceQuery) -> Window:
    low = 0 if query.since is None else number_at(query.since)
    high = LARGEST if query.until is None else number_at(query.until)
    return Window(low, min(high, read_cursor(query.cursor)) if query.cursor else high)


def _block_of(connection: Connection, number: int) -> Any:
    query = select(span_blocks).where(span_blocks.c.no <= number).order_by(span_blocks.c.no.desc()).limit(1)
    block = connection.execute(query).one_or_none()
    return block if block is not None and number < block.no + block.spans else None


def _trace(row: Any, texts: Any) -> TraceRow:
    def word(number: int | None) -> str:
        return str(texts.get(number, "")) if number else ""

    return TraceRow(
        no=row.no,
        trace_id=bytes(row.trace_id).hex(),
        project=word(row.project_no),
        name=word(row.name_no),
        has_root=bool(row.has_root),
        received=moment_of(row.no),
        start_us=row.start_us,
        duration_us=row.duration_us,
        spans=row.spans,
        errors=row.errors,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_usd=row.cost_usd,
        service=word(row.service_no),
        model=word(row.model_no),
        user=word(row.user_no),
        session=word(row.session_no),
        input_preview=decode_text(row.input_preview or ""),
        output_preview=decode_text(row.output_preview or ""),
    )


def _score(row: Any, texts: Any) -> SpanScore:
    return SpanScore(
        trace_id=bytes(row.trace_id),
        span_id=bytes(row.span_id),
        name=str(texts.get(row.name_no, "")),
        value=row.value,
        label=decode_text(row.label),
        explanation=decode_text(row.explanation),
        evaluator=decode_text(row.evaluator),
        error=decode_text(row.error),
        time_us=row.time_us,
    )


def _event(row: Any, texts: Any) -> SpanEvent:
    return SpanEvent(
        trace_id=bytes(row.trace_id),
        span_id=bytes(row.span_id),
        name=str(texts.get(row.name_no, "")),
        time_us=row.time_us,
        data=bytes(row.data),
    )
