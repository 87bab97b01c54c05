"""The one transaction in which spans become durable."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from steelyard.core import Clock
from steelyard.store._engine import Database
from steelyard.store._span_schema import span_blocks, span_events, span_scores, spans
from steelyard.store._text import encode_text
from steelyard.store.spans._days import Days
from steelyard.store.spans._ledger import COUNT_IN_LEDGER
from steelyard.store.spans._marks import mark_new
from steelyard.store.spans._minutes import MinuteSums
from steelyard.store.spans._numbers import id_to_int, minute_of, number_at
from steelyard.store.spans._payloads import Codec, Compressed
from steelyard.store.spans._rows import span_columns, words_of
from steelyard.store.spans._traces import Known, TraceUpdates, known_traces
from steelyard.store.spans._words import Words
from steelyard.traces import SpanBatch, SpanEvent, SpanRow, SpanScore, Stored

OUTCOMES = ("received", "accepted", "duplicate", "rejected")
_LOOKUP = 400


class Ready(NamedTuple):
    """A batch whose payloads are compressed."""

    batch: SpanBatch
    """The batch."""
    blocks: list[Compressed]
    """Its blocks."""


class SpanWriter:
    """Writes batches; one transaction at a time, in all processes, so that numbers grow in commit order."""

    def __init__(self, database: Database, *, words: Words, codec: Codec, clock: Clock) -> None:
        self._db = database
        self._words = words
        self._codec = codec
        self._clock = clock
        self._days = Days(database)

    def write(self, ready: Sequence[Ready]) -> list[Stored]:
        """Write batches in one transaction; durable when this returns."""
        with self._db.write_alone() as connection:
            transaction = _Transaction(connection, self._db, self._words)
            first = transaction.first_number(self._clock)
            made = self._days.make(connection, first, first + sum(len(item.batch.rows) for item in ready))
            transaction.name(ready)
            results = [transaction.add(item) for item in ready]
            transaction.finish()
            self._codec.train(connection)
        self._days.remember(made)
        self._words.remember(transaction.fresh)
        self._codec.learn()
        return results


class _Transaction:
    def __init__(self, connection: Connection, database: Database, words: Words) -> None:
        self._connection = connection
        self._db = database
        self._words = words
        self._numbers: Mapping[str, int] = {}
        self.fresh: dict[str, int] = {}
        self._next = 0
        self._minute = 0
        self._minutes = MinuteSums(database)
        self._ledger: Counter[tuple[int, int, int]] = Counter()
        self._seen: set[tuple[int, int]] = set()
        self._known: dict[tuple[int, bytes], Known | None] = {}
        self._trace_no: dict[tuple[int, bytes], int] = {}
        self._by_trace: dict[tuple[int, bytes], list[tuple[int, SpanRow]]] = {}
        self._spans: list[tuple[Any, ...]] = []
        self._blocks: list[tuple[Any, ...]] = []

    def first_number(self, clock: Clock) -> int:
        """The number of the first span: the present time, or one more than the last where that is later."""
        tables = (spans, span_events, span_scores)
        last = [self._connection.scalar(select(func.max(table.c.no))) or 0 for table in tables]
        self._next = max(number_at(clock.now()), max(last) + 1)
        self._minute = minute_of(self._next)
        return self._next

    def name(self, ready: Sequence[Ready]) -> None:
        """Find or make the numbers of every word of these batches."""
        words: set[str] = set()
        for batch, _ in ready:
            words.add(batch.project)
            words |= words_of(batch.rows)
            words.update(batch.rejected)
            words.update(score.name for score in batch.scores if score.name)
            words.update(event.name for event in batch.events if event.name)
        self._numbers, self.fresh = self._words.take(self._connection, words)

    def add(self, ready: Ready) -> Stored:
        """Add one batch."""
        batch = ready.batch
        project_no = self._numbers[batch.project]
        self._look_up(project_no, batch.rows)
        place = accepted = 0
        for block in ready.blocks:
            start = self._next
            new = self._add_rows(project_no, batch.rows[place : place + block.spans])
            place += block.spans
            if new:
                self._blocks.append((start, project_no, block.spans, block.dictionary, block.data))
                self._next = start + block.spans
                accepted += new
        extras = len(batch.events)
        new_events = self._add_events(project_no, batch.events)
        self._add_scores(project_no, batch.scores)
        stored = Stored(
            accepted=accepted + new_events,
            duplicates=len(batch.rows) - accepted + extras - new_events,
        )
        self._count(project_no, batch, stored)
        return stored

    def _look_up(self, project_no: int, rows: Sequence[SpanRow]) -> None:
        """Which of these traces and spans the store has already."""
        wanted = {row.trace_id for row in rows if (project_no, row.trace_id) not in self._known}
        found = known_traces(self._connection, project_no, wanted)
        for trace_id in wanted:
            known = found.get(trace_id)
            self._known[project_no, trace_id] = known
            if known is not None:
                self._trace_no[project_no, trace_id] = known.no
        lookup: dict[int, list[int]] = {}
        for row in rows:
            known = self._known[project_no, row.trace_id]
            if known is not None:
                lookup.setdefault(known.no, []).append(id_to_int(row.span_id))
        for trace_no, ids in lookup.items():
            for first in range(0, len(ids), _LOOKUP):
                query = select(spans.c.span_id).where(
                    spans.c.trace_no == trace_no,
                    spans.c.span_id.in_(ids[first : first + _LOOKUP]),
                    spans.c.no >= trace_no,
                )
                self._seen.update((trace_no, found_id) for found_id in self._connection.scalars(query))

    def _add_rows(self, project_no: int, rows: Sequence[SpanRow]) -> int:
        added = 0
        numbers, trace_no_of, seen = self._numbers, self._trace_no, self._seen
        for no, row in enumerate(rows, start=self._next):
            trace = (project_no, row.trace_id)
            trace_no = trace_no_of.get(trace)
            if trace_no is None:
                trace_no = trace_no_of[trace] = no
            span = (trace_no, id_to_int(row.span_id))
            if span in seen:
                continue
            seen.add(span)
            self._spans.append(span_columns(no, trace_no, row, numbers))
            self._by_trace.setdefault(trace, []).append((no, row))
            added += 1
        return added

    def _add_events(self, project_no: int, events: Sequence[SpanEvent]) -> int:
        digests = {_digest(event): event for event in events}
        held = self._held(span_events, project_no, {event.trace_id for event in events})
        rows = []
        for digest, event in digests.items():
            if (event.trace_id, digest) not in held:
                rows.append(
                    (
                        self._number(), project_no, event.trace_id, event.span_id, digest,
                        self._numbers[event.name] if event.name else 0, event.time_us, event.data,
                    )
                )  # fmt: skip
        self._db.insert_many(self._connection, span_events, rows)
        return len(rows)

    def _add_scores(self, project_no: int, scores: Sequence[SpanScore]) -> None:
        digests = {_digest(score): score for score in scores}
        held = self._held(span_scores, project_no, {score.trace_id for score in scores})
        rows = [
            (
                self._number(), project_no, score.trace_id, score.span_id, digest, self._numbers[score.name],
                score.value, encode_text(score.label), encode_text(score.explanation),
                encode_text(score.evaluator), encode_text(score.error), score.time_us,
            )
            for digest, score in digests.items()
            if (score.trace_id, digest) not in held
        ]  # fmt: skip
        self._db.insert_many(self._connection, span_scores, rows)

    def _held(self, table: Any, project_no: int, ids: Iterable[bytes]) -> set[tuple[bytes, bytes]]:
        wanted, found = list(ids), set[tuple[bytes, bytes]]()
        for first in range(0, len(wanted), _LOOKUP):
            query = select(table.c.trace_id, table.c.digest).where(
                table.c.trace_id.in_(wanted[first : first + _LOOKUP]), table.c.project_no == project_no
            )
            found |= {
                (bytes(trace_id), bytes(digest)) for trace_id, digest in self._connection.execute(query)
            }
        return found

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _count(self, project_no: int, batch: SpanBatch, stored: Stored) -> None:
        for outcome, count in ((0, batch.received), (1, stored.accepted), (2, stored.duplicates)):
            if count:
                self._ledger[project_no, outcome, 0] += count
        for reason, count in batch.rejected.items():
            self._ledger[project_no, 3, self._numbers[reason]] += count

    def finish(self) -> None:
        """Write everything that was collected."""
        updates = TraceUpdates(self._connection, self._db, self._words)
        for trace, new in self._by_trace.items():
            updates.take(trace[0], self._trace_no[trace], new, self._numbers, known=self._known.get(trace))
            self._minutes.take(trace[0], self._minute, [row for _, row in new], self._numbers)
        updates.write()
        fresh = [trace for trace in self._by_trace if self._known.get(trace) is None]
        mark_new(self._connection, self._db, fresh)
        self._db.insert_many(self._connection, spans, self._spans)
        self._db.insert_many(self._connection, span_blocks, self._blocks)
        self._minutes.write(self._connection)
        rows = [
            {"project_no": key[0], "minute": self._minute, "outcome": key[1], "reason_no": key[2], "count": n}
            for key, n in self._ledger.items()
        ]
        if rows:
            self._connection.execute(COUNT_IN_LEDGER, rows)


def _digest(item: SpanEvent | SpanScore) -> bytes:
    return hashlib.blake2b(repr(tuple(item)).encode("utf-8", "backslashreplace"), digest_size=16).digest()
