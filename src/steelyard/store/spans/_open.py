"""Opening the spans of a store."""

from __future__ import annotations

from steelyard.core import Clock
from steelyard.store._engine import connect
from steelyard.store._migrate import prepare
from steelyard.store._store import Store
from steelyard.store.spans._spans import Spans


def open_spans(
    url: str, *, create: bool = True, busy_timeout_s: float = 10.0, clock: Clock | None = None
) -> Spans:
    """Open the spans of the store at a URL, as `open_store` opens the rest; raises what that raises."""
    database = connect(url, create=create, busy_timeout_s=busy_timeout_s)
    try:
        prepare(database, create=create)
    except BaseException:
        database.close()
        raise
    return Spans(database, clock=clock)


def spans_of(store: Store, *, clock: Clock | None = None) -> Spans:
    """The spans of a store that is open, over the same connections; closing the store closes them."""
    return Spans(store.database, clock=clock)
