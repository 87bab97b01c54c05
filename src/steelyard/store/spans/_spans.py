"""Spans in the store: the protocols of `steelyard.traces` on one database."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import func, select, update

from steelyard.core import Clock, StoreError, SystemClock
from steelyard.store._engine import Database
from steelyard.store._schema import schema_version
from steelyard.store._span_schema import span_ledger
from steelyard.store.spans._commit import GroupCommit
from steelyard.store.spans._feedback import Feedbacks
from steelyard.store.spans._hours import Hours
from steelyard.store.spans._keeping import SpanKeeping
from steelyard.store.spans._numbers import minute_at
from steelyard.store.spans._payloads import Codec
from steelyard.store.spans._reader import SpanReading
from steelyard.store.spans._search import SpanSearch
from steelyard.store.spans._series import SpanSeriesReading
from steelyard.store.spans._words import Words
from steelyard.store.spans._writer import OUTCOMES, Ready, SpanWriter, make_ready
from steelyard.traces import Cell, Retention, SeriesQuery, SpanBatch, Stored, StoredSpan

_ROOM = 16 * 2**20
"""Bytes that must be free on SQLite's disk before spans are asked for again."""
_TOGETHER = 4_000
"""Spans of one transaction, where several requests wait for it."""


class Spans(SpanReading):
    """Implements `SpanSink`, `SpanReader`, `SpanSeries` and `SpanKeeper` of `steelyard.traces`."""

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        words, codec = Words(database), Codec(database)
        clock = clock or SystemClock()
        super().__init__(database, words, codec, clock=clock)
        writer = SpanWriter(database, words=words, codec=codec, clock=clock)
        self._group: GroupCommit[Ready, Stored] = GroupCommit(
            writer.write, size=lambda ready: len(ready.batch.rows), most=_TOGETHER
        )
        self._series = SpanSeriesReading(database, words)
        self._hours = Hours(database)
        self._search = SpanSearch(database, codec)
        self.feedback = Feedbacks(database, words, clock=clock)
        """What people said of traces: implements `FeedbackStore`."""
        self._keeping = SpanKeeping(database, words=words, codec=codec, search=self._search)

    def add_spans(self, batch: SpanBatch) -> Stored:
        """Store a batch and its entry in the ledger; durable when this returns.

        Requests that wait at the same time share a transaction. Raises StoreError when nothing was stored.
        """
        return self._group.submit(make_ready(batch, self._codec))

    def check_room(self) -> None:
        """Write a little and commit it; raises StoreError where nothing can be stored."""
        if self._db.is_sqlite and shutil.disk_usage(Path(self._db.file).parent).free < _ROOM:
            raise StoreError(
                "the disk is full",
                where=self._db.where,
                hint="Free some space: what was stored before is intact",
            )
        with self._db.write() as connection:
            connection.execute(update(schema_version).values(version_num=schema_version.c.version_num))

    @property
    def where(self) -> str:
        """The path or the URL without its password: for messages."""
        return self._db.where

    def close(self) -> None:
        """Close every connection."""
        self._search.close()
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def series(self, query: SeriesQuery) -> list[Cell]:
        """Points of a series, by time and group."""
        return self._series.series(query)

    def span_ledger(self, project: str, *, since: datetime | None = None) -> dict[str, dict[str, int]]:
        """`received`, `accepted`, `duplicate` and `rejected`, each by reason (empty for none) to a count."""
        project_no = self._words.find(project)
        found: dict[str, dict[str, int]] = {outcome: {} for outcome in OUTCOMES}
        c = span_ledger.c
        query = (
            select(c.outcome, c.reason_no, func.sum(c.count).label("count"))
            .where(c.project_no == (-1 if project_no is None else project_no))
            .group_by(c.outcome, c.reason_no)
        )
        if since is not None:
            query = query.where(c.minute >= minute_at(since))
        with self._db.read() as connection:
            rows = connection.execute(query).all()
            texts = self._words.texts(connection, {row.reason_no for row in rows if row.reason_no})
        for outcome, reason_no, count in rows:
            reasons = found[OUTCOMES[outcome]]
            reason = texts.get(reason_no, "") if reason_no else ""
            reasons[reason] = reasons.get(reason, 0) + int(count)
        return found

    def search_spans(self, words: str, *, project: str | None = None, limit: int = 50) -> list[StoredSpan]:
        """Spans whose texts hold all these words, newest first, as far as the search index has got."""
        project_no = None if project is None else self._words.find(project) or -1
        numbers = self._search.find(words, project_no=project_no, limit=limit)
        with self._db.read() as connection:
            return self._by_number(connection, numbers)

    def index_spans(self, *, limit: int = 10_000) -> int:
        """Bring the search index forward by about this many spans; returns how many it took."""
        return self._search.advance(limit)

    def sum_up(self, *, limit: int = 24) -> int:
        """Sum up hours that are over, so that long series are short to read; returns how many it did."""
        return self._hours.roll_up(limit=limit)

    def retain(self, project: str, rule: Retention, *, now: datetime) -> dict[str, int]:
        """Delete what is older than the rule says; returns how much of each class went."""
        return self._keeping.retain(project, rule, now=now)

    def delete_user(self, project: str, user: str) -> int:
        """Delete every trace in which this user appears, with payloads and search entries; returns spans."""
        return self._keeping.delete_user(project, user)

    def delete_traces(self, project: str, trace_ids: Sequence[str]) -> int:
        """Delete traces by id, with payloads and search entries; returns how many spans went."""
        return self._keeping.delete_traces(project, trace_ids)
