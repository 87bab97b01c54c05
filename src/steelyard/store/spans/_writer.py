"""The one transaction in which spans become durable."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from steelyard.core import Clock
from steelyard.store._engine import Database
from steelyard.store._span_schema import span_blocks, span_events, span_scores, spans
from steelyard.store._text import encode_text
from steelyard.store.spans._days import Days
from steelyard.store.spans._feedback_writer import FeedbackBatch, write_feedback
from steelyard.store.spans._ledger import COUNT_IN_LEDGER
from steelyard.store.spans._marks import mark_new
from steelyard.store.spans._minutes import MinuteSums
from steelyard.store.spans._numbers import minute_of, number_at
from steelyard.store.spans._payloads import Codec, Compressed
from steelyard.store.spans._rows import Columns, columns_of, ids_of, span_rows, words_in
from steelyard.store.spans._trace_sums import FACTS, MOST, SumsKept, TraceSums
from steelyard.store.spans._traces import Known, Touched, TraceUpdates, known_traces
from steelyard.store.spans._words import Words
from steelyard.traces import SpanBatch, SpanEvent, SpanScore, Stored

OUTCOMES = ("received", "accepted", "duplicate", "rejected")
_LOOKUP = 400
_LAST = (
    "SELECT (SELECT max(no) FROM spans), (SELECT max(no) FROM span_events), (SELECT max(no) FROM span_scores)"
)


class Ready(NamedTuple):
    """A batch that only waits for its transaction."""

    batch: SpanBatch
    """The batch."""
    blocks: list[Compressed]
    """Its blocks, compressed."""
    columns: Columns
    """Its rows, by field."""


def make_ready(batch: SpanBatch, codec: Codec) -> Ready:
    """Do everything that needs no transaction."""
    return Ready(batch, [codec.compress(block) for block in batch.blocks], columns_of(batch.rows))


class SpanWriter:
    """Writes batches; one transaction at a time, in all processes, so that numbers grow in commit order."""

    def __init__(self, database: Database, *, words: Words, codec: Codec, clock: Clock) -> None:
        self._db = database
        self._words = words
        self._codec = codec
        self._clock = clock
        self._days = Days(database)
        self._kept = SumsKept()

    def write(self, ready: Sequence[Ready]) -> list[Stored]:
        """Write batches in one transaction; durable when this returns."""
        with self._db.write_alone() as connection:
            transaction = _Transaction(connection, self._db, words=self._words, kept=self._kept)
            first = transaction.first_number(self._clock)
            made = self._days.make(connection, first, first + sum(len(item.batch.rows) for item in ready))
            transaction.name(ready)
            results = [transaction.add(item) for item in ready]
            transaction.finish()
            named = self._say(connection, ready, now=first)
            self._codec.train(connection)
        self._days.remember(made)
        self._words.remember({**transaction.fresh, **named})
        self._kept.keep(transaction.known_sums)
        self._codec.learn()
        return results

    def _say(self, connection: Connection, ready: Sequence[Ready], *, now: int) -> dict[str, int]:
        """Write the scores that people gave; returns new words."""
        said = [FeedbackBatch(batch.project, batch.feedback) for batch, *_ in ready if batch.feedback]
        if not said:
            return {}
        return write_feedback(connection, self._db, said, words=self._words, now=now)[1]


class _Transaction:
    def __init__(self, connection: Connection, database: Database, *, words: Words, kept: SumsKept) -> None:
        self._connection = connection
        self._db = database
        self._words = words
        self._kept = kept
        self._numbers: Mapping[str, int | None] = {}
        self.fresh: dict[str, int] = {}
        self.known_sums: dict[int, TraceSums] = {}
        self._first = 0
        self._next = 0
        self._minute = 0
        self._ledger: Counter[tuple[int, int, int]] = Counter()
        self._known: dict[tuple[int, bytes], Known | None] = {}
        self._touched: dict[tuple[int, bytes], Touched] = {}
        self._spans: list[tuple[Any, ...]] = []
        self._blocks: list[tuple[Any, ...]] = []

    def first_number(self, clock: Clock) -> int:
        """The number of the first span: the present time, or one more than the last where that is later."""
        last = self._db.fetch(self._connection, _LAST)[0]
        self._first = self._next = max(number_at(clock.now()), max(no or 0 for no in last) + 1)
        self._minute = minute_of(self._next)
        return self._next

    def name(self, ready: Sequence[Ready]) -> None:
        """Find or make the numbers of every word of these batches."""
        words: set[str] = set()
        for batch, _, columns in ready:
            words.add(batch.project)
            words |= words_in(columns)
            words.update(batch.rejected)
            words.update(score.name for score in batch.scores)
            words.update(event.name for event in batch.events)
        numbers, self.fresh = self._words.take(self._connection, words)
        self._numbers = {**numbers, "": None}

    def add(self, ready: Ready) -> Stored:
        """Add one batch."""
        batch = ready.batch
        project_no = self._numbers[batch.project] or 0
        accepted = self._add_spans(project_no, ready)
        extras = len(batch.events)
        new_events = self._add_events(project_no, batch.events)
        self._add_scores(project_no, batch.scores)
        stored = Stored(
            accepted=accepted + new_events,
            duplicates=len(batch.rows) - accepted + extras - new_events,
        )
        self._count(project_no, batch, stored)
        return stored

    def _add_spans(self, project_no: int, ready: Ready) -> int:
        """Number the spans that are new, and their blocks; returns how many."""
        columns = ready.columns
        trace_ids, span_ids = columns[0], ids_of(columns)
        self._look_up(project_no, trace_ids, span_ids)
        places: list[int] = []
        owners: list[Touched] = []
        touched = self._touched
        for place, (trace_id, span_id) in enumerate(zip(trace_ids, span_ids, strict=True)):
            owner = touched.get((project_no, trace_id))
            if owner is None:
                owner = touched[project_no, trace_id] = Touched(project_no, trace_id, no=self._next + place)
            elif span_id in owner.ids or span_id in owner.sums.parents:
                continue
            owner.ids.add(span_id)
            places.append(place)
            owners.append(owner)
        if not places:
            return 0
        if len(places) < len(trace_ids):
            columns = tuple([column[place] for place in places] for column in columns)
        numbers = [self._next + place for place in places]
        rows = span_rows(numbers, [owner.no for owner in owners], columns, self._numbers)
        for owner, row in zip(owners, rows, strict=True):
            owner.spans.append(row)
        self._spans += rows
        self._add_blocks(project_no, ready, places)
        self._next += len(trace_ids)
        return len(places)

    def _add_blocks(self, project_no: int, ready: Ready, places: Sequence[int]) -> None:
        start = 0
        for block in ready.blocks:
            if bisect_left(places, start) < bisect_left(places, start + block.spans):
                row = (self._next + start, project_no, block.spans, block.dictionary, block.data)
                self._blocks.append(row)
            start += block.spans

    def _look_up(self, project_no: int, trace_ids: Sequence[bytes], span_ids: Sequence[int]) -> None:
        """Which of these traces the store has already, and what it has of them."""
        wanted = {trace_id for trace_id in set(trace_ids) if (project_no, trace_id) not in self._known}
        found = known_traces(self._connection, self._db, project_no=project_no, ids=wanted)
        self._known.update({(project_no, trace_id): found.get(trace_id) for trace_id in wanted})
        exact = {known.no: known.spans for known in found.values() if known.spans <= MOST}
        sums = self._kept.take(self._connection, exact)
        self.known_sums.update(sums)
        for trace_id, known in found.items():
            self._touched[project_no, trace_id] = Touched(
                project_no, trace_id, no=known.no, known=known, sums=sums.get(known.no)
            )
        given = dict.fromkeys(zip(trace_ids, span_ids, strict=True))
        for trace_id in dict.fromkeys(trace_ids):
            owner = self._touched.get((project_no, trace_id))
            if owner is not None and owner.known is not None and owner.no not in self.known_sums:
                owner.ids.update(self._held_spans(owner.no, [span for of, span in given if of == trace_id]))

    def _held_spans(self, trace_no: int, ids: Sequence[int]) -> list[int]:
        """Those of these spans that a long trace has."""
        statement = "SELECT span_id FROM spans WHERE trace_no = ? AND no >= ? AND span_id IN"
        values = (trace_no, trace_no)
        return [row[0] for row in self._db.fetch_in(self._connection, statement, ids, values=values)]

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
            self._ledger[project_no, 3, self._numbers[reason] or 0] += count

    def finish(self) -> None:
        """Write everything that was collected."""
        updates, minutes = TraceUpdates(self._connection, self._db), MinuteSums(self._db)
        touched = [trace for trace in self._touched.values() if trace.spans]
        for trace in touched:
            facts = [FACTS(span) for span in trace.spans]
            trace.sums.add(facts, first=self._first)
            updates.take(trace)
            minutes.take(trace.project_no, self._minute, facts, sums=trace.sums)
        updates.write()
        fresh = [(trace.project_no, trace.trace_id) for trace in touched if trace.known is None]
        mark_new(self._connection, self._db, fresh)
        self._db.insert_many(self._connection, spans, self._spans)
        self._db.insert_many(self._connection, span_blocks, self._blocks)
        minutes.write(self._connection)
        rows = [
            {"project_no": key[0], "minute": self._minute, "outcome": key[1], "reason_no": key[2], "count": n}
            for key, n in self._ledger.items()
        ]
        if rows:
            self._connection.execute(COUNT_IN_LEDGER, rows)


def _digest(item: SpanEvent | SpanScore) -> bytes:
    return hashlib.blake2b(repr(tuple(item)).encode("utf-8", "backslashreplace"), digest_size=16).digest()
