"""Full-text search, filled behind the spans: a file of its own on SQLite, a table of its own on PostgreSQL.

The index can be thrown away: it is rebuilt from the payloads. On SQLite every day has its own FTS5 table
without content, so that a search starts with the newest and an old day is dropped whole.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, select, text

from steelyard.store._engine import Database, connect
from steelyard.store._span_schema import span_blocks
from steelyard.store.spans._numbers import day_of
from steelyard.store.spans._payloads import Codec
from steelyard.traces import search_text, unpack

Entry = tuple[int, int, str]
"""Number, project, text."""

_WORD = re.compile(r"\w+")
_MOST_WORDS = 20
_BLOCKS = 16


class HeldIndex(Protocol):
    """The index while nobody else may change it: committed at the end, undone by an error."""

    progress: int
    """The number of the last block that it has."""

    def add(self, entries: Sequence[Entry], *, until: int) -> None:
        """Put entries in; the index now has got as far as block `until`."""

    def remove(self, entries: Sequence[Entry]) -> None:
        """Take entries out; only those of blocks up to `progress`."""


class _Index(Protocol):
    def close(self) -> None: ...
    def hold(self) -> AbstractContextManager[HeldIndex]: ...
    def find(self, words: Sequence[str], project_no: int | None, limit: int) -> list[int]: ...


class SpanSearch:
    """Fills and asks the index."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._db = database
        self._codec = codec
        self._index: _Index | None = None
        self._lock = threading.Lock()

    @property
    def index(self) -> _Index:
        """The index, made when it is first needed."""
        with self._lock:
            if self._index is None:
                self._index = _SqliteIndex(self._db) if self._db.is_sqlite else _PostgresqlIndex(self._db)
            return self._index

    def close(self) -> None:
        """Close the index's own connections."""
        if self._index is not None:
            self._index.close()

    def advance(self, limit: int) -> int:
        """Index spans that came since, about `limit` at most; returns how many.

        Blocks are read while the index is held, and what deletes spans holds it until that is committed:
        so nothing that was deleted is indexed afterwards.
        """
        taken = 0
        while taken < limit:
            with self.index.hold() as held:
                blocks = self._following(held.progress, limit - taken)
                if not blocks:
                    break
                entries = [entry for block in blocks for entry in self.entries(block)]
                held.add(entries, until=blocks[-1].no)
            taken += len(entries)
        return taken

    def _following(self, after: int, limit: int) -> Sequence[Any]:
        """The next blocks that hold about so many spans, at least one where there is any."""
        c = span_blocks.c
        with self._db.read() as connection:
            query = select(c.no, c.spans).where(c.no > after).order_by(c.no).limit(_BLOCKS)
            sizes = connection.execute(query).all()
            last, held = after, 0
            for no, count in sizes:
                last, held = no, held + count
                if held >= limit:
                    break
            wanted = select(span_blocks).where(c.no > after, c.no <= last).order_by(c.no)
            return connection.execute(wanted).all()

    def hold(self) -> AbstractContextManager[HeldIndex]:
        """Keep the index as it is until a deletion is committed: enter it before the writing transaction."""
        return self.index.hold()

    def entries(self, block: Any) -> list[Entry]:
        """What the index holds of a stored block."""
        members = unpack(self._codec.decompress(block.dictionary, bytes(block.data)))
        return [
            (block.no + place, block.project_no, search_text(span))
            for place, (_, span) in enumerate(members)
            if span.span_id
        ]

    def find(self, words: str, *, project_no: int | None, limit: int) -> list[int]:
        """Numbers of spans that hold all words, newest first."""
        sought = _WORD.findall(words)[:_MOST_WORDS]
        return self.index.find(sought, project_no, limit) if sought else []


class _SqliteIndex:
    def __init__(self, database: Database) -> None:
        self._db = connect(f"sqlite:///{database.file}-search", create=True, busy_timeout_s=10)
        with self._db.write() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS progress (done INTEGER NOT NULL)"))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def hold(self) -> Iterator[HeldIndex]:
        with self._db.write() as connection:
            yield _HeldSqlite(connection)

    def find(self, words: Sequence[str], project_no: int | None, limit: int) -> list[int]:
        asked = "{body} : (" + " AND ".join(f'"{word}"' for word in words) + ")"
        if project_no is not None:
            asked = f'{{project}} : "p{project_no}" AND {asked}'
        found: list[int] = []
        with self._db.read() as connection:
            for day in sorted(_days(connection), reverse=True):
                query = (
                    f"SELECT rowid FROM day_{day} WHERE day_{day} MATCH ?"  # noqa: S608 - a number
                    " ORDER BY rowid DESC LIMIT ?"
                )
                found += connection.exec_driver_sql(query, (asked, limit - len(found))).scalars()
                if len(found) >= limit:
                    break
        return found


