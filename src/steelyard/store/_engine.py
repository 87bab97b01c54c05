"""A connection to the database: one way to read, one way to write."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, exc, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from steelyard.core import ConfigError, MissingExtraError, StoreError
from steelyard.store._errors import store_errors

_WRITE = "steelyard_write"
_LOCK_KEY = 0x57EE1
_TOGETHER = (128, 32, 8, 1)
"""Rows of one SQLite statement. The driver gives other threads way once a statement: with a row each, the
event loop and the writer fought for the interpreter three times a sample, for a third of a run's time."""
_BINARY = {
    "BIGINT": "int8", "INTEGER": "int4", "SMALLINT": "int2", "DOUBLE PRECISION": "float8", "TEXT": "text",
    "BYTEA": "bytea",
}  # fmt: skip
_WANTED = (400, 100, 25, 5)
"""Values of one `IN`: few lengths make few statements, and those are prepared once."""


class Database:
    """An engine that knows its name and turns driver errors into StoreErrors.

    Any number of threads may use it. On SQLite a writing transaction takes the write lock when it
    begins, so that it can wait for other processes instead of failing half-way.
    """

    def __init__(self, engine: Engine, *, where: str, folder: Path | None = None) -> None:
        self._reader = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        """Whether this is SQLite; PostgreSQL otherwise."""
        self._writer = engine.execution_options(**{_WRITE: True})
        self._types: dict[Table, list[str]] = {}
        self._inserts: dict[tuple[Table, bool | str, int], str] = {}
        self.where = where
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True) if folder else None

    @property
    def file(self) -> str:
        """The path of SQLite's file; empty for a server."""
        return (self._reader.url.database or "") if self.is_sqlite else ""

    def _errors(self) -> AbstractContextManager[None]:
        return store_errors(self.where, self._reader.dialect.loaded_dbapi.Error)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction."""
        with self._errors(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A writing transaction: committed when the body ends, rolled back when it raises."""
        with self._errors(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def write_alone(self) -> Iterator[Connection]:
        """A writing transaction beside which no other of this kind runs, in any process."""
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            yield connection

    def fetch(self, connection: Connection, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Rows of a SELECT in the driver's own words, with `?` for each value.

        For what is asked many times a second: the driver alone takes a tenth of the time.
        """
        cursor: Any = connection.connection.cursor()
        try:
            cursor.execute(self._own_words(statement), values)
            rows: list[Any] = cursor.fetchall()
        finally:
            cursor.close()
        return rows

    def fetch_in(
        self, connection: Connection, statement: str, wanted: Sequence[Any], *, values: Sequence[Any] = ()
    ) -> list[Any]:
        """Rows of a SELECT that ends with `COLUMN IN` for the `wanted`, after `?` for each value."""
        if not self.is_sqlite:
            # A list in one parameter: the statement stays the same, and so does its plan.
            statement = statement.removesuffix(" IN") + " = ANY(?)"
            return self.fetch(connection, statement, [*values, list(wanted)]) if wanted else []
        rows: list[Any] = []
        most = _WANTED[0]
        for first in range(0, len(wanted), most):
            part = list(wanted[first : first + most])
            size = min(size for size in _WANTED if size >= len(part))
            part += part[-1:] * (size - len(part))
            places = ",".join("?" * size)
            rows += self.fetch(connection, f"{statement} ({places})", [*values, *part])
        return rows

    def _own_words(self, statement: str) -> str:
        return statement if self.is_sqlite else statement.replace("?", "%s")

    def insert_many(
        self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, ignore: bool = False
    ) -> None:
        """Insert tuples in the table's column order, in the driver's fastest way.

        With `ignore`, rows whose key is there already are left out.
        """
        if not rows:
            return
        if not (self.is_sqlite or ignore):
            self._copy(connection, table, rows)
            return
        self._execute_many(connection, rows, lambda count: self._insert(table, ignore=ignore, rows=count))

    def _copy(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """PostgreSQL's COPY; in binary where the table holds bytes, which as text are twice as many."""
        if table not in self._types:
            names = [column.type.compile(self._reader.dialect) for column in table.columns]
            types = [_BINARY.get(name, "") for name in names]
            is_binary = "BYTEA" in names and all(types) and table.autoincrement_column is None
            self._types[table] = types if is_binary else []
        types = self._types[table]
        statement = self._insert(table, ignore=False, rows=1) + (" (FORMAT BINARY)" if types else "")
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(statement) as copy:
            if types:
                copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def upsert_many(
        self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, update: str
    ) -> None:
        """Insert tuples in the table's column order; where the key is there, `update` says what changes.

        `update` is what follows `DO UPDATE SET` in SQL, with `excluded` for the new row.
        """
        if not rows:
            return
        self._execute_many(connection, rows, lambda count: self._upsert(table, update=update, rows=count))

    def _execute_many(
        self, connection: Connection, rows: Sequence[tuple[Any, ...]], statement: Callable[[int], str]
    ) -> None:
        """Run a statement that takes many rows: as many at once as SQLite takes best."""
        if not self.is_sqlite:
            _execute(connection, statement(1), rows, many=True)
            return
        first = 0
        for count in _TOGETHER:
            while len(rows) - first >= count:
                values = chain.from_iterable(rows[first : first + count])
                _execute(connection, statement(count), tuple(values))
                first += count

    def _upsert(self, table: Table, *, update: str, rows: int) -> str:
        known = (table, update, rows)
        if known not in self._inserts:
            key = ", ".join(column.name for column in table.primary_key.columns)
            names = ", ".join(column.name for column in table.columns)
            places = ", ".join(["?" if self.is_sqlite else "%s"] * len(table.columns))
            self._inserts[known] = (
                f"INSERT INTO {table.name} ({names}) VALUES {', '.join([f'({places})'] * rows)}"  # noqa: S608
                f" ON CONFLICT ({key}) DO UPDATE SET {update}"
            )
        return self._inserts[known]

    def _insert(self, table: Table, *, ignore: bool, rows: int) -> str:
        statement = self._inserts.get((table, ignore, rows))
        if statement is None:
            statement = self._compile_insert(table, ignore=ignore, rows=rows)
            self._inserts[table, ignore, rows] = statement
        return statement

    def _compile_insert(self, table: Table, *, ignore: bool, rows: int) -> str:
        name = self._reader.dialect.identifier_preparer
        columns = [column for column in table.columns if column is not table.autoincrement_column]
        names = ", ".join(name.format_column(column) for column in columns)
        if not self.is_sqlite and not ignore:
            return f"COPY {name.format_table(table)} ({names}) FROM STDIN"
        places = ", ".join(["?" if self.is_sqlite else "%s"] * len(columns))
        values = ", ".join([f"({places})"] * rows)
        conflict = " ON CONFLICT DO NOTHING" if ignore else ""
        return f"INSERT INTO {name.format_table(table)} ({names}) VALUES {values}{conflict}"  # noqa: S608

    def close(self) -> None:
        """Close every connection; a private database is removed."""
        self._reader.dispose()
        if self._remove is not None:
            self._remove()


def _execute(connection: Connection, statement: str, values: Sequence[Any], *, many: bool = False) -> None:
    cursor: Any = connection.connection.cursor()
    try:
        if many:
            cursor.executemany(statement, values)
        else:
            cursor.execute(statement, values)
    finally:
        cursor.close()


def connect(url: str, *, create: bool, busy_timeout_s: float) -> Database:
    """A database by URL; nothing is created but the folder of a SQLite file.

    Raises ConfigError for a URL that names no store, MissingExtraError without a PostgreSQL driver.
    """
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise ConfigError("the store's URL cannot be read", hint=_URL_HINT) from error
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        return _sqlite(parsed, create=create, busy_timeout_s=busy_timeout_s)
    if backend in {"postgresql", "postgres"}:
        return _postgresql(parsed, busy_timeout_s=busy_timeout_s)
    raise ConfigError(f"no store is called '{backend}'", hint=_URL_HINT)


_URL_HINT = "Write sqlite:///PATH or postgresql://USER@HOST/DATABASE"


def _sqlite(url: URL, *, create: bool, busy_timeout_s: float) -> Database:
    if url.host or url.query:
        raise ConfigError(f"the store's URL '{url}' names no file", hint=_URL_HINT)
    folder = None
    if url.database in {None, "", ":memory:"}:
        # A file behaves the same in every thread and for every reader; a database in memory does not.
        folder = Path(tempfile.mkdtemp(prefix="steelyard-"))
        path = folder / "private.db"
    else:
        path = Path(str(url.database)).expanduser()
        _check_file(path, create=create)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        hide_parameters=True,
    )
    synchronous = "OFF" if folder else "FULL"

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -32768")
        # 16 MB instead of 4: a page that is written often is copied to the database less often.
        cursor.execute("PRAGMA wal_autocheckpoint = 4000")
        cursor.close()

    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return Database(engine, where="private store" if folder else str(path), folder=folder)


def _check_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError("the path is a folder", where=str(path), hint="Name a file inside it")
    if not create and not path.exists():
        raise StoreError("there is no store yet", where=str(path), hint="Make one: steelyard init")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder cannot be made: {error.strerror}",
            where=str(path.parent),
            hint="Choose another store, or allow writing there",
        ) from error


def _postgresql(url: URL, *, busy_timeout_s: float) -> Database:
    url = url.set(drivername="postgresql+psycopg")
    if "@" in (url.host or ""):
        raise ConfigError("the store's URL cannot be read", hint="Write an @ in a password as %40")
    settings: dict[str, Any] = {"client_encoding": "utf8"}
    if "connect_timeout" not in url.query:
        settings["connect_timeout"] = 5
    try:
        engine = create_engine(url, connect_args=settings, hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "PostgreSQL needs a driver that is not installed",
            hint="pip install 'steelyard[postgresql]'",
        ) from error
    milliseconds = int(busy_timeout_s * 1000)

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {milliseconds}")
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", prepare)
    socket = {"host": url.query["host"]} if "host" in url.query else {}
    shown = url.set(drivername="postgresql", query=socket)
    return Database(engine, where=shown.render_as_string(hide_password=True))
