"""Letting feedback go: with its user, with its age. With its trace it goes in `_keeping`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from steelyard.store._engine import Database
from steelyard.store._span_schema import trace_feedback, traces
from steelyard.store.spans._marks import mark_negative

_TOGETHER = 500


def delete_user_feedback(
    database: Database, project_no: int, user_no: int, *, trace_nos: Sequence[int]
) -> int:
    """Delete feedback of a user, on the user, and on the sessions of the user's traces."""
    c = trace_feedback.c
    gone = 0
    with database.write_alone() as connection:
        for first in range(0, len(trace_nos), _TOGETHER):
            sessions = select(traces.c.session_no).where(
                traces.c.no.in_(trace_nos[first : first + _TOGETHER]), traces.c.session_no.is_not(None)
            )
            gone += delete_feedback_where(
                connection, database, c.project_no == project_no, c.session_no.in_(sessions)
            )
        gone += delete_feedback_where(connection, database, c.project_no == project_no, c.user_no == user_no)
    return gone


def delete_feedback_where(
    connection: Connection, database: Database, *conditions: ColumnElement[bool]
) -> int:
    """Delete feedback, and the marks of traces that have no other; call under the write lock."""
    c = trace_feedback.c
    query = select(c.project_no, c.trace_id).where(*conditions, c.trace_id.is_not(None)).distinct()
    touched = {(row.project_no, bytes(row.trace_id)) for row in connection.execute(query)}
    gone = connection.execute(delete(trace_feedback).where(*conditions)).rowcount
    mark_negative(connection, database, touched)
    return gone


def delete_old_feedback(database: Database, project_no: int, before: int) -> int:
    """Delete feedback from before a number that no trace in the store belongs to."""
    c = trace_feedback.c
    has_trace = exists().where(traces.c.trace_id == c.trace_id, traces.c.project_no == c.project_no)
    with database.write_alone() as connection:
        return connection.execute(
            delete(trace_feedback).where(c.project_no == project_no, c.no < before, ~has_trace)
        ).rowcount


def blank_old_texts(database: Database, project_no: int, before: int) -> int:
    """Take the texts out of feedback from before a number: what is left are thumbs, numbers and words."""
    c = trace_feedback.c
    with database.write_alone() as connection:
        return connection.execute(
            update(trace_feedback)
            .where(c.project_no == project_no, c.no < before, c.text.is_not(None))
            .values(text=None)
        ).rowcount


def names_word(connection: Connection, word_no: int) -> bool:
    """Whether any feedback still refers to a word."""
    c = trace_feedback.c
    places: tuple[Any, ...] = (c.user_no, c.session_no, c.author_no, c.name_no, c.label_no)
    found = select(c.no).where(or_(*(column == word_no for column in places))).limit(1)
    return connection.scalar(found) is not None
