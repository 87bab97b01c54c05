"""Who may do what, in the store: apart from the rest, because only the server and a few commands ask."""

from steelyard.store.accounts._accounts import Accounts
from steelyard.store.accounts._audit import AuditLog, parse_mark
from steelyard.store.accounts._keys import Keys
from steelyard.store.accounts._people import People
from steelyard.store.accounts._records import (
    EVERY_PROJECT,
    ApiKey,
    AuditCheck,
    AuditEntry,
    AuditEvent,
    Session,
    User,
)

__all__ = [
    "EVERY_PROJECT",
    "Accounts",
    "ApiKey",
    "AuditCheck",
    "AuditEntry",
    "AuditEvent",
    "AuditLog",
    "Keys",
    "People",
    "Session",
    "User",
    "parse_mark",
]
