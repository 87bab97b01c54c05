"""How many spans and traces each project has: counted as they come and go, never by reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select, text

from steelyard.store._engine import Database
from steelyard.store._span_schema import span_totals, traces

_ADD = text(
    "INSERT INTO span_totals (project_no, spans, traces) VALUES (:project_no, :spans, :traces)"
    " ON CONFLICT (project_no) DO UPDATE SET"
    " spans = span_totals.spans + excluded.spans, traces = span_totals.traces + excluded.traces"
)


def add_totals(connection: Connection, changes: Mapping[int, tuple[int, int]]) -> None:
    """Add spans and traces by project; call in the transaction that stores them."""
    if changes:
        rows = [
            {"project_no": project_no, "spans": spans, "traces": count}
            for project_no, (spans, count) in changes.items()
        ]
        connection.execute(_ADD, rows)


def totals_of(connection: Connection, trace_nos: Sequence[int]) -> dict[int, tuple[int, int]]:
    """What these traces count for, by project, as it is taken away: call before they are deleted."""
    query = (
        select(traces.c.project_no, func.sum(traces.c.spans), func.count())
        .where(traces.c.no.in_(trace_nos))
        .group_by(traces.c.project_no)
    )
    return {project_no: (-int(held), -count) for project_no, held, count in connection.execute(query)}


def read_totals(database: Database, project_no: int | None) -> tuple[int, int]:
    """Spans and traces of a project, or of all."""
    query = select(
        func.coalesce(func.sum(span_totals.c.spans), 0), func.coalesce(func.sum(span_totals.c.traces), 0)
    )
    if project_no is not None:
        query = query.where(span_totals.c.project_no == project_no)
    with database.read() as connection:
        held, count = connection.execute(query).one()
    return int(held), int(count)
