"""Hours that are over, summed up from their minutes: what long series are drawn from.

Numbers of spans grow in commit order, so once a project has a later minute, nothing comes into an hour before
it. An hour is summed up once, off the way of those who send.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from steelyard.store._engine import Database
from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import span_hours, span_minutes
from steelyard.traces import merge_sketches

Key = tuple[int, int, int]


class Hours:
    """Sums hours up."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def roll_up(self, *, limit: int) -> int:
        """Sum up hours that are over, the oldest first, a transaction each; returns how many."""
        done = 0
        with self._db.read() as connection:
            projects = list(connection.scalars(select(span_minutes.c.project_no).distinct()))
        for project_no in projects:
            while done < limit and self._one(project_no):
                done += 1
        return done

    def _one(self, project_no: int) -> bool:
        with self._db.write_alone() as connection:
            c = span_minutes.c
            newest = connection.scalar(select(func.max(c.minute)).where(c.project_no == project_no))
            known = rolled_up(connection, project_no)
            first = 0 if known is None else (known + 1) * 60
            following = connection.scalar(
                select(func.min(c.minute)).where(c.project_no == project_no, c.minute >= first)
            )
            if newest is None or following is None or following // 60 >= newest // 60:
                return False
            self._sum(connection, project_no, following // 60)
        return True

    def _sum(self, connection: Connection, project_no: int, hour: int) -> None:
        c = span_minutes.c
        query = select(
            c.kind, c.model_no, c.slice_no, c.count, c.errors, c.input_tokens, c.output_tokens, c.cost_usd,
            c.timed, c.total_us, c.sketch,
        ).where(c.project_no == project_no, c.minute >= hour * 60, c.minute < hour * 60 + 60)  # fmt: skip
        sums: dict[Key, list[float]] = {}
        sketches: dict[Key, list[bytes]] = {}
        for row in zip(*fetch_columns(connection, query), strict=True):
            key = row[:3]
            held = sums.get(key)
            sums[key] = (
                list(row[3:10]) if held is None else [a + b for a, b in zip(held, row[3:10], strict=True)]
            )
            sketches.setdefault(key, []).append(bytes(row[10]))
        rows = [
            (project_no, hour, *key, *amounts[:6], min(amounts[6], 2**62), merge_sketches(sketches[key]))
            for key, amounts in sorted(sums.items())
        ]
        self._db.insert_many(connection, span_hours, rows)


def rolled_up(connection: Connection, project_no: int) -> int | None:
    """The last hour of a project that is summed up, in hours since 1970."""
    query = select(func.max(span_hours.c.hour)).where(span_hours.c.project_no == project_no)
    found: int | None = connection.scalar(query)
    return found
