"""Traces with feedback that says the answer was bad: marked, so that a list of them reads no other trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from steelyard.store._engine import Database
from steelyard.store._span_schema import trace_feedback, trace_terms, traces
from steelyard.store.spans._feedback_rows import NEGATIVE
from steelyard.traces import TERMS

NEGATIVE_ROLE = len(TERMS) + 2
"""The role of marked traces; 1 and on are those of `TERMS`, then comes that of errors."""
_LOOKUP = 400


def mark_negative(connection: Connection, database: Database, touched: Iterable[tuple[int, bytes]]) -> None:
    """Bring the mark of these traces in line with their feedback; call under the write lock.

    A trace that comes later gets its mark when it comes.
    """
    by_project: dict[int, list[bytes]] = {}
    for project_no, trace_id in sorted(touched):
        by_project.setdefault(project_no, []).append(trace_id)
    for project_no, ids in by_project.items():
        for first in range(0, len(ids), _LOOKUP):
            part = ids[first : first + _LOOKUP]
            bad = negative_traces(connection, project_no, part)
            query = select(traces.c.no, traces.c.trace_id).where(
                traces.c.trace_id.in_(part), traces.c.project_no == project_no
            )
            numbers = {bytes(trace_id): no for no, trace_id in connection.execute(query)}
            marks = [(NEGATIVE_ROLE, 0, no) for trace_id, no in numbers.items() if trace_id in bad]
            database.insert_many(connection, trace_terms, sorted(marks), ignore=True)
            good = [no for trace_id, no in numbers.items() if trace_id not in bad]
            if good:
                connection.execute(
                    delete(trace_terms).where(
                        trace_terms.c.role == NEGATIVE_ROLE,
                        trace_terms.c.word_no == 0,
                        trace_terms.c.trace_no.in_(good),
                    )
                )


def mark_new(connection: Connection, database: Database, fresh: Sequence[tuple[int, bytes]]) -> None:
    """Mark those of these new traces whose feedback came before them; call under the write lock."""
    by_project: dict[int, list[bytes]] = {}
    for project_no, trace_id in fresh:
        by_project.setdefault(project_no, []).append(trace_id)
    for project_no, ids in by_project.items():
        found = database.fetch_in(connection, _BAD, ids, values=(project_no, NEGATIVE))
        mark_negative(connection, database, ((project_no, bytes(row[0])) for row in found))


_BAD = "SELECT trace_id FROM trace_feedback WHERE project_no = ? AND tone = ? AND trace_id IN"


def negative_traces(connection: Connection, project_no: int, ids: Sequence[bytes]) -> set[bytes]:
    """Those of at most 400 traces that have feedback saying that the answer was bad."""
    c = trace_feedback.c
    query = select(c.trace_id).where(c.trace_id.in_(ids), c.project_no == project_no, c.tone == NEGATIVE)
    return {bytes(found) for found in connection.scalars(query)}
