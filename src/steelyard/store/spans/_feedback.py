"""Feedback in the store: `steelyard.traces.FeedbackStore` on one database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from steelyard.core import Clock, UsageError
from steelyard.store._engine import Database
from steelyard.store._span_schema import trace_feedback, trace_terms, traces
from steelyard.store.spans._commit import GroupCommit
from steelyard.store.spans._feedback_keeping import delete_feedback_where
from steelyard.store.spans._feedback_rows import (
    KIND_NO,
    NEGATIVE,
    POSITIVE,
    TONE_NO,
    WORDS,
    key_of,
    stored_feedback,
)
from steelyard.store.spans._feedback_series import read_series
from steelyard.store.spans._feedback_writer import FeedbackBatch, FeedbackWriter
from steelyard.store.spans._numbers import number_at, read_cursor
from steelyard.store.spans._traces import ROLES
from steelyard.store.spans._words import Words
from steelyard.traces import (
    Feedback,
    FeedbackCell,
    FeedbackMarks,
    FeedbackPage,
    FeedbackQuery,
    FeedbackSeriesQuery,
    FeedbackTaken,
)

_MOST = 1000
_TOGETHER = 400
_SHARED = 2_000
"""Feedback of one transaction, where several requests wait for it."""


class Feedbacks:
    """Implements `steelyard.traces.FeedbackStore`."""

    def __init__(self, database: Database, words: Words, *, clock: Clock) -> None:
        self._db = database
        self._words = words
        writer = FeedbackWriter(database, words=words, clock=clock)
        self._group: GroupCommit[FeedbackBatch, FeedbackTaken] = GroupCommit(
            writer.write, size=lambda batch: len(batch.items), most=_SHARED
        )

    def add_feedback(
        self, project: str, items: Sequence[Feedback], *, refused: Sequence[str] = (), most: int | None = None
    ) -> FeedbackTaken:
        """Store feedback, and count what was refused before; durable when this returns.

        An id that came before changes nothing when the content is the same, and replaces what it said
        otherwise, unless that was given later or by somebody else (`may_revise`). With `most` the sender
        may be anybody: what would change another sender's, or give one trace more than `most` of this one, is
        refused. Raises StoreError; then nothing of it was stored.
        """
        if not (items or refused):
            return FeedbackTaken()
        return self._group.submit(FeedbackBatch(project, items, refused, most))

    def list_feedback(self, query: FeedbackQuery) -> FeedbackPage:
        """Feedback, newest first; that of a session or a user takes in that on their traces."""
        if not 1 <= query.limit <= _MOST:
            raise UsageError("a page has 1 to 1,000 items", where=str(query.limit))
        conditions = self._conditions(query)
        if conditions is None:
            return FeedbackPage(items=())
        wanted = select(trace_feedback).where(*conditions)
        with self._db.read() as connection:
            rows = connection.execute(
                wanted.order_by(trace_feedback.c.no.desc()).limit(query.limit + 1)
            ).all()
            shown = rows[: query.limit]
            texts = self._words.texts(
                connection, {number for row in shown for name in WORDS if (number := getattr(row, name))}
            )
        more = str(shown[-1].no) if len(rows) > query.limit else ""
        return FeedbackPage(items=tuple(stored_feedback(row, texts) for row in shown), next=more)

    def _conditions(self, query: FeedbackQuery) -> list[ColumnElement[bool]] | None:
        """None where nothing can fulfil them."""
        c = trace_feedback.c
        project_no = self._words.find(query.project)
        if project_no is None:
            return None
        found: list[ColumnElement[bool]] = [c.project_no == project_no]
        for column, text, size in ((c.trace_id, query.trace_id, 16), (c.span_id, query.span_id, 8)):
            if text:
                data = _hex(text)
                if len(data) != size:
                    return None
                found.append(column == data)
        for role, column, text in (
            ("session", c.session_no, query.session),
            ("user", c.user_no, query.user),
        ):
            if text:
                word_no = self._words.find(text)
                if word_no is None:
                    return None
                found.append(or_(column == word_no, c.trace_id.in_(_traces_of(role, word_no, project_no))))
        if query.kind is not None:
            found.append(c.kind == KIND_NO[query.kind])
        if query.tone is not None:
            found.append(c.tone == TONE_NO[query.tone])
        return [*found, *_window(query)]

    def feedback_marks(self, project: str, trace_ids: Sequence[str]) -> dict[str, FeedbackMarks]:
        """Trace id to how much feedback it has; traces without any are left out."""
        c = trace_feedback.c
        ids = [bytes.fromhex(item) for item in trace_ids]
        project_no = self._words.find(project)
        found: dict[str, FeedbackMarks] = {}
        counts = (
            func.count(),
            func.sum(case((c.tone == NEGATIVE, 1), else_=0)),
            func.sum(case((c.tone == POSITIVE, 1), else_=0)),
        )
        with self._db.read() as connection:
            for first in range(0, len(ids), _TOGETHER):
                query = (
                    select(c.trace_id, *counts)
                    .where(c.trace_id.in_(ids[first : first + _TOGETHER]), c.project_no == project_no)
                    .group_by(c.trace_id)
                )
                for trace_id, total, negative, positive in connection.execute(query):
                    found[bytes(trace_id).hex()] = FeedbackMarks(total, int(negative), int(positive))
        return found

    def feedback_series(self, query: FeedbackSeriesQuery) -> list[FeedbackCell]:
        """Points by time, model, slice and name; counted when asked for, so that late traces count."""
        return read_series(self._db, self._words, query)

    def delete_feedback(self, project: str, *, author: str = "", ids: Sequence[str] = ()) -> int:
        """Delete what an author sent, or feedback by its ids; returns how much went."""
        if not author and not ids:
            raise UsageError("name the sender or the ids of what is to go", where="feedback")
        c = trace_feedback.c
        project_no, author_no = self._words.find(project), self._words.find(author)
        if project_no is None or author_no is None:
            return 0
        gone = 0
        with self._db.write_alone() as connection:
            if author:
                gone += delete_feedback_where(
                    connection, self._db, c.project_no == project_no, c.author_no == author_no
                )
            for first in range(0, len(ids), _TOGETHER):
                keys = [key_of(item) for item in ids[first : first + _TOGETHER]]
                gone += delete_feedback_where(
                    connection, self._db, c.project_no == project_no, c.key.in_(keys)
                )
        return gone


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _traces_of(role: str, word_no: int, project_no: int) -> Any:
    return (
        select(traces.c.trace_id)
        .join(trace_terms, trace_terms.c.trace_no == traces.c.no)
        .where(trace_terms.c.role == ROLES[role], trace_terms.c.word_no == word_no)
        .where(traces.c.project_no == project_no)
    )


def _window(query: FeedbackQuery) -> list[ColumnElement[bool]]:
    number = trace_feedback.c.no
    conditions: list[ColumnElement[bool]] = []
    if query.since is not None:
        conditions.append(number >= number_at(query.since))
    if query.until is not None:
        conditions.append(number < number_at(query.until))
    if query.cursor:
        conditions.append(number < read_cursor(query.cursor))
    return conditions
