"""The store: SQLite and PostgreSQL behind the persistence protocols of the packages above core."""

from steelyard.store._store import Store, open_store

__all__ = ["Store", "open_store"]
