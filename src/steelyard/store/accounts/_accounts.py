"""People, keys and the audit log of a store that is open."""

from __future__ import annotations

from steelyard.store._store import Store
from steelyard.store.accounts._audit import AuditLog
from steelyard.store.accounts._keys import Keys
from steelyard.store.accounts._people import People


class Accounts:
    """Everything that says who may do what, over a store's own connections."""

    def __init__(self, store: Store) -> None:
        self.people = People(store.database)
        self.keys = Keys(store.database)
        self.audit = AuditLog(store.database)
