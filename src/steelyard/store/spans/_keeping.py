"""Letting spans go: by age, by user, by trace. What goes leaves payloads and search index too."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, update

from steelyard.store._engine import Database
from steelyard.store._span_schema import (
    span_blocks,
    span_events,
    span_hours,
    span_ledger,
    span_minutes,
    span_scores,
    span_words,
    spans,
    trace_feedback,
    trace_terms,
    traces,
)
from steelyard.store.spans._days import Days
from steelyard.store.spans._feedback_keeping import (
    blank_old_texts,
    delete_old_feedback,
    delete_user_feedback,
    names_word,
)
from steelyard.store.spans._numbers import number_at
from steelyard.store.spans._payloads import Codec
from steelyard.store.spans._search import HeldIndex, SpanSearch
from steelyard.store.spans._terms import delete_terms
from steelyard.store.spans._totals import add_totals, totals_of
from steelyard.store.spans._traces import ROLES
from steelyard.store.spans._words import Words
from steelyard.traces import Block, Retention, without_payloads

_TRACES = 100
_BLOCKS = 100


class SpanKeeping:
    """Deletes in transactions of a hundred traces, so that spans can be stored between them."""

    def __init__(self, database: Database, *, words: Words, codec: Codec, search: SpanSearch) -> None:
        self._db = database
        self._words = words
        self._codec = codec
        self._search = search
        self._days = Days(database)

    def delete_traces(self, project: str, trace_ids: Sequence[str]) -> int:
        """Delete traces by id; returns how many spans went."""
        project_no = self._words.find(project)
        ids = [bytes.fromhex(item) for item in trace_ids]
        with self._db.read() as connection:
            found: list[int] = []
            for first in range(0, len(ids), _TRACES):
                query = select(traces.c.no).where(
                    traces.c.project_no == project_no, traces.c.trace_id.in_(ids[first : first + _TRACES])
                )
                found += connection.scalars(query)
        return self._delete(found)

    def delete_user(self, project: str, user: str) -> int:
        """Delete every trace in which the user appears, with feedback and name; returns how many spans."""
        user_no = self._words.find(user)
        if not user_no:
            return 0
        query = (
            select(traces.c.no)
            .join(trace_terms, trace_terms.c.trace_no == traces.c.no)
            .where(trace_terms.c.role == ROLES["user"], trace_terms.c.word_no == user_no)
            .where(traces.c.project_no == self._words.find(project))
        )
        with self._db.read() as connection:
            found = list(connection.scalars(query))
        project_no = self._words.find(project)
        if project_no:
            delete_user_feedback(self._db, project_no, user_no, trace_nos=found)
        gone = self._delete(found)
        self._forget_word(user_no)
        return gone

    def _forget_word(self, word_no: int) -> None:
        """Delete a name that no trace has any more; another project may have the same user."""
        with self._db.write_alone() as connection:
            used = connection.scalar(
                select(func.count()).select_from(trace_terms).where(trace_terms.c.word_no == word_no)
            )
            columns = ("model_no", "slice_no")
            for name in columns:
                named = select(span_minutes.c.minute).where(span_minutes.c[name] == word_no).limit(1)
                used = used or connection.scalar(named)
            used = used or names_word(connection, word_no)
            if not used:
                connection.execute(delete(span_words).where(span_words.c.no == word_no))
        self._words.forget()

    def retain(self, project: str, rule: Retention, *, now: datetime) -> dict[str, int]:
        """Delete what is older than the rule says; a trace goes when its last span is too old."""
        project_no = self._words.find(project)
        gone = {"spans": 0, "payloads": 0, "minutes": 0, "feedback": 0}
        if project_no is None:
            return gone
        if rule.span_days is not None:
            before = number_at(now - timedelta(days=rule.span_days))
            query = select(traces.c.no).where(traces.c.project_no == project_no, traces.c.last_no < before)
            with self._db.read() as connection:
                old = list(connection.scalars(query))
            gone["spans"] = self._delete(old)
            self._drop_strays(project_no, before)
            gone["feedback"] = delete_old_feedback(self._db, project_no, before)
            with self._db.write_alone() as connection:
                self._days.drop_empty(connection, before)
        if rule.payload_days is not None:
            before = number_at(now - timedelta(days=rule.payload_days))
            gone["payloads"] = self._drop_payloads(project_no, before)
            self._drop_records(project_no, before)
            blank_old_texts(self._db, project_no, before)
        if rule.series_days is not None:
            minute = int((now - timedelta(days=rule.series_days)).timestamp()) // 60
            with self._db.write_alone() as connection:
                for table in (span_minutes, span_ledger):
                    done = connection.execute(
                        delete(table).where(table.c.project_no == project_no, table.c.minute < minute)
                    )
                    gone["minutes"] += done.rowcount
                connection.execute(
                    delete(span_hours).where(
                        span_hours.c.project_no == project_no, span_hours.c.hour < minute // 60
                    )
                )
        return gone

    def _drop_strays(self, project_no: int, before: int) -> None:
        """Log records and scores whose trace never came, or is gone."""
        with self._db.write_alone() as connection:
            for table in (span_events, span_scores):
                owner = exists().where(
                    traces.c.trace_id == table.c.trace_id, traces.c.project_no == table.c.project_no
                )
                connection.execute(
                    delete(table).where(table.c.no < before, table.c.project_no == project_no, ~owner)
                )

    def _drop_records(self, project_no: int, before: int) -> None:
        """Log records are payloads: they hold what was asked and answered."""
        with self._db.write_alone() as connection:
            connection.execute(
                delete(span_events).where(span_events.c.no < before, span_events.c.project_no == project_no)
            )

    def _drop_payloads(self, project_no: int, before: int) -> int:
        dropped = 0
        while True:
            with self._search.hold() as index, self._db.write_alone() as connection:
                query = select(span_blocks).where(
                    span_blocks.c.project_no == project_no, span_blocks.c.no < before
                )
                old = connection.execute(query.limit(_BLOCKS)).all()
                self._unsearch(index, old)
                numbers = [block.no for block in old]
                connection.execute(delete(span_blocks).where(span_blocks.c.no.in_(numbers)))
                dropped += sum(int(block.spans) for block in old)
            if len(old) < _BLOCKS:
                return dropped

    def _unsearch(self, index: HeldIndex, blocks: Iterable[Any]) -> None:
        held = [block for block in blocks if block.no <= index.progress]
        if held:
            index.remove([entry for block in held for entry in self._search.entries(block)])

    def _delete(self, trace_nos: Sequence[int]) -> int:
        gone = 0
        for first in range(0, len(trace_nos), _TRACES):
            part = trace_nos[first : first + _TRACES]
            with self._search.hold() as index, self._db.write_alone() as connection:
                query = select(spans.c.no).where(spans.c.trace_no.in_(part)).order_by(spans.c.no)
                numbers = list(connection.scalars(query))
                self._blank(connection, numbers, index=index)
                ids = select(traces.c.trace_id).where(traces.c.no.in_(part))
                owners = select(traces.c.project_no).where(traces.c.no.in_(part))
                for table in (span_events, span_scores, trace_feedback):
                    connection.execute(
                        delete(table).where(table.c.trace_id.in_(ids), table.c.project_no.in_(owners))
                    )
                add_totals(connection, totals_of(connection, part))
                delete_terms(connection, part)
                connection.execute(delete(spans).where(spans.c.trace_no.in_(part)))
                connection.execute(delete(traces).where(traces.c.no.in_(part)))
                gone += len(numbers)
        return gone

    def _blank(self, connection: Connection, numbers: Sequence[int], *, index: HeldIndex) -> None:
        """Take the payloads of these spans out of their blocks, and out of the search index."""
        place = 0
        while place < len(numbers):
            query = select(span_blocks).where(span_blocks.c.no <= numbers[place])
            block = connection.execute(query.order_by(span_blocks.c.no.desc()).limit(1)).one_or_none()
            if block is None or numbers[place] >= block.no + block.spans:
                following = select(func.min(span_blocks.c.no)).where(span_blocks.c.no > numbers[place])
                after = connection.scalar(following)
                place = len(numbers) if after is None else bisect_left(numbers, after)
                continue
            end = block.no + block.spans
            goes: set[int] = set()
            while place < len(numbers) and numbers[place] < end:
                goes.add(numbers[place])
                place += 1
            if block.no <= index.progress:
                index.remove([entry for entry in self._search.entries(block) if entry[0] in goes])
            present = select(spans.c.no).where(spans.c.no >= block.no, spans.c.no < end)
            stays = {number - block.no for number in connection.scalars(present) if number not in goes}
            self._rewrite(connection, block, stays)

    def _rewrite(self, connection: Connection, block: Any, stays: set[int]) -> None:
        if not stays:
            connection.execute(delete(span_blocks).where(span_blocks.c.no == block.no))
            return
        data = without_payloads(self._codec.decompress(block.dictionary, bytes(block.data)), stays)
        packed = self._codec.compress(Block(data, block.spans))
        connection.execute(
            update(span_blocks)
            .where(span_blocks.c.no == block.no)
            .values(dictionary=packed.dictionary, data=packed.data)
        )
