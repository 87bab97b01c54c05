"""The store: every persistence protocol on one database."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from steelyard.store._benchmarks import Benchmarks
from steelyard.store._cache import Answers
from steelyard.store._engine import Database, connect
from steelyard.store._gates import Gates
from steelyard.store._migrate import prepare
from steelyard.store._runs import Runs
from steelyard.store._samples import Samples
from steelyard.store._studies import Studies


class Store(Benchmarks, Runs, Samples, Gates, Studies, Answers):
    """Benchmarks, runs, samples, gates, studies and the answer cache in one database.

    Threads and processes may use the same database at once. What a method has written when it returns
    survives a killed process and, on SQLite, a power loss; only cached answers may wait in memory.
    Every method raises StoreError when the database is locked, full, read-only or out of reach.
    """

    def __init__(self, database: Database) -> None:
        Benchmarks.__init__(self, database)
        Runs.__init__(self, database)
        Samples.__init__(self, database)
        Gates.__init__(self, database)
        Studies.__init__(self, database)
        Answers.__init__(self, database)

    @property
    def database(self) -> Database:
        """The connections: for `steelyard.store.spans`."""
        return self._db

    @property
    def where(self) -> str:
        """The path or the URL without its password: for messages."""
        return self._db.where

    def close(self) -> None:
        """Write what waits and close every connection."""
        try:
            self.flush()
        finally:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_store(url: str, *, create: bool = True, busy_timeout_s: float = 10.0) -> Store:
    """Open a store, make it when it is new, and upgrade it when it is old.

    `url` is `sqlite:///PATH` (relative paths count from the current folder), `sqlite://` (a private
    store that is gone when closed) or `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`. With
    `create=False` a store that does not exist yet is an error. `busy_timeout_s` is how long an
    operation waits for other writers, in seconds.

    Raises ConfigError for a URL that names no store, MissingExtraError when the PostgreSQL driver is not
    installed, and StoreError when the database cannot be opened or was written by a newer version.
    """
    database = connect(url, create=create, busy_timeout_s=busy_timeout_s)
    try:
        prepare(database, create=create)
    except BaseException:
        database.close()
        raise
    return Store(database)
