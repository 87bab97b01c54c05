"""PostgreSQL keeps spans and payloads in a partition a day, made when the first span of the day comes."""

from __future__ import annotations

from sqlalchemy import Connection, text

from steelyard.store._engine import Database
from steelyard.store.spans._numbers import day_of, first_of_day

PARTITIONED = ("spans", "span_blocks")


class Days:
    """Knows which days have their partitions."""

    def __init__(self, database: Database) -> None:
        self._needed = not database.is_sqlite
        self._made: set[int] = set()

    def make(self, connection: Connection, first: int, last: int) -> set[int]:
        """Make the partitions for numbers from `first` to `last`; returns the days to `remember`."""
        if not self._needed:
            return set()
        wanted = set(range(day_of(first), day_of(last) + 1)) - self._made
        for day in wanted:
            for table in PARTITIONED:
                connection.execute(
                    text(
                        f"CREATE TABLE IF NOT EXISTS {table}_d{day} PARTITION OF {table}"
                        f" FOR VALUES FROM ({first_of_day(day)}) TO ({first_of_day(day + 1)})"
                    )
                )
        return wanted

    def remember(self, days: set[int]) -> None:
        """Keep in mind what is committed."""
        self._made |= days

    def drop_empty(self, connection: Connection, number: int) -> list[int]:
        """Drop the partitions that end at or before a number and hold nothing; returns their days."""
        if not self._needed:
            return []
        query = text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = CAST('spans' AS regclass)"
        )
        days = [int(str(name).removeprefix("spans_d")) for name in connection.scalars(query)]
        dropped: list[int] = []
        for day in days:
            if first_of_day(day + 1) > number or _holds_any(connection, day):
                continue
            for table in PARTITIONED:
                connection.execute(text(f"DROP TABLE IF EXISTS {table}_d{day}"))
            dropped.append(day)
        return dropped


def _holds_any(connection: Connection, day: int) -> bool:
    return any(
        connection.scalar(text(f"SELECT no FROM {table}_d{day} LIMIT 1")) is not None  # noqa: S608 - a number
        for table in PARTITIONED
    )