class _HeldSqlite:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.progress = int(connection.scalar(text("SELECT max(done) FROM progress")) or 0)

    def add(self, entries: Sequence[Entry], *, until: int) -> None:
        held = _days(self._connection)
        for day in sorted({day_of(no) for no, _, _ in entries}):
            if day not in held:
                self._connection.execute(
                    text(f"CREATE VIRTUAL TABLE day_{day} USING fts5(project, body, content='')")
                )
            rows = [(no, f"p{project}", body) for no, project, body in entries if day_of(no) == day]
            self._connection.exec_driver_sql(
                f"INSERT INTO day_{day} (rowid, project, body) VALUES (?, ?, ?)",  # noqa: S608 - a number
                rows,
            )
        self._connection.execute(text("DELETE FROM progress"))
        self._connection.execute(text("INSERT INTO progress VALUES (:done)"), {"done": until})

    def remove(self, entries: Sequence[Entry]) -> None:
        held = _days(self._connection)
        for no, project, body in entries:
            if day_of(no) in held:
                table = f"day_{day_of(no)}"
                self._connection.exec_driver_sql(
                    f"INSERT INTO {table} ({table}, rowid, project, body) VALUES ('delete', ?, ?, ?)",  # noqa: S608
                    (no, f"p{project}", body),
                )


def _days(connection: Connection) -> set[int]:
    names = connection.scalars(
        text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'")
    )
    return {int(name.removeprefix("day_")) for name in names}


_SEARCH_TABLE = (
    "CREATE TABLE IF NOT EXISTS span_search"
    " (no bigint PRIMARY KEY, project_no integer NOT NULL, body tsvector NOT NULL)"
)


class _PostgresqlIndex:
    def __init__(self, database: Database) -> None:
        self._db = database
        with database.write_alone() as connection:
            for statement in (
                _SEARCH_TABLE,
                "CREATE INDEX IF NOT EXISTS ix_span_search_body ON span_search USING gin (body)",
                "CREATE TABLE IF NOT EXISTS span_search_progress (done bigint NOT NULL)",
            ):
                connection.execute(text(statement))

    def close(self) -> None:
        """The connections are the store's."""

    @contextmanager
    def hold(self) -> Iterator[HeldIndex]:
        with self._db.write() as connection:
            connection.execute(text("LOCK TABLE span_search_progress IN EXCLUSIVE MODE"))
            yield _HeldPostgresql(connection)

    def find(self, words: Sequence[str], project_no: int | None, limit: int) -> list[int]:
        query = text(
            "SELECT no FROM span_search WHERE body @@ plainto_tsquery('simple', :words)"
            " AND (CAST(:project AS integer) IS NULL OR project_no = :project) ORDER BY no DESC LIMIT :limit"
        )
        with self._db.read() as connection:
            asked = {"words": " ".join(words), "project": project_no, "limit": limit}
            return [int(no) for no in connection.scalars(query, asked)]


class _HeldPostgresql:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.progress = int(connection.scalar(text("SELECT max(done) FROM span_search_progress")) or 0)

    def add(self, entries: Sequence[Entry], *, until: int) -> None:
        rows = [{"no": no, "project": project, "body": body} for no, project, body in entries]
        if rows:
            self._connection.execute(
                text(
                    "INSERT INTO span_search VALUES (:no, :project, to_tsvector('simple', :body))"
                    " ON CONFLICT DO NOTHING"
                ),
                rows,
            )
        self._connection.execute(text("DELETE FROM span_search_progress"))
        self._connection.execute(text("INSERT INTO span_search_progress VALUES (:done)"), {"done": until})

    def remove(self, entries: Sequence[Entry]) -> None:
        numbers = [no for no, _, _ in entries]
        self._connection.execute(
            text("DELETE FROM span_search WHERE no = ANY(:numbers)"), {"numbers": numbers}
        )
